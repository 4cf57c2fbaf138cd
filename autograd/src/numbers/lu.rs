//! P A = L U with partial pivoting, for every scalar: on dual numbers it differentiates itself.
//!
//! A matrix is a slice of n² entries, column after column. The factors lie in one: U on and above the diagonal, L (whose
//! diagonal is 1) below. `pivots[k]`, a number, is the row that was exchanged with row k in step k; it is chosen by the
//! real part, so that all scalars exchange alike. After a pivot of 0 entries are ∞ or NaN.

use crate::Scalar;

/// Overwrites A by its factors and every entry of `pivots`.
pub(crate) fn factor<T: Scalar>(a: &mut [T], pivots: &mut [T]) {
    let n = pivots.len();
    for k in 0..n {
        let size = |i: usize| a[i + k * n].re().abs();
        let p = (k + 1..n).fold(k, |p, i| if size(i) > size(p) { i } else { p });
        pivots[k] = T::from_f64(p as f64);
        for j in 0..n {
            a.swap(k + j * n, p + j * n);
        }
        let (left, right) = a.split_at_mut((k + 1) * n);
        let (head, l) = left[k * n + k..].split_at_mut(1);
        for l in l.iter_mut() {
            *l /= head[0];
        }
        for column in right.chunks_exact_mut(n) {
            let u = column[k];
            subtract(&mut column[k + 1..], u, l);
        }
    }
}

/// Overwrites b by A⁻¹ b = U⁻¹ L⁻¹ P b.
pub(crate) fn solve<T: Scalar>(factors: &[T], pivots: &[T], b: &mut [T]) {
    let n = b.len();
    let row = |k: usize| pivots[k].re() as usize;
    for k in 0..n {
        b.swap(k, row(k));
    }
    for k in 0..n {
        let (head, tail) = b.split_at_mut(k + 1);
        subtract(tail, head[k], &factors[k * n + k + 1..(k + 1) * n]);
    }
    for k in (0..n).rev() {
        let (head, tail) = b.split_at_mut(k);
        tail[0] /= factors[k * n + k];
        subtract(head, tail[0], &factors[k * n..k * n + k]);
    }
}

/// Overwrites b by A⁻ᵀ b = Pᵀ L⁻ᵀ U⁻ᵀ b.
pub(crate) fn solve_transposed<T: Scalar>(factors: &[T], pivots: &[T], b: &mut [T]) {
    let n = b.len();
    for k in 0..n {
        let (head, tail) = b.split_at_mut(k);
        tail[0] = (tail[0] - dot(&factors[k * n..k * n + k], head)) / factors[k * n + k];
    }
    for k in (0..n).rev() {
        let (head, tail) = b.split_at_mut(k + 1);
        head[k] -= dot(&factors[k * n + k + 1..(k + 1) * n], tail);
    }
    for k in (0..n).rev() {
        b.swap(k, pivots[k].re() as usize);
    }
}

/// y ← y − a x.
fn subtract<T: Scalar>(y: &mut [T], a: T, x: &[T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y -= a * x;
    }
}

/// Σ xᵢ yᵢ.
fn dot<T: Scalar>(x: &[T], y: &[T]) -> T {
    T::narrow(x.iter().zip(y).map(|(x, y)| x.wide() * y.wide()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, matrix};
    use nalgebra::DMatrix;
    use proptest::prelude::*;

    #[test]
    fn it_agrees_with_nalgebra_pivots_included() {
        let inputs = (0usize..7).prop_flat_map(|n| (matrix(n, n), matrix(n, 1)));
        testing::check(inputs, |(a, b)| {
            let n = a.nrows();
            let condition = a.clone().try_inverse().map_or(f64::INFINITY, |inverse| inverse.norm() * a.norm());
            prop_assume!(condition < 1e4);
            let (mut factors, mut pivots) = (a.clone(), vec![f64::NAN; n]);
            factor(factors.as_mut_slice(), &mut pivots);
            let (mut x, mut z) = (b.clone(), b.clone());
            solve(factors.as_slice(), &pivots, x.as_mut_slice());
            solve_transposed(factors.as_slice(), &pivots, z.as_mut_slice());
            let close = |x: DMatrix<f64>| x.amax() <= 1e-13 * condition.max(1.0) * (1.0 + b.amax());
            prop_assert!(close(&a * &x - &b) && close(a.transpose() * &z - &b));
            let theirs = a.lu();
            let (l, u) = (theirs.l(), theirs.u());
            let ours = DMatrix::from_fn(n, n, |i, j| if i > j { l[(i, j)] } else { u[(i, j)] });
            prop_assert!(close(factors - ours));
            Ok(())
        });
    }
}
