//! Why something cannot be drawn.

use std::fmt::Display;

/// Why something cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DrawError(String);

impl DrawError {
    pub(super) fn of(why: impl Display) -> Self {
        Self(why.to_string())
    }
}
