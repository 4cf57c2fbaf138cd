//! One operation, one file: equation and shapes → struct → forward → backward → the method of `Var` → test.
//!
//! To add one, copy the nearest file, change its lines, name it here. A file whose op has no certificate fails
//! `tests/every_op.rs`.

// entry by entry
pub mod add;
pub mod identity;
pub mod mul;
pub mod relu;
pub mod scale;
pub mod shift;
pub mod sigmoid;
pub mod sub;
pub mod tanh;
// a column on every column
pub mod add_bias;
// linear algebra
pub mod matmul;
// shape
pub mod concat_columns;
pub mod concat_rows;
pub mod gather_columns;
pub mod reshape;
pub mod slice_rows;
// time
pub mod delay;
pub mod reverse_time;
// reductions
pub mod log_sum_exp;
pub mod log_sum_exp_rows;
pub mod max;
pub mod max_columns;
pub mod max_rows;
pub mod mean;
pub mod mean_columns;
pub mod mean_rows;
pub mod sum;
pub mod sum_columns;
pub mod sum_rows;
// each column by itself
pub mod log_softmax;
pub mod softmax;
// layers
pub mod dropout;
pub mod layer_norm;
// images and signals, one a column
pub mod average_pool2d;
pub mod conv1d;
pub mod conv2d;
pub mod max_pool2d;
// losses
pub mod huber;
pub mod mean_absolute_error;
pub mod mean_squared_error;
pub mod sigmoid_cross_entropy;
pub mod softmax_cross_entropy;

pub use average_pool2d::Window;
