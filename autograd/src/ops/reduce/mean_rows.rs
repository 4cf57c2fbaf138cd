//! yⱼ = Σᵢ Xᵢⱼ / m: the mean of the rows.  X (m×n), y (1×n).  dXᵢⱼ += dyⱼ / m.  The mean of no rows is refused.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct MeanRows;

impl<T: Scalar> Op<T> for MeanRows {
    fn name(&self) -> &'static str {
        "mean_rows"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if inputs[0].0 == 0 { Err("the mean of no rows".into()) } else { Ok((1, inputs[0].1)) }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let m = T::from_f64(inputs[0].nrows() as f64);
        for (y, x) in out.iter_mut().zip(inputs[0].column_iter()) {
            *y = x.iter().copied().sum::<T>() / m;
        }
    }

    fn backward(
        &self,
        inputs: &[DMatrixView<'_, T>],
        _: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        _: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        let m = T::from_f64(inputs[0].nrows() as f64);
        if let Some(mut dx) = sink.grad(0) {
            for (mut dx, &dy) in dx.column_iter_mut().zip(dy.iter()) {
                for dx in dx.iter_mut() {
                    *dx += dy / m; // dX[:, j] += dyⱼ / m
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean of the rows: one row remains, 1×n, with the mean of each column.
    ///
    /// # Panics
    /// If there are no rows.
    #[track_caller]
    pub fn mean_rows(self) -> Self {
        self.tape().record(MeanRows, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(MeanRows, -2.0..2.0, |x| x[0].mean_rows()).refuses(|t| t.zeros(0, 3).mean_rows())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn one_row_remains() {
        let tape = Tape::<f64>::new();
        assert_eq!(tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]).mean_rows().value(), dmatrix![2.0, 3.0]);
        assert_eq!(tape.zeros(3, 0).mean_rows().shape(), (1, 0));
    }

    #[test]
    #[should_panic(expected = "mean_rows: the mean of no rows; inputs are [(0, 3)]")]
    fn the_mean_of_nothing_is_refused() {
        Tape::<f64>::new().zeros(0, 3).mean_rows();
    }
}
