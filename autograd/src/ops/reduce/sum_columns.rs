//! yᵢ = Σⱼ Xᵢⱼ: the sum of the columns.  X (m×n), y (m×1).  dXᵢⱼ += dyᵢ.  The sum of no columns is 0.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct SumColumns;

impl<T: Scalar> Op<T> for SumColumns {
    fn name(&self) -> &'static str {
        "sum_columns"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        Ok((inputs[0].0, 1))
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        out.fill(T::zero());
        for x in inputs[0].column_iter() {
            out += x;
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
            for mut dx in dx.column_iter_mut() {
                dx += dy.column(0); // dX[:, j] += dy
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The sum of the columns (over the examples): one column remains, m×1, with the sum of each row.
    #[track_caller]
    pub fn sum_columns(self) -> Self {
        self.tape().record(SumColumns, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(SumColumns, -2.0..2.0, |x| x[0].sum_columns())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn one_column_remains() {
        let tape = Tape::<f64>::new();
        assert_eq!(tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]).sum_columns().value(), dmatrix![3.0; 7.0]);
        assert_eq!(tape.zeros(2, 0).sum_columns().value(), dmatrix![0.0; 0.0]);
    }
}
