//! Gradient curves of cells, before training and after it: measured, held against theory, as rows of a file, and drawn from these.

mod decay;
mod figure;
mod measured;
mod rows;

pub(crate) use decay::{Check, Decay};
pub(crate) use figure::figure;
pub(crate) use measured::{GradientCurves, Path, Theory, Underflow};
pub(crate) use rows::{Kind, Row, rows};
