//! yᵢ = Σⱼ Xᵢⱼ / n: the mean of the columns.  X (m×n), y (m×1).  dXᵢⱼ += dyᵢ / n.  The mean of no columns is refused.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct MeanColumns;

impl<T: Scalar> Op<T> for MeanColumns {
    fn name(&self) -> &'static str {
        "mean_columns"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if inputs[0].1 == 0 { Err("the mean of no columns".into()) } else { Ok((inputs[0].0, 1)) }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        out.fill(T::zero());
        for x in inputs[0].column_iter() {
            out += x;
        }
        out /= T::from_f64(inputs[0].ncols() as f64);
    }

    fn backward(
        &self,
        inputs: &[DMatrixView<'_, T>],
        _: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        _: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        let n = T::from_f64(inputs[0].ncols() as f64);
        if let Some(mut dx) = sink.grad(0) {
            for mut dx in dx.column_iter_mut() {
                for (dx, &dy) in dx.iter_mut().zip(dy.iter()) {
                    *dx += dy / n; // dX[:, j] += dy / n
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean of the columns (over the examples): one column remains, m×1, with the mean of each row.
    ///
    /// # Panics
    /// If there are no columns.
    #[track_caller]
    pub fn mean_columns(self) -> Self {
        self.tape().record(MeanColumns, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::unary(MeanColumns, -2.0..2.0, |x| x[0].mean_columns())
                .refuses_nothing(|t| t.zeros(3, 0).mean_columns()),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn one_column_remains() {
        let tape = Tape::<f64>::new();
        assert_eq!(tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]).mean_columns().value(), dmatrix![1.5; 3.5]);
    }

    #[test]
    #[should_panic(expected = "mean_columns: the mean of no columns; inputs are [(3, 0)]")]
    fn the_mean_of_nothing_is_refused() {
        Tape::<f64>::new().zeros(3, 0).mean_columns();
    }
}
