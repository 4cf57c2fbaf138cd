//! Ctrl-C and SIGTERM: the first asks the run to stop after the update under way, the second ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens from now on. A process calls it once, first thing.
pub(crate) fn listen() {
    let handler = || {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    // An error means that a handler is there already, which is as good.
    let _ = ctrlc::set_handler(handler);
    ignore_file_size_signal();
}

/// A file beyond `ulimit -f` shall be an error of the write, as a full disk is, and not the end of the process.
fn ignore_file_size_signal() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigHandler, Signal, signal};
        // SAFETY: ignoring a signal runs no code of ours.
        let ignored = unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) };
        debug_assert!(ignored.is_ok(), "{ignored:?}");
    }
}

/// Whether the run was asked to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
