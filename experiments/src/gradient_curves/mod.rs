//! Gradient curves of cells, before training and after it: measured, held against theory, as rows of a file, and drawn from these.

mod decay;
mod figure;
mod measured;
mod rows;

pub use decay::{Check, Decay};
pub use figure::figure;
pub use measured::{Flow, GradientCurves, Path, Theory, Underflow};
pub use rows::{Kind, Row, rows};
