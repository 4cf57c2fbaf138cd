use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::ops::reduce::{below, softmax_into};
use crate::{Known, Op, Reads, Scalar, Sink, Var};

/// Yᵢⱼ = Xᵢⱼ − ln Σₖ exp Xₖⱼ, each column by itself.  X, Y (m×n).  dX[:, j] += dY[:, j] − exp Y[:, j] · Σᵢ dYᵢⱼ.
///
/// The largest entry of a column is subtracted first, so entries of ±1e4 are finite; −∞ stays −∞, even where the
/// whole column is, and one ∞ becomes 0.
#[derive(Clone, Debug)]
pub struct LogSoftmax;

impl<T: Scalar> Op<T> for LogSoftmax {
    fn name(&self) -> &'static str {
        "log_softmax"
    }

    fn reads(&self) -> Reads {
        Reads::OUTPUT
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let rows = inputs[0].nrows().max(1);
        for (y, x) in as_mut_slice(&mut out).chunks_exact_mut(rows).zip(as_slice(&inputs[0]).chunks_exact(rows)) {
            let (largest, sum) = softmax_into(x, y);
            let log_sum = sum.ln();
            for (y, &x) in y.iter_mut().zip(x) {
                // In this order: next to a logit of 1e4, `log_sum` would lose its digits.
                *y = below(x, largest) - log_sum;
            }
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { y, dy, .. } = known;
        if let Some(mut dx) = sink.grad(0) {
            for ((mut dx, y), dy) in dx.column_iter_mut().zip(y.column_iter()).zip(dy.column_iter()) {
                let sum = T::narrow(dy.iter().map(|dy| dy.wide()).sum());
                for ((dx, &y), &dy) in dx.iter_mut().zip(y.iter()).zip(dy.iter()) {
                    *dx += dy - y.exp().through(sum); // dX[:, j] += dY − exp Y · Σ dY
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The logarithm of the softmax of each column, m×n, in nats.
    #[track_caller]
    pub fn log_softmax(self) -> Self {
        self.tape().record(LogSoftmax, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(LogSoftmax, -3.0..3.0, |x| x[0].log_softmax())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_is_the_logarithm_of_the_softmax() {
        let x = Tape::<f64>::new();
        let x = x.leaf(&dmatrix![1.0, -2.0; 2.0, 0.0; 0.5, 1.0]);
        assert!((x.log_softmax().value() - x.softmax().value().map(f64::ln)).amax() < 1e-15);
    }

    #[test]
    fn at_infinity_it_is_what_the_limit_is_and_the_gradient_is_finite() {
        let inf = f64::INFINITY;
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![-inf, inf, 0.0; -inf, 0.0, -inf]);
        let y = x.log_softmax();
        assert_eq!(y.value(), dmatrix![-inf, 0.0, 0.0; -inf, -inf, -inf]);
        assert_eq!(tape.backward(y.slice_rows(0..1).sum()).of(x), dmatrix![1.0, 0.0, 0.0; 0.0, 0.0, 0.0]);
        let p = x.softmax();
        assert_eq!(p.value(), dmatrix![0.0, 1.0, 1.0; 0.0, 0.0, 0.0]);
        assert_eq!(tape.backward(p.slice_rows(0..1).sum()).of(x).amax().to_bits(), 0);
        assert!(tape.leaf(&dmatrix![inf; f64::NAN]).log_softmax().value().iter().all(|y| y.is_nan()));
    }

    #[test]
    fn huge_entries_stay_finite_and_an_empty_batch_stays_empty() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(&dmatrix![1e4; -1e4]);
        let y = x.log_softmax();
        assert_eq!(y.value(), dmatrix![0.0; -2e4]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![-1.0; 1.0]);
        assert_eq!(tape.zeros(2, 0).log_softmax().shape(), (2, 0));
    }
}
