//! Products, the transpose, a linear system.

mod affine;
mod matmul;
mod matmul_nt;
mod matmul_tn;
mod solve;
mod transpose;

pub use affine::Affine;
pub use matmul::Matmul;
pub use matmul_nt::MatmulNt;
pub use matmul_tn::MatmulTn;
pub use solve::Solve;
pub use transpose::Transpose;

#[cfg(test)]
super::table::rows_of! { affine matmul matmul_nt matmul_tn solve transpose }
