//! `Broadcast`: what stands on every column or on every row of a matrix.

use crate::Shape;

/// A vector that acts on all columns or on all rows of a matrix (m×n).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broadcast {
    /// A column (m×1), on every column.
    Column,
    /// A row (1×n), on every row.
    Row,
}

impl Broadcast {
    /// The matrix's shape, if the vector, called `what` in the message, fits it.
    pub(super) fn output_shape(self, what: &str, inputs: &[Shape]) -> Result<Shape, String> {
        let (rows, columns) = match self {
            Self::Column => (inputs[0].0, 1),
            Self::Row => (1, inputs[0].1),
        };
        if inputs[1] == (rows, columns) {
            Ok(inputs[0])
        } else {
            Err(format!("the {what} must be {rows} × {columns}"))
        }
    }
}
