//! `Metric`: a row of the training record.

use serde::{Deserialize, Serialize};

/// Means over the updates since the row before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// After how many updates.
    pub update: u64,
    /// The objective's loss; NaN if no update was made.
    #[serde(with = "crate::number")]
    pub loss: f64,
    /// The global gradient norm before clipping.
    #[serde(with = "crate::number")]
    pub gradient_norm: f64,
    /// η of the last update.
    pub learning_rate: f64,
    /// How many updates were left out so far for a value that was not finite.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// The loss on examples that training does not see.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::number::option")]
    pub validation: Option<f64>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}
