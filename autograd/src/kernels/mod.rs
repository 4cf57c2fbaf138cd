//! The only place with tuned loops and raw pointers.

mod activations;
mod flush;
mod gemm;
mod level;
pub(crate) mod loops;
mod narrow;
mod norm;
mod prefetch;
mod sum;
mod transpose;
mod vectorize;
mod view;

pub(crate) use activations::{sigmoid_f32, sigmoid_f64, tanh_f32, tanh_f64};
pub(crate) use flush::{flush_f32, flush_f64};
pub use gemm::Operand;
pub(crate) use gemm::{gemm_f32, gemm_f64};
#[cfg(test)]
pub(crate) use level::Level;
pub(crate) use narrow::{NARROW, narrow_affine};
#[doc(hidden)] // public for the norms of gradients in `models`; no promise is made of it
pub use norm::{largest, largest_of, norm, scaled_norm};
#[doc(hidden)] // public for the fused steps of `models` alone; no promise is made of it
pub use prefetch::prefetch;
pub(crate) use sum::add_columns;
pub(crate) use transpose::transpose;
#[doc(hidden)] // public for the loops of `models` alone; no promise is made of it
pub use vectorize::{Loop, vectorize};
pub(crate) use view::columns;
pub use view::{as_mut_slice, as_slice};

/// A number that the loops can compute with.
pub(crate) trait Number: Copy + num_traits::Zero + std::ops::Mul<Output = Self> + std::ops::AddAssign {}

impl<T: Copy + num_traits::Zero + std::ops::Mul<Output = T> + std::ops::AddAssign> Number for T {}
