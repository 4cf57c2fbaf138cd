use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{Operand, as_mut_slice, as_slice};
use crate::numbers::lu;
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// X = A⁻¹ B, by LU with partial pivoting.  A (n×n), B, X (n×k).  dB += A⁻ᵀ dX, dA −= (A⁻ᵀ dX) Xᵀ.
///
/// Saved: the factors of A and its pivots, so that backward costs two triangular solves and a product. A singular A gives,
/// as a division by 0 does, entries that are ∞ or NaN.
/// As in [`Matmul`](super::Matmul), 0 · ∞ is NaN in its gradients.
#[derive(Clone, Debug)]
pub struct Solve;

impl<T: Scalar> Op<T> for Solve {
    fn name(&self) -> &'static str {
        "solve"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((n, columns), (rows, k)) = (inputs[0], inputs[1]);
        if n != columns {
            return Err("left is not square".into());
        }
        if n == rows { Ok((n, k)) } else { Err(format!("left has {n} rows but right has {rows} rows")) }
    }

    /// L and U in n×n, then the pivots as a column.
    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        let n = inputs[0].0;
        (n, n + 1)
    }

    fn reads(&self) -> Reads {
        Reads::OUTPUT
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut x: DMatrixViewMut<'_, T>, mut saved: DMatrixViewMut<'_, T>) {
        let n = inputs[0].nrows();
        let (factors, pivots) = as_mut_slice(&mut saved).split_at_mut(n * n);
        factors.copy_from_slice(as_slice(&inputs[0]));
        lu::factor(factors, pivots);
        x.copy_from(&inputs[1]);
        for column in as_mut_slice(&mut x).chunks_exact_mut(n.max(1)) {
            lu::solve(factors, pivots, column);
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, y: x, dy: dx, saved } = known;
        let n = inputs[0].nrows();
        let (factors, pivots) = as_slice(&saved).split_at(n * n);
        let mut z = dx.clone_owned(); // Z = A⁻ᵀ dX
        for column in z.as_mut_slice().chunks_exact_mut(n.max(1)) {
            lu::solve_transposed(factors, pivots, column);
        }
        if let Some(mut da) = sink.grad(0) {
            let (z, x) = (Operand::from(&z), Operand::transposed(x));
            T::gemm(-T::one(), z, x, T::one(), &mut da); // dA −= Z Xᵀ
        }
        if let Some(mut db) = sink.grad(1) {
            db += &z; // dB += Z
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// A⁻¹ B (n×k) with A = `self` (n×n), B = `other` (n×k). If A is singular, entries of it are ∞ or NaN.
    ///
    /// # Panics
    /// If `self` is not square or `other` has not as many rows.
    #[track_caller]
    pub fn solve(self, other: Self) -> Self {
        self.tape().record(Solve, &[self, other])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::{matrix, matrix_of};
    use nalgebra::{DMatrix, dmatrix};
    use proptest::prelude::*;

    /// A 3 on the diagonal outweighs its row (κ ≤ 30), and the rows are moved round, so that pivoting is needed.
    fn well_conditioned(n: usize) -> impl Strategy<Value = DMatrix<f64>> {
        (matrix_of(-0.7..0.7, n, n), 0..n).prop_map(move |(noise, shift)| {
            let a = noise + DMatrix::identity(n, n) * 3.0;
            DMatrix::from_fn(n, n, |i, j| a[((i + shift) % n, j)])
        })
    }

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::new(
                Solve,
                |m, _, n| (well_conditioned(m.min(5)), matrix(m.min(5), n)).prop_map(|(a, b)| vec![a, b]),
                |x| x[0].solve(x[1]),
            )
            .refuses(|t| t.zeros(2, 2).solve(t.zeros(3, 1)))
            .refuses(|t| t.zeros(2, 3).solve(t.zeros(2, 1))),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn a_singular_matrix_gives_no_finite_answer() {
        let tape = Tape::<f64>::new();
        for a in [dmatrix![1.0, 2.0; 2.0, 4.0], dmatrix![0.0, 0.0; 0.0, 1.0], dmatrix![f64::NAN, 0.0; 1.0, 1.0]] {
            let x = tape.leaf(&a).solve(tape.leaf(&dmatrix![1.0; 2.0])).value();
            assert!(x.iter().any(|x| !x.is_finite()), "{x}");
        }
        assert_eq!(tape.zeros(0, 0).solve(tape.zeros(0, 2)).shape(), (0, 2));
    }

    #[test]
    #[should_panic(expected = "solve: left has 2 rows but right has 3 rows; inputs are [(2, 2), (3, 1)]")]
    fn a_misfit_names_both_shapes() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 2).solve(tape.zeros(3, 1));
    }

    #[test]
    #[should_panic(expected = "solve: left is not square; inputs are [(2, 3), (2, 1)]")]
    fn a_matrix_that_is_not_square_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 3).solve(tape.zeros(2, 1));
    }
}
