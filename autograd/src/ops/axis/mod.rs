//! Each column or row by itself: a column on every column, a softmax of each example.

mod add_bias;
mod add_row;
mod layer_norm;
mod log_softmax;
mod scale_columns;
mod scale_rows;
mod softmax;

pub use add_bias::AddBias;
pub use add_row::AddRow;
pub use layer_norm::LayerNorm;
pub use log_softmax::LogSoftmax;
pub use scale_columns::ScaleColumns;
pub use scale_rows::ScaleRows;
pub use softmax::Softmax;

#[cfg(test)]
super::table::rows_of! { add_bias add_row layer_norm log_softmax scale_columns scale_rows softmax }
