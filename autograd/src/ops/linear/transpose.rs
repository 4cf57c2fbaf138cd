use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = Xᵀ, copied.  X (m×n), Y (n×m).  dX += dYᵀ.
///
/// In a product the transpose costs nothing: [`Var::matmul_tn`], [`Var::matmul_nt`].
#[derive(Clone, Debug)]
pub struct Transpose;

impl<T: Scalar> Op<T> for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (rows, columns) = inputs[0];
        Ok((columns, rows))
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        inputs[0].transpose_to(&mut out);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        if let Some(mut dx) = sink.grad(0) {
            for (mut dx, dy) in dx.column_iter_mut().zip(dy.row_iter()) {
                for (dx, &dy) in dx.iter_mut().zip(dy.iter()) {
                    *dx += dy; // dX += dYᵀ
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The transpose (n×m).
    #[track_caller]
    pub fn transpose(self) -> Self {
        self.tape().record(Transpose, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Transpose, -2.0..2.0, |x| x[0].transpose())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
