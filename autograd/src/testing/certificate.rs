use nalgebra::DMatrix;
use proptest::prelude::*;

use super::{Everywhere, Single, check, examine, matrix_of};
use crate::{Dual, Op};

/// Certifies an op on the inputs of a strategy; see [`examine`].
///
/// # Panics
/// With the fault, the smallest inputs found that show it, and the seed.
#[track_caller]
pub fn certify<O>(op: &O, inputs: impl Strategy<Value = Vec<DMatrix<f64>>>)
where
    O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone,
{
    certify_program(&Single(op.clone()), inputs);
}

/// [`certify`] for an op of one matrix of any shape with entries from `entry`.
///
/// # Panics
/// As [`certify`].
#[track_caller]
pub fn certify_unary<O>(op: &O, entry: impl Strategy<Value = f64> + Clone + 'static)
where
    O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone,
{
    let inputs = (1usize..5, 1usize..5).prop_flat_map(move |(m, n)| [matrix_of(entry.clone(), m, n)]);
    certify(op, inputs.prop_map(Vec::from));
}

/// [`certify`] for an op of two matrices of one shape with entries from `entry`.
///
/// # Panics
/// As [`certify`].
#[track_caller]
pub fn certify_binary<O>(op: &O, entry: impl Strategy<Value = f64> + Clone + 'static)
where
    O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone,
{
    let inputs = (1usize..5, 1usize..5)
        .prop_flat_map(move |(m, n)| [matrix_of(entry.clone(), m, n), matrix_of(entry.clone(), m, n)]);
    certify(op, inputs.prop_map(Vec::from));
}

/// [`certify`] for any program.
///
/// # Panics
/// As [`certify`].
#[track_caller]
pub fn certify_program(program: &(impl Everywhere + ?Sized), inputs: impl Strategy<Value = Vec<DMatrix<f64>>>) {
    check((inputs, any::<u64>()), |(inputs, seed)| {
        examine(program, &inputs, seed).map_err(|fault| TestCaseError::fail(fault.to_string()))
    });
}
