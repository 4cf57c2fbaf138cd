//! The differential operators: exact derivatives of a [`Program`] f, first and second order.
//!
//! | operator | gives | how | recordings, sweeps |
//! |---|---|---|---|
//! | [`value_and_grad`] | f(x), ∇f(x) for f: … → ℝ | reverse | 1, 1 |
//! | [`vjp`] | f(x), Jᵀ v | reverse | 1, 1 |
//! | [`jvp`] | f(x), J u | forward, dual numbers | 1, 0 |
//! | [`jacobian`] | J | reverse, a sweep for each entry of f | 1, entries of f |
//! | [`hvp`] | ∇f(x), H u for f: … → ℝ | forward over reverse | 1, 1 |
//! | [`hessian`] | H | [`hvp`] along every axis | n, n for n entries of x |
//!
//! f takes any number of matrices; a derivative has one matrix for each of them, in the shape of the input. Where entries
//! are numbered ([`jacobian`], [`hessian`]), a matrix counts column by column.
//!
//! Each operator asks f for one scalar: `T` in reverse, [`Dual<F>`](crate::Dual) forward. They record on a tape of their
//! own; in a training loop, use [`Tape::backward_into`](crate::Tape::backward_into), which reuses memory.

mod hessian;
mod hvp;
mod jacobian;
mod jvp;
mod program;
mod value_and_grad;
mod vjp;

pub use hessian::hessian;
pub use hvp::hvp;
pub use jacobian::jacobian;
pub use jvp::jvp;
pub use program::{Everywhere, Program, Single, program};
pub use value_and_grad::value_and_grad;
pub use vjp::vjp;

use nalgebra::DMatrix;

use crate::{Dual, Gradients, Real, Scalar, Tape, Var};

/// f's inputs as leaves of `tape`.
#[track_caller]
fn leaves<'t, T: Scalar>(what: &str, tape: &'t Tape<T>, x: &[DMatrix<T>]) -> Vec<Var<'t, T>> {
    assert!(!x.is_empty(), "{what}: a program has at least one input");
    x.iter().map(|x| tape.leaf(x)).collect()
}

/// f(x) and what is to be differentiated: panics where f is not a number.
#[track_caller]
fn number<'t, T: Scalar>(what: &str, f: &(impl Program<T> + ?Sized), inputs: &[Var<'t, T>]) -> Var<'t, T> {
    let y = f.run(inputs);
    let (rows, columns) = y.shape();
    assert!(
        (rows, columns) == (1, 1),
        "{what}: {} is {rows} × {columns}, not 1 × 1; give a `vjp` its weights",
        f.name()
    );
    y
}

fn owned<T: Scalar>(gradients: &Gradients<T>, inputs: &[Var<'_, T>]) -> Vec<DMatrix<T>> {
    inputs.iter().map(|&input| gradients.of(input).into_owned()).collect()
}

/// x + u ε.
#[track_caller]
fn along<F: Real>(what: &str, x: &[DMatrix<F>], u: &[DMatrix<F>]) -> Vec<DMatrix<Dual<F>>> {
    let shapes = |m: &[DMatrix<F>]| m.iter().map(DMatrix::shape).collect::<Vec<_>>();
    assert!(
        shapes(x) == shapes(u),
        "{what}: the direction has not the shapes of the inputs; inputs are {:?}, directions {:?}",
        shapes(x),
        shapes(u)
    );
    x.iter().zip(u).map(|(x, u)| x.zip_map(u, Dual::new)).collect()
}

fn re<F: Real>(m: &DMatrix<Dual<F>>) -> DMatrix<F> {
    m.map(|x| x.re)
}

fn eps<F: Real>(m: &DMatrix<Dual<F>>) -> DMatrix<F> {
    m.map(|x| x.eps)
}
