//! The only place with tuned loops and raw pointers.

mod flush;
mod gemm;
pub(crate) mod loops;
pub(crate) mod lu;
mod narrow;
mod pointwise;
mod prefetch;
mod transpose;
mod vectorize;
mod view;

pub(crate) use flush::{flush_f32, flush_f64};
pub use gemm::Operand;
pub(crate) use gemm::{gemm_f32, gemm_f64};
pub(crate) use narrow::{NARROW, narrow_affine};
#[cfg(test)]
pub(crate) use pointwise::Level;
pub(crate) use pointwise::{sigmoid_f32, sigmoid_f64, tanh_f32, tanh_f64};
pub use prefetch::prefetch;
pub(crate) use transpose::transpose;
pub use vectorize::{Loop, vectorize};
pub use view::{as_mut_slice, as_slice};
