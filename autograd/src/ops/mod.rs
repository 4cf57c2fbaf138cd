//! One operation, one file: equation and shapes → struct → forward → backward → the method of `Var` → test.
//!
//! To add one, copy the nearest file, change its lines, name it here and in `table/mod.rs`. An op without a row in that
//! table, which drives every generic check, fails the tests.

// entry by entry
pub mod abs;
pub mod add;
pub mod clamp;
pub mod cos;
pub mod div;
pub mod elu;
pub mod exp;
pub mod extremum;
pub mod gelu;
pub mod identity;
pub mod leaky_relu;
pub mod ln;
pub mod mul;
pub mod pow;
pub mod relu;
pub mod scale;
pub mod select;
pub mod shift;
pub mod sigmoid;
pub mod silu;
pub mod sin;
pub mod softplus;
pub mod sqrt;
pub mod square;
pub mod sub;
pub mod tanh;
// a column on every column, a row on every row
pub mod add_bias;
pub mod add_row;
pub mod scale_columns;
pub mod scale_rows;
// linear algebra
pub mod affine;
pub mod matmul;
pub mod matmul_nt;
pub mod matmul_tn;
pub mod solve;
pub mod transpose;
// shape
pub mod concat_columns;
pub mod concat_rows;
pub mod gather_columns;
pub mod reshape;
pub mod slice_rows;
// time
pub mod delay;
pub mod reverse_time;
// nothing but the gradient that passes
pub mod hook;
pub mod scale_grad;
// reductions
pub mod dot;
pub mod log_sum_exp;
pub mod log_sum_exp_rows;
pub mod max;
pub mod max_columns;
pub mod max_rows;
pub mod mean;
pub mod mean_columns;
pub mod mean_rows;
pub mod norm;
pub mod sum;
pub mod sum_columns;
pub mod sum_rows;
pub mod trace;
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

#[cfg(test)]
mod table;

pub use average_pool2d::Window;
