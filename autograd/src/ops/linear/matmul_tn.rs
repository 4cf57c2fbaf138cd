use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::Operand;
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = Aᵀ B, nothing copied.  A (k×m), B (k×n), Y (m×n).  dA += B dYᵀ, dB += A dY.
#[derive(Clone, Debug)]
pub struct MatmulTn;

impl<T: Scalar> Op<T> for MatmulTn {
    fn name(&self) -> &'static str {
        "matmul_tn"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((k, m), (rows, n)) = (inputs[0], inputs[1]);
        if k == rows { Ok((m, n)) } else { Err(format!("left has {k} rows but right has {rows} rows")) }
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (Operand::transposed(inputs[0]), Operand::plain(inputs[1]));
        T::gemm(T::one(), a, b, T::zero(), &mut out);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        if let Some(mut da) = sink.grad(0) {
            let (b, dy) = (Operand::plain(inputs[1]), Operand::transposed(dy));
            T::gemm(T::one(), b, dy, T::one(), &mut da); // dA += B dYᵀ
        }
        if let Some(mut db) = sink.grad(1) {
            let (a, dy) = (Operand::plain(inputs[0]), Operand::plain(dy));
            T::gemm(T::one(), a, dy, T::one(), &mut db); // dB += A dY
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
        self.tape().record(MatmulTn, &[self, other])
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
            Row::new(MatmulTn, |m, k, n| vec![matrix(k, m), matrix(k, n)], |x| x[0].matmul_tn(x[1]))
                .refuses(|t| t.zeros(2, 3).matmul_tn(t.zeros(3, 2))),
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
    }

    #[test]
    #[should_panic(expected = "matmul_tn: left has 4 rows but right has 3 rows; inputs are [(4, 3), (3, 2)]")]
    fn a_misfit_names_both_shapes() {
        let tape = Tape::<f32>::new();
        let _ = tape.zeros(4, 3).matmul_tn(tape.zeros(3, 2));
    }
}
