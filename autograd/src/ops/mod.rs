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
pub mod slice_rows;
// nothing but the gradient that passes
pub mod hook;
pub mod scale_grad;
// reductions
pub mod mean;
pub mod sum;
// losses
pub mod mean_squared_error;
pub mod softmax_cross_entropy;
