//! What the reports of studies say alike.

use crate::Stop;
use crate::settings::Scale;

/// What `text` says of a run with --quick; nothing of another.
pub fn if_quick(scale: Scale, text: &'static str) -> &'static str {
    if scale == Scale::Quick { text } else { "" }
}

/// The last lines of a report, an empty one first, which warn of a run with --quick.
pub fn caveat(scale: Scale) -> &'static str {
    if_quick(scale, "\nThis was --quick: too short to conclude from.\n")
}

/// How many trainings diverged, of which `why` says why they did, or that they did not.
///
/// # Errors
/// Diverged, if all of them did.
pub fn diverged<'a>(why: impl IntoIterator<Item = Option<&'a str>>) -> Result<usize, Stop> {
    let why: Vec<_> = why.into_iter().collect();
    let diverged: Vec<_> = why.iter().flatten().collect();
    match diverged[..] {
        [first, ..] if diverged.len() == why.len() => {
            let first = if first.is_empty() { String::new() } else { format!(" ({first})") };
            Err(Stop::Diverged(format!("every training diverged{first}; try a smaller --learning-rate")))
        }
        _ => Ok(diverged.len()),
    }
}

/// The line of a report that says how many trainings diverged; empty if none did.
pub fn of_diverged(count: usize) -> String {
    match count {
        0 => String::new(),
        _ => format!("{count} trainings diverged; measured is what they were before.\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_fails_if_every_training_diverged() {
        assert_eq!(diverged([None, Some("loss NaN")]).ok(), Some(1));
        assert_eq!(diverged([]).ok(), Some(0));
        let stop = diverged([Some("loss NaN"), Some("other")]).expect_err("all of them");
        let text = "every training diverged (loss NaN); try a smaller --learning-rate";
        assert!(matches!(stop, Stop::Diverged(why) if why == text));
    }
}
