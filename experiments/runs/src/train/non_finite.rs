//! `NonFinite`: what to do about a loss or a gradient that is not finite.

use serde::{Deserialize, Serialize};

/// The policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NonFinite {
    /// The training ends before the update, with the op that made the value; the parameters stay as they were.
    #[default]
    Stop,
    /// The update is left out and counted, and the training goes on with the next examples.
    Skip,
    /// The update is made, whatever it does.
    Propagate,
}

impl NonFinite {
    /// As in files.
    pub const NAMES: [&str; 3] = ["stop", "skip", "propagate"];
}
