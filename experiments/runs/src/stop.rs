//! `Stop`: why a program ends without having done its work, and the exit code that says so.

use std::process::ExitCode;

use models::stacks::ConfigError;

/// An end before the work was done; one line for the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The run was refused before it started: a flag, a file or a place is not usable. Exit code 2.
    #[error("{0}")]
    Refused(String),
    /// Another process works on the run. Exit code 2, for nothing was begun.
    #[error("{0}")]
    Busy(String),
    /// Something failed after the run had started. Exit code 1.
    #[error("{0}")]
    Failed(String),
    /// Training diverged everywhere, so there is nothing to report. Exit code 3.
    #[error("{0}")]
    Diverged(String),
    /// The user interrupted; the same command goes on. Exit code 130.
    #[error("{0}")]
    Interrupted(String),
}

impl Stop {
    /// Its exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Refused(_) | Self::Busy(_) => 2,
            Self::Diverged(_) => 3,
            Self::Interrupted(_) => 130,
        }
    }

    /// How many trainings diverged; of each why, if it did.
    ///
    /// # Errors
    /// Diverged, if every one did.
    pub fn if_all_diverged<'a>(trainings: impl IntoIterator<Item = &'a Option<String>>) -> Result<usize, Self> {
        let trainings: Vec<_> = trainings.into_iter().collect();
        let whys: Vec<_> = trainings.iter().copied().flatten().collect();
        match whys[..] {
            [why, ..] if whys.len() == trainings.len() => {
                Err(Self::Diverged(format!("every training diverged ({why}); try a smaller --learning-rate")))
            }
            _ => Ok(whys.len()),
        }
    }

    /// The same, saying of what.
    #[must_use]
    pub fn of(self, what: &str) -> Self {
        let of = |why: String| format!("{what}: {why}");
        match self {
            Self::Refused(why) => Self::Refused(of(why)),
            Self::Busy(why) => Self::Busy(of(why)),
            Self::Failed(why) => Self::Failed(of(why)),
            Self::Diverged(why) => Self::Diverged(of(why)),
            Self::Interrupted(why) => Self::Interrupted(of(why)),
        }
    }
}

/// A network that cannot be built is refused by the flag of the size that is to blame.
impl From<ConfigError> for Stop {
    fn from(why: ConfigError) -> Self {
        Self::Refused(format!("--{why}"))
    }
}

/// The exit code of a finished program; says on stderr why, if there is something to say.
pub(crate) fn exit(result: Result<(), Stop>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            say(&stop);
            ExitCode::from(stop.code())
        }
    }
}

/// Says on stderr why a program ends.
pub(crate) fn say(stop: &Stop) {
    let how = if stop.code() == 130 { "interrupted" } else { "error" };
    crate::terminal::say(&format!("{how}: {}", figures::one_line(&stop.to_string())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_every_training_diverged_is_an_end_and_that_some_did_is_a_number() {
        let (fine, why) = (None, Some("a NaN".to_owned()));
        assert_eq!(Stop::if_all_diverged([&fine, &why, &why]), Ok(2));
        assert_eq!(Stop::if_all_diverged([]), Ok(0));
        let stop = Stop::if_all_diverged([&why, &why]).expect_err("both");
        assert!(stop.code() == 3 && stop.to_string().contains("(a NaN)"), "{stop}");
    }
}
