//! C ← β C + α A B through `faer` or, where that is faster, `matrixmultiply`; operands are transposed by swapping their
//! strides.
//!
//! nalgebra's own `gemm_tr` runs one dot product per entry and reaches a tenth of this speed, so products with
//! a transposed operand, which every backward rule needs, go through here too.

use super::level::Level;
use faer::linalg::matmul::matmul;
use faer::prelude::ReborrowMut;
use faer::{Accum, MatMut, MatRef, Par};
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, Scalar};

/// A factor of a product: a matrix, read as it is or transposed.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a, T: Scalar> {
    pub(crate) matrix: DMatrixView<'a, T>,
    pub(crate) transposed: bool,
}

impl<'a, T: Scalar> Operand<'a, T> {
    /// The matrix as it is.
    pub fn plain(matrix: DMatrixView<'a, T>) -> Self {
        Self { matrix, transposed: false }
    }

    /// The matrix transposed; nothing is copied.
    pub fn transposed(matrix: DMatrixView<'a, T>) -> Self {
        Self { matrix, transposed: true }
    }

    /// (rows, columns) after the transposition.
    pub fn shape(&self) -> (usize, usize) {
        let (rows, columns) = self.matrix.shape();
        if self.transposed { (columns, rows) } else { (rows, columns) }
    }

    fn strides(&self) -> (isize, isize) {
        let (row, column) = self.matrix.strides();
        let (row, column) = (row as isize, column as isize);
        if self.transposed { (column, row) } else { (row, column) }
    }
}

impl<'a, T: Scalar> From<&'a DMatrix<T>> for Operand<'a, T> {
    fn from(matrix: &'a DMatrix<T>) -> Self {
        Self::plain(matrix.as_view())
    }
}

/// From this number of entries of the left operand on, matrixmultiply's blocks beat faer's,
const LARGE: usize = 1 << 20;
/// unless both its sides are long: then faer's kernels are fastest, given a block at a time that stays in the second-level
/// cache. Blocks of this number of columns are added up, in order.
const LONG: usize = 256;
const BLOCKED: usize = 1 << 19;
const BLOCK: (usize, usize) = (192, 384);

/// faer's kernels leave the upper halves of the vector registers dirty, which slows every 128-bit instruction after them:
/// training an RNN, most of it `exp` in the loss, took five times as long.
#[inline(always)]
fn clear_upper_halves() {
    #[cfg(target_arch = "x86_64")]
    if Level::best() != Level::Baseline {
        // SAFETY: any level above the baseline has AVX.
        unsafe { zero_upper() };
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
fn zero_upper() {
    std::arch::x86_64::_mm256_zeroupper();
}

macro_rules! gemm {
    ($name:ident, $T:ident, $kernel:path) => {
        #[track_caller]
        pub(crate) fn $name(
            alpha: $T,
            a: Operand<'_, $T>,
            b: Operand<'_, $T>,
            beta: $T,
            c: &mut DMatrixViewMut<'_, $T>,
        ) {
            let ((m, k), (k_b, n)) = (a.shape(), b.shape());
            assert!(
                k == k_b && c.shape() == (m, n),
                "gemm: {:?} = {:?} · {:?} does not fit",
                c.shape(),
                a.shape(),
                b.shape()
            );
            // `faer` replaces C or adds to it.
            let accum = match beta.to_bits() {
                bits if bits == (0.0 as $T).to_bits() => Some(Accum::Replace),
                bits if bits == (1.0 as $T).to_bits() => Some(Accum::Add),
                _ => None,
            };
            let ((a_row, a_column), (b_row, b_column)) = (a.strides(), b.strides());
            let (c_row, c_column) = (c.strides().0 as isize, c.strides().1 as isize);
            let (a, b, c) = (a.matrix.as_ptr(), b.matrix.as_ptr(), c.as_mut_ptr());
            // SAFETY: the three views hold m×k, k×n and m×n entries at these strides (checked above), and `c` is
            // borrowed uniquely, so it overlaps neither operand.
            unsafe {
                let blocked = m.min(k) >= LONG && m * k > BLOCKED;
                if let Some(mut accum) = accum
                    && (blocked || m * k < LARGE)
                {
                    let a = MatRef::from_raw_parts(a, m, k, a_row, a_column);
                    let b = MatRef::from_raw_parts(b, k, n, b_row, b_column);
                    let mut c = MatMut::from_raw_parts_mut(c, m, n, c_row, c_column);
                    let (rows, depth) = if blocked { BLOCK } else { (m.max(1), k.max(1)) };
                    for deep in (0..k.max(1)).step_by(depth) {
                        let depth = depth.min(k - deep);
                        let b = b.submatrix(deep, 0, depth, n);
                        for row in (0..m).step_by(rows) {
                            let rows = rows.min(m - row);
                            let c = c.rb_mut().submatrix_mut(row, 0, rows, n);
                            matmul(c, accum, a.submatrix(row, deep, rows, depth), b, alpha, Par::Seq);
                        }
                        accum = Accum::Add;
                    }
                    clear_upper_halves();
                } else {
                    $kernel(m, k, n, alpha, a, a_row, a_column, b, b_row, b_column, beta, c, c_row, c_column);
                }
            }
        }
    };
}

gemm!(gemm_f32, f32, matrixmultiply::sgemm);
gemm!(gemm_f64, f64, matrixmultiply::dgemm);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scalar as _;
    use crate::testing::{self, matrix};
    use proptest::prelude::*;

    #[test]
    fn every_transposition_agrees_with_nalgebra() {
        let shapes = (0usize..9, 0usize..9, 0usize..9)
            .prop_flat_map(|(m, k, n)| (matrix(m, k), matrix(k, n), matrix(m, n), any::<[bool; 2]>(), -2.0..2.0f64));
        testing::check(shapes, |(a, b, c0, [ta, tb], beta)| {
            let (a_t, b_t) = (a.transpose(), b.transpose());
            let left = if ta { Operand::transposed(a_t.as_view()) } else { Operand::from(&a) };
            let right = if tb { Operand::transposed(b_t.as_view()) } else { Operand::from(&b) };
            let mut c = c0.clone();
            f64::gemm(0.5, left, right, beta, &mut c.as_view_mut());
            let expected = &a * &b * 0.5 + &c0 * beta;
            prop_assert!((c - expected).amax() < 1e-12);
            Ok(())
        });
    }

    #[test]
    fn large_products_are_the_sums_over_entries_in_both_precisions() {
        // Beyond the blocks of the kernel in each direction, and long and thin.
        for (m, k, n) in [
            (65, 33, 70),
            (130, 300, 9),
            (1, 700, 1),
            (3, 2, 1000),
            (257, 1, 129),
            (700, 800, 3),
            (300, 4000, 2),
            (9, 60_000, 2),
        ] {
            let wave = |rows, columns, seed: usize| {
                DMatrix::from_fn(rows, columns, |i, j| ((31 * i + 17 * j + seed) as f32).sin())
            };
            let (a, b, c0) = (wave(m, k, 1), wave(k, n, 2), wave(m, n, 3));
            let term = |i, j, l| f64::from(a[(i, l)]) * f64::from(b[(l, j)]);
            let naive = DMatrix::from_fn(m, n, |i, j| {
                0.5 * (0..k).map(|l| term(i, j, l)).sum::<f64>() - 2.0 * f64::from(c0[(i, j)])
            });
            let (a_t, b_t) = (a.transpose(), b.transpose());
            for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
                let left = if ta { Operand::transposed(a_t.as_view()) } else { Operand::from(&a) };
                let right = if tb { Operand::transposed(b_t.as_view()) } else { Operand::from(&b) };
                let mut narrow = c0.clone();
                f32::gemm(0.5, left, right, -2.0, &mut narrow.as_view_mut());

                let (a, b) = (left.matrix.map(f64::from), right.matrix.map(f64::from));
                let left = Operand { matrix: a.as_view(), transposed: ta };
                let right = Operand { matrix: b.as_view(), transposed: tb };
                let mut wide = c0.map(f64::from);
                f64::gemm(0.5, left, right, -2.0, &mut wide.as_view_mut());

                let size = k as f64;
                assert!((&wide - &naive).amax() < 1e-15 * size + 1e-14, "{m}×{k}×{n}, {ta}, {tb}");
                assert!((narrow.map(f64::from) - wide).amax() < 1e-7 * size + 1e-6, "{m}×{k}×{n}, {ta}, {tb} in f32");
            }
        }
    }

    #[test]
    fn products_of_any_shape_factors_and_transpositions_are_the_sums_over_entries_in_both_precisions() {
        let factor = || prop_oneof![Just(0.0f32), Just(1.0), -2.0f32..2.0];
        let draws = ((0usize..71, 0usize..71, 0usize..71), any::<[bool; 2]>(), factor(), factor(), any::<u16>());
        testing::check(draws, |((m, k, n), [ta, tb], alpha, beta, seed)| {
            let wave = |rows, columns, by: usize| {
                DMatrix::from_fn(rows, columns, |i, j| ((31 * i + 17 * j + by + usize::from(seed)) as f32).sin())
            };
            let (a, b, c0) = (wave(m, k, 1), wave(k, n, 2), wave(m, n, 3));
            let mut naive = DMatrix::zeros(m, n);
            for (i, j, l) in (0..m).flat_map(|i| (0..n).flat_map(move |j| (0..k).map(move |l| (i, j, l)))) {
                naive[(i, j)] += f64::from(a[(i, l)]) * f64::from(b[(l, j)]);
            }
            naive = naive * f64::from(alpha) + c0.map(f64::from) * f64::from(beta);

            let (a, b) = (if ta { a.transpose() } else { a }, if tb { b.transpose() } else { b });
            let mut narrow = c0.clone();
            let left = Operand { matrix: a.as_view(), transposed: ta };
            let right = Operand { matrix: b.as_view(), transposed: tb };
            f32::gemm(alpha, left, right, beta, &mut narrow.as_view_mut());
            let (a, b, mut wide) = (a.map(f64::from), b.map(f64::from), c0.map(f64::from));
            let left = Operand { matrix: a.as_view(), transposed: ta };
            let right = Operand { matrix: b.as_view(), transposed: tb };
            f64::gemm(f64::from(alpha), left, right, f64::from(beta), &mut wide.as_view_mut());
            prop_assert!((&wide - &naive).iter().all(|error| error.abs() <= 1e-13));
            prop_assert!((narrow.map(f64::from) - naive).iter().all(|error| error.abs() <= 2e-5));
            Ok(())
        });
    }

    /// What a sweep may copy transposed first (`sweep::transposes`, `sweep::gathered`).
    #[test]
    fn a_transposed_copy_of_a_factor_gives_the_same_bits() {
        for (m, k, n) in [(16, 16, 16), (64, 64, 32), (67, 250, 33), (1030, 140, 70), (700, 800, 20)] {
            let wave = |rows, columns, by: usize| {
                DMatrix::from_fn(rows, columns, |i, j| ((31 * i + 17 * j + by) as f32).sin())
            };
            let (a, b) = (wave(m, k, 1), wave(k, n, 2));
            let (a_t, b_t) = (a.transpose(), b.transpose());
            let product = |left, right| {
                let mut c = wave(m, n, 3);
                f32::gemm(1.0, left, right, 1.0, &mut c.as_view_mut());
                c
            };
            let plain = product((&a).into(), (&b).into());
            assert_eq!(plain, product(Operand::transposed(a_t.as_view()), (&b).into()), "{m}×{k}×{n}");
            assert_eq!(plain, product((&a).into(), Operand::transposed(b_t.as_view())), "{m}×{k}×{n}");
        }
    }

    #[test]
    fn beta_zero_overwrites_even_nan() {
        let (a, b) = (DMatrix::from_element(2, 3, 1.0f32), DMatrix::from_element(3, 2, 1.0));
        let mut c = DMatrix::from_element(2, 2, f32::NAN);
        f32::gemm(1.0, (&a).into(), (&b).into(), 0.0, &mut c.as_view_mut());
        assert_eq!(c, DMatrix::from_element(2, 2, 3.0));
    }

    #[test]
    #[should_panic(expected = "(2, 2) = (2, 3) · (2, 2) does not fit")]
    fn shapes_that_do_not_fit_panic() {
        let (a, b) = (DMatrix::<f64>::zeros(2, 3), DMatrix::zeros(2, 2));
        f64::gemm(1.0, (&a).into(), (&b).into(), 0.0, &mut DMatrix::zeros(2, 2).as_view_mut());
    }
}
