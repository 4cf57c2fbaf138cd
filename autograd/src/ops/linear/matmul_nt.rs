use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::Operand;
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = A Bᵀ, nothing copied.  A (m×k), B (n×k), Y (m×n).  dA += dY B, dB += dYᵀ A.  Of two columns: their outer product.
#[derive(Clone, Debug)]
pub struct MatmulNt;

impl<T: Scalar> Op<T> for MatmulNt {
    fn name(&self) -> &'static str {
        "matmul_nt"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((m, k), (n, columns)) = (inputs[0], inputs[1]);
        if k == columns { Ok((m, n)) } else { Err(format!("left has {k} columns but right has {columns} columns")) }
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (Operand::plain(inputs[0]), Operand::transposed(inputs[1]));
        T::gemm(T::one(), a, b, T::zero(), &mut out);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        if let Some(mut da) = sink.grad(0) {
            let (dy, b) = (Operand::plain(dy), Operand::plain(inputs[1]));
            T::gemm(T::one(), dy, b, T::one(), &mut da); // dA += dY B
        }
        if let Some(mut db) = sink.grad(1) {
            let (dy, a) = (Operand::transposed(dy), Operand::plain(inputs[0]));
            T::gemm(T::one(), dy, a, T::one(), &mut db); // dB += dYᵀ A
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The matrix product `self · otherᵀ`.
    ///
    /// # Panics
    /// If the numbers of columns differ.
    #[track_caller]
    pub fn matmul_nt(self, other: Self) -> Self {
        self.tape().record(MatmulNt, &[self, other])
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
            Row::new(MatmulNt, |m, k, n| vec![matrix(m, k), matrix(n, k)], |x| x[0].matmul_nt(x[1]))
                .refuses(|t| t.zeros(2, 3).matmul_nt(t.zeros(3, 2))),
            Row::new(MatmulNt, |m, k, _| vec![matrix(m, 1), matrix(k, 1)], |x| x[0].outer(x[1]))
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
        let (a, b) = (tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]), tape.leaf(&dmatrix![5.0, 6.0]));
        assert_eq!(a.matmul_nt(b).value(), dmatrix![17.0; 39.0]);
        let (a, b) = (tape.leaf(&dmatrix![1.0; 2.0]), tape.leaf(&dmatrix![3.0; 4.0; 5.0]));
        assert_eq!(a.outer(b).value(), dmatrix![3.0, 4.0, 5.0; 6.0, 8.0, 10.0]);
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
