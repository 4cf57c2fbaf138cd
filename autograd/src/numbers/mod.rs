//! What matrices are made of, and their shape.

mod dual;
pub(crate) mod lu;
mod scalar;

pub use dual::Dual;
pub use scalar::{Real, Scalar};

/// (rows, columns) = (features, batch): one example a column.
pub type Shape = (usize, usize);
