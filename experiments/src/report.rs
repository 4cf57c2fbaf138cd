//! What the reports of studies say alike.

use crate::settings::Scale;

/// What `text` says of a run with --quick; nothing of another.
pub fn if_quick(scale: Scale, text: &'static str) -> &'static str {
    if scale == Scale::Quick { text } else { "" }
}

/// The line of a report that says how many trainings diverged; empty if none did.
pub fn of_diverged(count: usize) -> String {
    match count {
        0 => String::new(),
        _ => format!("{count} trainings diverged; measured is what they were before.\n"),
    }
}
