//! Products, the transpose, a linear system.

mod affine;
mod matmul;
mod matmul_transposed;
mod solve;
mod transpose;

pub use self::{
    affine::Affine, matmul::Matmul, matmul_transposed::MatmulTransposed, solve::Solve, transpose::Transpose,
};

#[cfg(test)]
super::table::rows_of! { affine matmul matmul_transposed solve transpose }
