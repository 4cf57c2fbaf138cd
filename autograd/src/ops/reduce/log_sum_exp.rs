use nalgebra::{DMatrixView, DMatrixViewMut};

use super::{Over, first_largest};
use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// y = ln Σᵢⱼ exp Xᵢⱼ, or yⱼ = ln Σᵢ exp Xᵢⱼ, over the rows.  X (m×n), y (1×1 or 1×n).  dX += dy softmax X, the softmax over
/// the entries that were summed.
///
/// The largest entry is subtracted first, so entries of ±1e4 are finite; the softmax is saved. The log-sum-exp of nothing
/// would be −∞ and is refused.
#[derive(Clone, Debug)]
pub enum LogSumExp {
    /// Over all entries.
    All,
    /// Over the rows: one row remains.
    Rows,
}

/// p ← softmax x. Returns max x and Σ exp(x − max x): the sum of their exponentials is exp(max x) times that.
///
/// # Panics
/// If there are no numbers.
pub(in crate::ops) fn softmax_into<T: Scalar>(x: &[T], p: &mut [T]) -> (T, T) {
    let largest = x[first_largest(x.iter().copied())];
    for (p, &x) in p.iter_mut().zip(x) {
        *p = (x - largest).exp();
    }
    let sum: T = p.iter().copied().sum();
    for p in p {
        *p /= sum;
    }
    (largest, sum)
}

impl LogSumExp {
    /// How many entries of an X of `shape`, side by side, are summed.
    fn over(&self) -> Over {
        match self {
            Self::All => Over::All,
            Self::Rows => Over::Rows,
        }
    }
}

impl<T: Scalar> Op<T> for LogSumExp {
    fn name(&self) -> &'static str {
        match self {
            Self::All => "log_sum_exp",
            Self::Rows => "log_sum_exp_rows",
        }
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.over().remaining_of_some("log-sum-exp", inputs[0])
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        inputs[0]
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, mut p: DMatrixViewMut<'_, T>) {
        let count = self.over().count(inputs[0].shape());
        let summed = as_slice(&inputs[0]).chunks_exact(count).zip(as_mut_slice(&mut p).chunks_exact_mut(count));
        for (y, (x, p)) in y.iter_mut().zip(summed) {
            let (largest, sum) = softmax_into(x, p);
            *y = largest + sum.ln();
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { dy, saved: p, .. } = known;
        if let Some(mut dx) = sink.grad(0) {
            let count = self.over().count(p.shape());
            let summed = as_mut_slice(&mut dx).chunks_exact_mut(count).zip(as_slice(&p).chunks_exact(count));
            for ((dx, p), &dy) in summed.zip(dy.iter()) {
                for (dx, &p) in dx.iter_mut().zip(p) {
                    *dx += dy.through(p); // dX += dy softmax X
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The logarithm of the sum of the exponentials of all entries, 1×1.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn log_sum_exp(self) -> Self {
        self.tape().record(LogSumExp::All, &[self])
    }

    /// The log-sum-exp over the rows: one row remains, 1×n, with the logarithm of the sum of the exponentials of each
    /// column.
    ///
    /// # Panics
    /// If there are no rows.
    #[track_caller]
    pub fn log_sum_exp_rows(self) -> Self {
        self.tape().record(LogSumExp::Rows, &[self])
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
            Row::unary(LogSumExp::All, -3.0..3.0, |x| x[0].log_sum_exp())
                .refuses_nothing(|t| t.zeros(3, 0).log_sum_exp()),
            Row::unary(LogSumExp::Rows, -3.0..3.0, |x| x[0].log_sum_exp_rows())
                .refuses(|t| t.zeros(0, 3).log_sum_exp_rows()),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn huge_entries_stay_finite() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(&dmatrix![1e4, 1e4; -1e4, 0.0]);
        let y = x.log_sum_exp();
        assert!((y.item() - 1e4 - 2f32.ln()).abs() < 1e-3);
        assert_eq!(tape.backward(y).of(x), dmatrix![0.5, 0.5; 0.0, 0.0]);
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
    #[should_panic(expected = "log_sum_exp: the log-sum-exp of no numbers; inputs are [(3, 0)]")]
    fn nothing_is_refused() {
        Tape::<f64>::new().zeros(3, 0).log_sum_exp();
    }

    #[test]
    #[should_panic(expected = "log_sum_exp_rows: the log-sum-exp of no rows; inputs are [(0, 3)]")]
    fn no_rows_are_refused() {
        Tape::<f64>::new().zeros(0, 3).log_sum_exp_rows();
    }
}
