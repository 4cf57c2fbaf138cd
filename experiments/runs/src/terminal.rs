//! What is said on the terminal: lines on stderr, results on stdout, both as a terminal may show them.

use std::io::{ErrorKind, Write};

use crate::Stop;
use figures::clean;

/// Writes a line to stderr. What cannot be said there cannot be said anywhere: an error is no reason to stop, or to panic
/// as `eprintln!` does.
pub(crate) fn say(line: &str) {
    let _ = std::io::stderr().lock().write_all(format!("{}\n", clean(line)).as_bytes());
}

/// Writes results to stdout; a closed pipe is no error.
///
/// # Errors
/// Failed, if stdout cannot be written for another reason, such as a full disk.
pub fn print(text: &str) -> Result<(), Stop> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(clean(text).as_bytes()).and_then(|()| stdout.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(Stop::Failed(format!("writing to stdout: {why}"))),
        _ => Ok(()),
    }
}
