//! `RunResult`: how a run ended, and its numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All is there.
    Done,
    /// Training diverged, so there is nothing to report.
    Diverged,
    /// Something failed.
    Failed,
    /// Somebody interrupted it; the same command goes on.
    Interrupted,
}

/// What a study has found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// By name: what a sweep compares.
    pub numbers: BTreeMap<String, f64>,
    /// What is printed.
    pub text: String,
}

impl Findings {
    /// These numbers, each with its name, and this text.
    pub fn new(numbers: impl IntoIterator<Item = (impl Into<String>, f64)>, text: impl Into<String>) -> Self {
        let numbers = numbers.into_iter().map(|(name, number)| (name.into(), number));
        Self { numbers: numbers.collect(), text: text.into() }
    }
}

/// `result.json`: how a run ended, and its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// The study.
    pub study: String,
    /// The run's id.
    pub id: String,
    /// How it ended.
    pub status: Status,
    /// Why, if it is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What was found; a number that is not finite is a word.
    #[serde(with = "numbers")]
    pub numbers: BTreeMap<String, f64>,
    /// The SHA-256 of all trained parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights_sha256: Option<String>,
    /// The figures, below the run directory.
    #[serde(default)]
    pub figures: Vec<String>,
}

mod numbers {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Number(#[serde(with = "crate::number")] f64);

    pub(super) fn serialize<S: Serializer>(numbers: &BTreeMap<String, f64>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(numbers.iter().map(|(name, x)| (name, Number(*x))))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, f64>, D::Error> {
        let numbers = BTreeMap::<String, Number>::deserialize(deserializer)?;
        Ok(numbers.into_iter().map(|(name, number)| (name, number.0)).collect())
    }
}
