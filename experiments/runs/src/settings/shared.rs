//! The keys that most studies have, said once.

use super::{Key, Kind};

const TRAINING: &str = "Training";
const RATES: Kind = Kind::Real(1e-12, 1e3);

impl Key {
    /// `learning_rate`, Adam's.
    pub fn learning_rate() -> Self {
        Self::new(TRAINING, "learning_rate", RATES, "Learning rate of Adam")
    }

    /// `learning_rate`, of [`Training::along_a_cosine`](crate::train::Training::along_a_cosine).
    pub fn first_learning_rate() -> Self {
        let help = "Learning rate of Adam, at first; it falls along half a cosine";
        Self::new(TRAINING, "learning_rate", RATES, help)
    }

    /// `clip`.
    pub fn clip() -> Self {
        let help = "Global gradient norm above which gradients are scaled down";
        Self::new(TRAINING, "clip", Kind::Real(1e-12, 1e12), help)
    }
}
