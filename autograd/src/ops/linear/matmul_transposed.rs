use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::Operand;
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = Aᵀ B or Y = A Bᵀ, nothing copied. As in [`Matmul`](super::Matmul), 0 · ∞ is NaN in its gradients.
#[derive(Clone, Debug)]
pub enum MatmulTransposed {
    /// Y = Aᵀ B.  A (k×m), B (k×n), Y (m×n).  dA += B dYᵀ, dB += A dY.
    Left,
    /// Y = A Bᵀ.  A (m×k), B (n×k), Y (m×n).  dA += dY B, dB += dYᵀ A.  Of two columns: their outer product.
    Right,
}

impl<T: Scalar> Op<T> for MatmulTransposed {
    fn name(&self) -> &'static str {
        match self {
            Self::Left => "matmul_tn",
            Self::Right => "matmul_nt",
        }
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (left, right) = (inputs[0], inputs[1]);
        let (shape, left, right, what) = match self {
            Self::Left => ((left.1, right.1), left.0, right.0, "rows"),
            Self::Right => ((left.0, right.0), left.1, right.1, "columns"),
        };
        if left == right { Ok(shape) } else { Err(format!("left has {left} {what} but right has {right} {what}")) }
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = match self {
            Self::Left => (Operand::transposed(inputs[0]), Operand::plain(inputs[1])),
            Self::Right => (Operand::plain(inputs[0]), Operand::transposed(inputs[1])),
        };
        T::gemm(T::one(), a, b, T::zero(), &mut y);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        let (a, b) = (Operand::plain(inputs[0]), Operand::plain(inputs[1]));
        if let Some(mut da) = sink.grad(0) {
            match self {
                Self::Left => T::gemm(T::one(), b, Operand::transposed(dy), T::one(), &mut da), // dA += B dYᵀ
                Self::Right => T::gemm(T::one(), Operand::plain(dy), b, T::one(), &mut da),     // dA += dY B
            }
        }
        if let Some(mut db) = sink.grad(1) {
            match self {
                Self::Left => T::gemm(T::one(), a, Operand::plain(dy), T::one(), &mut db), // dB += A dY
                Self::Right => T::gemm(T::one(), Operand::transposed(dy), a, T::one(), &mut db), // dB += dYᵀ A
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The matrix product `selfᵀ · other`.
    ///
    /// # Panics
    /// If the numbers of rows differ.
    #[track_caller]
    pub fn matmul_tn(self, other: Self) -> Self {
        self.tape().record(MatmulTransposed::Left, &[self, other])
    }

    /// The matrix product `self · otherᵀ`.
    ///
    /// # Panics
    /// If the numbers of columns differ.
    #[track_caller]
    pub fn matmul_nt(self, other: Self) -> Self {
        self.tape().record(MatmulTransposed::Right, &[self, other])
    }

    /// The outer product a bᵀ (m×n) of two columns, a = `self` (m×1) and b = `other` (n×1).
    ///
    /// # Panics
    /// If one is not a column.
    #[track_caller]
    pub fn outer(self, other: Self) -> Self {
        let (a, b) = (self.shape(), other.shape());
        assert!(a.1 == 1 && b.1 == 1, "outer: both must be columns; inputs are {:?}", [a, b]);
        self.matmul_nt(other)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::new(MatmulTransposed::Left, |m, k, n| vec![matrix(k, m), matrix(k, n)], |x| x[0].matmul_tn(x[1]))
                .refuses(|t| t.zeros(2, 3).matmul_tn(t.zeros(3, 2))),
            Row::new(MatmulTransposed::Right, |m, k, n| vec![matrix(m, k), matrix(n, k)], |x| x[0].matmul_nt(x[1]))
                .refuses(|t| t.zeros(2, 3).matmul_nt(t.zeros(3, 2))),
            Row::new(MatmulTransposed::Right, |m, k, _| vec![matrix(m, 1), matrix(k, 1)], |x| x[0].outer(x[1]))
                .refuses(|t| t.zeros(2, 1).outer(t.zeros(1, 2)))
                .refuses(|t| t.zeros(2, 0).outer(t.zeros(1, 0))),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_is_the_product_with_the_transpose() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]), tape.leaf(&dmatrix![5.0; 6.0]));
        assert_eq!(a.matmul_tn(b).value(), dmatrix![23.0; 34.0]);
        let (a, b) = (tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]), tape.leaf(&dmatrix![5.0, 6.0]));
        assert_eq!(a.matmul_nt(b).value(), dmatrix![17.0; 39.0]);
        let (a, b) = (tape.leaf(&dmatrix![1.0; 2.0]), tape.leaf(&dmatrix![3.0; 4.0; 5.0]));
        assert_eq!(a.outer(b).value(), dmatrix![3.0, 4.0, 5.0; 6.0, 8.0, 10.0]);
    }

    #[test]
    #[should_panic(expected = "matmul_tn: left has 4 rows but right has 3 rows; inputs are [(4, 3), (3, 2)]")]
    fn a_misfit_of_rows_names_both_shapes() {
        let tape = Tape::<f32>::new();
        let _ = tape.zeros(4, 3).matmul_tn(tape.zeros(3, 2));
    }

    #[test]
    #[should_panic(expected = "matmul_nt: left has 3 columns but right has 2 columns; inputs are [(4, 3), (3, 2)]")]
    fn a_misfit_names_both_shapes() {
        let tape = Tape::<f32>::new();
        let _ = tape.zeros(4, 3).matmul_nt(tape.zeros(3, 2));
    }

    #[test]
    #[should_panic(expected = "outer: both must be columns; inputs are [(2, 1), (1, 2)]")]
    fn an_outer_product_is_of_columns() {
        let tape = Tape::<f32>::new();
        let _ = tape.zeros(2, 1).outer(tape.zeros(1, 2));
    }
}
