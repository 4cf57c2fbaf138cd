//! yⱼ = ln Σᵢ exp Xᵢⱼ, over the rows.  X (m×n), y (1×n).  dX[:, j] += dyⱼ softmax X[:, j].
//!
//! The largest entry of a column is subtracted first, so entries of ±1e4 are finite; the softmax is saved. The
//! log-sum-exp of no rows would be −∞ and is refused.

use nalgebra::{DMatrixView, DMatrixViewMut};

use super::softmax_into;
use crate::kernels::{as_mut_slice, as_slice};
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct LogSumExpRows;

impl<T: Scalar> Op<T> for LogSumExpRows {
    fn name(&self) -> &'static str {
        "log_sum_exp_rows"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if inputs[0].0 == 0 { Err("the log-sum-exp of no rows".into()) } else { Ok((1, inputs[0].1)) }
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        inputs[0]
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, mut p: DMatrixViewMut<'_, T>) {
        let rows = inputs[0].nrows();
        let columns = as_slice(&inputs[0]).chunks_exact(rows).zip(as_mut_slice(&mut p).chunks_exact_mut(rows));
        for (y, (x, p)) in out.iter_mut().zip(columns) {
            let (largest, sum) = softmax_into(x, p);
            *y = largest + sum.ln();
        }
    }

    fn backward(
        &self,
        _: &[DMatrixView<'_, T>],
        _: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        p: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        if let Some(mut dx) = sink.grad(0) {
            for ((mut dx, p), &dy) in dx.column_iter_mut().zip(p.column_iter()).zip(dy.iter()) {
                for (dx, &p) in dx.iter_mut().zip(p.iter()) {
                    *dx += dy * p; // dX[:, j] += dyⱼ softmax X[:, j]
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The log-sum-exp over the rows: one row remains, 1×n, with the logarithm of the sum of the exponentials of each
    /// column.
    ///
    /// # Panics
    /// If there are no rows.
    #[track_caller]
    pub fn log_sum_exp_rows(self) -> Self {
        self.tape().record(LogSumExpRows, &[self])
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
            Row::unary(LogSumExpRows, -3.0..3.0, |x| x[0].log_sum_exp_rows())
                .refuses(|t| t.zeros(0, 3).log_sum_exp_rows()),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn one_row_remains_and_huge_entries_stay_finite() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(&dmatrix![1e4, 0.0; -1e4, 0.0]);
        let y = x.log_sum_exp_rows();
        assert_eq!(y.value(), dmatrix![1e4, 2f32.ln()]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![1.0, 0.5; 0.0, 0.5]);
        assert_eq!(tape.zeros(3, 0).log_sum_exp_rows().shape(), (1, 0));
    }

    #[test]
    #[should_panic(expected = "log_sum_exp_rows: the log-sum-exp of no rows; inputs are [(0, 3)]")]
    fn nothing_is_refused() {
        Tape::<f64>::new().zeros(0, 3).log_sum_exp_rows();
    }
}
