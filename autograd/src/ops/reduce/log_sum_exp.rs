use nalgebra::{DMatrixView, DMatrixViewMut};

use super::{Over, first_largest};
use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// y = ln Σᵢⱼ exp Xᵢⱼ, or yⱼ = ln Σᵢ exp Xᵢⱼ, over the rows.  X (m×n), y (1×1 or 1×n).  dX += dy softmax X, the softmax over
/// the entries that were summed.
///
/// The largest entry is subtracted first, so entries of ±1e4 are finite; the softmax is saved. Of −∞ alone y is −∞, and
/// beside an ∞ it is ∞, with a gradient for what is ∞ alone. The log-sum-exp of nothing would be −∞ and is refused.
#[derive(Clone, Debug)]
pub enum LogSumExp {
    /// Over all entries.
    All,
    /// Over the rows: one row remains.
    Rows,
}

/// x − `largest`, with the largest of the numbers that x is one of: ∞ lies 0 below itself, −∞ lies ∞ below itself.
pub(in crate::ops) fn below<T: Scalar>(x: T, largest: T) -> T {
    match x.re() {
        f64::INFINITY if !largest.re().is_nan() => T::zero(),
        f64::NEG_INFINITY if !largest.re().is_nan() => x,
        _ => x - largest,
    }
}

/// p ← softmax x. Returns max x and Σ exp(x − max x): the sum of their exponentials is exp(max x) times that. Of −∞ alone,
/// p is 0, and the sum is said to be 1: the logarithm of all is −∞ then, too.
///
/// # Panics
/// If there are no numbers.
pub(in crate::ops) fn softmax_into<T: Scalar>(x: &[T], p: &mut [T]) -> (T, T) {
    let largest = x[first_largest(x.iter().copied())];
    for (p, &x) in p.iter_mut().zip(x) {
        *p = below(x, largest).exp();
    }
    let sum = T::narrow(p.iter().map(|p| p.wide()).sum());
    let sum = if largest.re() == f64::NEG_INFINITY { T::one() } else { sum };
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
    fn at_infinity_it_is_what_the_limit_is_and_the_gradient_is_finite() {
        let inf = f64::INFINITY;
        let cases = [
            ([-inf, -inf], -inf, [0.0, 0.0]),
            ([-inf, 2.0], 2.0, [0.0, 1.0]),
            ([inf, 0.0], inf, [1.0, 0.0]),
            ([-inf, inf], inf, [0.0, 1.0]),
            ([inf, inf], inf, [0.5, 0.5]),
        ];
        for (x, expected, gradient) in cases {
            let tape = Tape::<f64>::new();
            let x = tape.leaf(&dmatrix![x[0]; x[1]]);
            for y in [x.log_sum_exp(), x.log_sum_exp_rows()] {
                let found = (y.value(), tape.backward(y).of(x).into_owned());
                assert_eq!(found, (dmatrix![expected], dmatrix![gradient[0]; gradient[1]]), "{:?}", x.value());
            }
        }
        let tape = Tape::<f64>::new();
        for x in [dmatrix![f64::NAN; inf], dmatrix![-inf; f64::NAN]] {
            assert!(tape.leaf(&x).log_sum_exp().item().is_nan());
        }
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
