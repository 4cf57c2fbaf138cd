//! yⱼ = Σᵢ Xᵢⱼ: the sum of the rows.  X (m×n), y (1×n).  dXᵢⱼ += dyⱼ.  The sum of no rows is 0.
//!
//! In this and every reduction the name says what is combined: here the rows are, and one row remains, 1×n, a number
//! for each example. The columns combined leave one column, m×1.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct SumRows;

impl<T: Scalar> Op<T> for SumRows {
    fn name(&self) -> &'static str {
        "sum_rows"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        Ok((1, inputs[0].1))
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        for (y, x) in out.iter_mut().zip(inputs[0].column_iter()) {
            *y = x.iter().fold(T::zero(), |sum, &x| sum + x);
        }
    }

    fn backward(
        &self,
        _: &[DMatrixView<'_, T>],
        _: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        _: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        if let Some(mut dx) = sink.grad(0) {
            for (mut dx, &dy) in dx.column_iter_mut().zip(dy.iter()) {
                for dx in dx.iter_mut() {
                    *dx += dy; // dX[:, j] += dyⱼ
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The sum of the rows: one row remains, 1×n, with the sum of each column.
    #[track_caller]
    pub fn sum_rows(self) -> Self {
        self.tape().record(SumRows, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(SumRows, -2.0..2.0, |x| x[0].sum_rows())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn one_row_remains() {
        let tape = Tape::<f64>::new();
        assert_eq!(tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]).sum_rows().value(), dmatrix![4.0, 6.0]);
        assert_eq!(tape.zeros(0, 2).sum_rows().value(), dmatrix![0.0, 0.0]);
        assert_eq!(tape.zeros(3, 0).sum_rows().shape(), (1, 0));
    }
}
