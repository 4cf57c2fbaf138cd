//! One operation, one file: equation and shapes → struct → forward → backward → the method of `Var` → test.
//!
//! To add one, copy the nearest file, change its lines, name it here. A file whose op has no certificate fails
//! `tests/every_op.rs`.

// entry by entry
pub mod abs;
pub mod add;
pub mod clamp;
pub mod cos;
pub mod elu;
pub mod exp;
pub mod gelu;
pub mod identity;
pub mod leaky_relu;
pub mod ln;
pub mod mul;
pub mod pow;
pub mod relu;
pub mod scale;
pub mod shift;
pub mod sigmoid;
pub mod silu;
pub mod sin;
pub mod softplus;
pub mod sqrt;
pub mod square;
pub mod sub;
pub mod tanh;
// a column on every column
pub mod add_bias;
// linear algebra
pub mod matmul;
// shape
pub mod slice_rows;
// reductions
pub mod mean;
pub mod sum;
// losses
pub mod mean_squared_error;
pub mod softmax_cross_entropy;
