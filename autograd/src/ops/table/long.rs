//! Long inputs: a sum of many numbers in `f32` keeps its digits, in values and in gradients, at every SIMD level.

use nalgebra::DMatrix;

use super::{Row, rows};
use crate::kernels::{Level, largest};
use crate::{Gradients, Program, Scalar, Tape};

/// Entries of the longest input: the same few numbers of one sign again and again, so that roundings to `f32` would add up.
const LONG: usize = 1 << 16;

/// Never long: a square matrix, and what a row of the table has of one shape alone.
const SHORT: [&str; 4] = ["dropout", "reshape", "select", "trace"];

/// Products of matrices, whose two factors get products as gradients: those are summed as the kernel sums.
const PRODUCTS: [&str; 7] = ["affine", "conv1d", "conv2d", "matmul", "matmul_nt", "matmul_tn", "solve"];

/// Inputs of many rows or columns, as a row has them of 8, repeated; `None` where none grows, or one by the square.
fn long(row: &Row, sizes: impl Fn(usize) -> (usize, usize, usize)) -> Option<Vec<DMatrix<f64>>> {
    let draw = |length| {
        let (m, k, n) = sizes(length);
        row.draw(m, k, n)
    };
    let (eight, sixteen) = (draw(8), draw(16));
    let length = 8 * LONG / eight.iter().map(DMatrix::len).max()?.max(1);
    let lengthened = |x: &DMatrix<f64>, y: &DMatrix<f64>| {
        let side = |x: usize, y: usize| x + (y - x) / 8 * length;
        let (rows, columns) = (side(x.nrows(), y.nrows()), side(x.ncols(), y.ncols()));
        let entry = |i: usize, j: usize| f64::from(x[(i % x.nrows(), j % x.ncols())].abs() as f32);
        (rows * columns <= 2 * LONG).then(|| DMatrix::from_fn(rows, columns, entry))
    };
    let all: Option<Vec<_>> = eight.iter().zip(&sixteen).map(|(x, y)| lengthened(x, y)).collect();
    all.filter(|all| all.iter().any(|x| x.len() >= LONG / 2))
}

/// The value and the gradients, where 0.1, which `f32` rounds, comes from above.
fn run<T: Scalar>(program: &(impl Program<T> + ?Sized), inputs: &[DMatrix<f64>]) -> Vec<DMatrix<f64>> {
    let tape = Tape::new();
    let leaves: Vec<_> = inputs.iter().map(|x| tape.leaf(&x.map(T::from_f64))).collect();
    let y = program.run(&leaves);
    let mut gradients = Gradients::new();
    tape.vjp(&[(y, &y.value().map(|_| T::from_f64(f64::from(0.1f32))))], &mut gradients);
    let all = leaves.iter().map(|&x| gradients.of(x).map(T::re));
    std::iter::once(y.value().map(T::re)).chain(all).collect()
}

#[test]
fn long_inputs_cost_no_digits_in_f32() {
    let mut wrong = Vec::new();
    for row in rows() {
        let cases = [long(&row, |length| (1, 2, length)), long(&row, |length| (length, 2, 1))];
        let Row { name, place, .. } = row;
        if SHORT.contains(&name) != cases.iter().all(Option::is_none) {
            wrong.push(format!("{place}: {name}: is it never long?"));
        }
        for inputs in cases.into_iter().flatten() {
            let exact = run::<f64>(&*row.program, &inputs);
            for level in Level::available() {
                let found = Level::forced(level, || run::<f32>(&*row.program, &inputs));
                for (at, (found, exact)) in found.iter().zip(&exact).enumerate() {
                    let [error, size] = [found - exact, exact.clone()].map(|m| largest(m.iter().copied()));
                    let what = if at == 0 { "the value".into() } else { format!("gradient {}", at - 1) };
                    let product = PRODUCTS.contains(&name) && (1..=2).contains(&at);
                    // Where all cancels, rounding is left.
                    if error.is_nan() || (!product && error > 2e-6 * size + 1e-12) {
                        wrong.push(format!("{place}: {name}: {what} is off {error:e} of {size:e}, {level:?}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
