//! `TrainingConfig`: the settings of a training that most studies have, said once; and the keys of them.

use serde::{Deserialize, Serialize};

use super::{Key, Kind};
use crate::train::Training;

const TRAINING: &str = "Training";
const MANY: u64 = 100_000_000;
const RATES: Kind = Kind::Real(1e-12, 1e3);

/// How a network is trained: settings that most studies have, flattened into their own.
///
/// ```text
/// #[serde(flatten)]
/// pub training: TrainingConfig,
/// ```
/// A setting that is 0 is not written: the study has no such key. Every study has updates and a learning rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // each is said at its key
pub struct TrainingConfig {
    pub updates: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub batch: usize,
    pub learning_rate: f64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub clip: f64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub validate_every: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub patience: u64,
}

fn is_none<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

impl TrainingConfig {
    /// `updates` updates with a learning rate, of 32 examples each, clipped at a norm of 1.
    pub fn new(updates: u64, learning_rate: f64) -> Self {
        Self { updates, batch: 32, learning_rate, clip: 1.0, ..Self::default() }
    }

    /// Without the key `clip`.
    #[must_use]
    pub fn unclipped(self) -> Self {
        Self { clip: 0.0, ..self }
    }

    /// The training with a constant learning rate.
    pub fn constant(&self) -> Training {
        let usual = Training::new(self.updates, self.learning_rate);
        Training { validate_every: self.validate_every, patience: self.patience.checked_sub(1), ..self.clipped(usual) }
    }

    /// The training with a learning rate that falls along half a cosine; see [`Training::along_a_cosine`].
    pub fn along_a_cosine(&self) -> Training {
        self.clipped(Training::along_a_cosine(self.updates, self.learning_rate))
    }

    fn clipped(&self, training: Training) -> Training {
        let clip = if self.clip > 0.0 { self.clip } else { training.clip };
        Training { clip, ..training }
    }
}

impl Key {
    /// A key under "Training".
    pub const fn training(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self::new(TRAINING, name, kind, help)
    }

    /// `updates`.
    pub fn updates(help: &'static str) -> Self {
        Self::training("updates", Kind::Count(1, MANY), help)
    }

    /// `batch`, with what an example is.
    pub fn batch(help: &'static str) -> Self {
        Self::training("batch", Kind::Count(1, 100_000), help)
    }

    /// `learning_rate`, of [`TrainingConfig::constant`].
    pub fn learning_rate() -> Self {
        Self::training("learning_rate", RATES, "Learning rate of Adam")
    }

    /// `learning_rate`, of [`TrainingConfig::along_a_cosine`].
    pub fn first_learning_rate() -> Self {
        let help = "Learning rate of Adam, at first; it falls along half a cosine";
        Self::training("learning_rate", RATES, help)
    }

    /// `clip`.
    pub fn clip() -> Self {
        let help = "Global gradient norm above which gradients are scaled down";
        Self::training("clip", Kind::Real(1e-12, 1e12), help)
    }

    /// `validate_every`.
    pub fn validate_every(help: &'static str) -> Self {
        Self::training("validate_every", Kind::Count(1, MANY), help)
    }

    /// `patience`.
    pub fn patience() -> Self {
        let help = "Validations in a row without a new least loss after which training stops; the best model is kept";
        Self::training("patience", Kind::Count(1, 1_000_000), help)
    }

    /// `seed`, with what is drawn by it; as great as TOML's numbers go.
    pub fn seed(help: &'static str) -> Self {
        Self::training("seed", Kind::Count(0, i64::MAX as u64), help)
    }
}
