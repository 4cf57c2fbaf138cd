//! Ctrl-C, SIGTERM and SIGHUP: the first asks the run to stop after the update under way, the second ends it at once.
//!
//! A file is written whole or not at all, so a process may end at any moment. Only an update under way and its checkpoint are
//! waited for: where there is none (inputs are read, a model is measured, a figure is drawn), the first signal ends the process,
//! too, a moment later.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::{consts, flag};

use crate::Stop;

static ASKED: AtomicBool = AtomicBool::new(false);
static BEGUN: AtomicBool = AtomicBool::new(false);
static AT_WORK: AtomicUsize = AtomicUsize::new(0);

/// How often a signal is looked for.
const LOOK: Duration = Duration::from_millis(50);
/// Signals within this time are one: `timeout` sends its own to the process and to its group.
const ONE: Duration = Duration::from_millis(500);
/// With no update under way for so long, nobody is left who would stop by himself.
const IDLE: Duration = Duration::from_millis(1200);

/// Listens from now on. A process calls it once, first thing.
pub(crate) fn listen() {
    #[cfg(unix)]
    let signals = [consts::SIGINT, consts::SIGTERM, consts::SIGHUP];
    #[cfg(not(unix))]
    let signals = [consts::SIGINT, consts::SIGTERM];
    let heard = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&heard);
    // Without a thread to watch, a signal does what it does to any other program.
    if thread::Builder::new().spawn(move || watch(&shared)).is_ok() {
        for signal in signals.into_iter().filter(|signal| !is_ignored(*signal)) {
            // An error is a signal that the system keeps for itself.
            let _ = flag::register(signal, Arc::clone(&heard));
        }
    }
    ignore_file_size_signal();
}

/// Whether who started the process had it ignore the signal, as `nohup` does, and a script's `&`: then it does.
fn is_ignored(signal: std::ffi::c_int) -> bool {
    #[cfg(unix)]
    {
        let mut found = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: without a new action nothing is changed; the old one, for which there is room, is plain data.
        unsafe {
            libc::sigaction(signal, std::ptr::null(), found.as_mut_ptr()) == 0
                && found.assume_init().sa_sigaction == libc::SIG_IGN
        }
    }
    #[cfg(not(unix))]
    {
        let _ = signal;
        false
    }
}

/// A file beyond `ulimit -f` shall be an error of the write, as a full disk is, and not the end of the process.
fn ignore_file_size_signal() {
    #[cfg(unix)]
    {
        // SAFETY: ignoring a signal runs no code of ours.
        let before = unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        debug_assert!(before != libc::SIG_ERR, "SIGXFSZ may be ignored");
    }
}

/// Whether the run was asked to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// From now on there is something to go on from.
pub(crate) fn begun() {
    BEGUN.store(true, Ordering::SeqCst);
}

/// While it lives, the first signal does not end the process: an update and its checkpoint, or how a run ends.
pub(crate) struct AtWork(());

impl AtWork {
    /// From now on.
    pub(crate) fn begin() -> Self {
        AT_WORK.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        AT_WORK.fetch_sub(1, Ordering::SeqCst);
    }
}

fn watch(heard: &AtomicBool) {
    let (start, mut watcher) = (Instant::now(), Watcher::default());
    while !watcher.ends(start.elapsed(), heard.swap(false, Ordering::SeqCst), AT_WORK.load(Ordering::SeqCst) > 0) {
        ASKED.store(watcher.first.is_some(), Ordering::SeqCst);
        thread::sleep(LOOK);
    }
    let why = if BEGUN.load(Ordering::SeqCst) {
        "the same command goes on from what is kept"
    } else {
        "nothing was begun yet"
    };
    let stop = Stop::Interrupted(why.into());
    crate::stop::say(&stop);
    std::process::exit(stop.code().into());
}

/// What is known of the signals; times are since the start.
#[derive(Default)]
struct Watcher {
    first: Option<Duration>,
    worked: Duration,
}

impl Watcher {
    /// Whether the process is to end now.
    fn ends(&mut self, now: Duration, heard: bool, at_work: bool) -> bool {
        let Some(first) = self.first else {
            (self.first, self.worked) = (heard.then_some(now), now);
            return false;
        };
        if at_work {
            self.worked = now;
        }
        heard && now - first >= ONE || now - self.worked >= IDLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At which of these looks, in milliseconds, the process ends: when a signal was heard, when an update was under way.
    fn end(heard: &[u64], at_work: std::ops::Range<u64>) -> Option<u64> {
        let mut watcher = Watcher::default();
        (0..100_000)
            .step_by(50)
            .find(|now| watcher.ends(Duration::from_millis(*now), heard.contains(now), at_work.contains(now)))
    }

    #[test]
    fn nothing_ends_without_a_signal() {
        assert_eq!((end(&[], 0..0), end(&[], 0..100_000)), (None, None));
    }

    #[test]
    fn the_first_signal_ends_what_is_not_at_work_within_two_seconds() {
        assert!(end(&[3000], 0..0).is_some_and(|at| at < 5000 - 100));
        assert!(end(&[3000], 0..3000).is_some_and(|at| at < 5000 - 100));
    }

    #[test]
    fn an_update_and_its_checkpoint_are_waited_for_and_then_there_is_a_moment_to_end_in() {
        assert_eq!(end(&[3000], 0..100_000), None);
        assert!(end(&[3000], 0..60_000).is_some_and(|at| (61_000..62_000).contains(&at)));
    }

    #[test]
    fn a_second_signal_ends_it_at_once_but_one_within_half_a_second_is_the_first() {
        assert_eq!(end(&[3000, 3050, 3450], 0..100_000), None);
        assert_eq!(end(&[3000, 3500], 0..100_000), Some(3500));
        assert_eq!(end(&[3000, 3050, 9000], 0..100_000), Some(9000));
    }
}
