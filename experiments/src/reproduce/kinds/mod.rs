//! `Kind`: the kinds of measurement, each coded once. A paper is data.

mod criterion;
mod error;
mod guessing;
mod moments;

pub use moments::Moment;

use serde::{Deserialize, Serialize};

use super::protocol::{Protocol, Setup};
use crate::Stop;
use crate::run::Unit;

/// A kind of measurement: what a seed's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The updates until a criterion is met.
    Criterion,
    /// The measure of answers to new sequences after the last update.
    Error,
    /// How often random weights are drawn until a training set is solved.
    Guessing,
    /// A second moment of a linear recurrence.
    Moments,
}

/// What every kind needs.
macro_rules! keys {
    ($($key:literal),*) => { &["kind", "seeds", "statistic", "cap", $($key),*] };
}

impl Kind {
    /// As in files.
    pub(super) const ALL: &'static str = "criterion, error, guessing, moments";

    /// As in files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Criterion => "criterion",
            Self::Error => "error",
            Self::Guessing => "guessing",
            Self::Moments => "moments",
        }
    }

    /// The keys that it needs, and those that it takes.
    pub(super) fn keys(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Criterion => (
                keys!("task", "cell", "hidden", "optimizer", "batch"),
                &[
                    "network",
                    "horizon",
                    "clip",
                    "train_batches",
                    "measure",
                    "test",
                    "test_task",
                    "within",
                    "window",
                    "mean_error",
                    "every",
                    "solved",
                ],
            ),
            Self::Error => (
                keys!("task", "cell", "hidden", "optimizer", "batch", "test"),
                &["network", "horizon", "clip", "train_batches", "measure", "test_task"],
            ),
            Self::Guessing => {
                (keys!("task", "cell", "hidden", "weights", "test"), &["network", "horizon", "measure", "within"])
            }
            Self::Moments => (keys!("lambda", "moment"), &["correlation"]),
        }
    }

    /// The seed's value; `None` if the cap is reached before, or the training diverges.
    pub(super) fn value(
        self,
        protocol: &Protocol,
        setup: Option<&Setup>,
        seed: u64,
        unit: &mut Unit<'_>,
    ) -> Result<Option<f64>, Stop> {
        let value = match (self, setup) {
            (Self::Criterion, Some(setup)) => criterion::updates(protocol, setup, seed, unit)?,
            (Self::Error, Some(setup)) => error::at_the_end(protocol, setup, seed, unit)?,
            (Self::Guessing, Some(setup)) => guessing::trials(protocol, setup, seed)?,
            (Self::Moments, _) => moments::simulated(protocol, seed),
            (_, None) => None,
        };
        Ok(value.filter(|value| value.is_finite()))
    }
}
