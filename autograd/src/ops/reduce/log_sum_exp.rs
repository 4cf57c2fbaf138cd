//! y = ln Σᵢⱼ exp Xᵢⱼ.  X (m×n), y (1×1).  dX += dy softmax X, the softmax over all entries.
//!
//! The largest entry is subtracted first, so entries of ±1e4 are finite; the softmax is saved. The log-sum-exp of
//! nothing would be −∞ and is refused.

use nalgebra::{DMatrixView, DMatrixViewMut};

use super::first_largest;
use crate::kernels::{as_mut_slice, as_slice};
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct LogSumExp;

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

impl<T: Scalar> Op<T> for LogSumExp {
    fn name(&self) -> &'static str {
        "log_sum_exp"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if inputs[0].0 * inputs[0].1 == 0 { Err("the log-sum-exp of no numbers".into()) } else { Ok((1, 1)) }
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        inputs[0]
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, mut p: DMatrixViewMut<'_, T>) {
        let (largest, sum) = softmax_into(as_slice(&inputs[0]), as_mut_slice(&mut p));
        out[(0, 0)] = largest + sum.ln();
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
            for (dx, &p) in as_mut_slice(&mut dx).iter_mut().zip(as_slice(&p)) {
                *dx += dy[(0, 0)] * p; // dX += dy softmax X
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
        self.tape().record(LogSumExp, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(LogSumExp, -3.0..3.0, |x| x[0].log_sum_exp()).refuses_nothing(|t| t.zeros(3, 0).log_sum_exp())]
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
    #[should_panic(expected = "log_sum_exp: the log-sum-exp of no numbers; inputs are [(3, 0)]")]
    fn nothing_is_refused() {
        Tape::<f64>::new().zeros(3, 0).log_sum_exp();
    }
}
