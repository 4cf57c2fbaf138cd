use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::ops::reduce::softmax_into;
use crate::{Known, Op, Reads, Scalar, Sink, Var};

/// Yᵢⱼ = exp Xᵢⱼ / Σₖ exp Xₖⱼ, each column by itself.  X, Y (m×n).  dX[:, j] += Y[:, j] ∘ (dY[:, j] − Σᵢ Yᵢⱼ dYᵢⱼ).
///
/// The largest entry of a column is subtracted first, so entries of ±1e4 are finite; −∞ gets 0, even where the whole column
/// is −∞, and ∞ gets 1, shared with others. For a loss use `softmax_cross_entropy`, which keeps the digits that ln Y would lose.
#[derive(Clone, Debug)]
pub struct Softmax;

impl<T: Scalar> Op<T> for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn reads(&self) -> Reads {
        Reads::OUTPUT
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let rows = inputs[0].nrows().max(1);
        for (y, x) in as_mut_slice(&mut out).chunks_exact_mut(rows).zip(as_slice(&inputs[0]).chunks_exact(rows)) {
            softmax_into(x, y);
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { y, dy, .. } = known;
        if let Some(mut dx) = sink.grad(0) {
            for ((mut dx, y), dy) in dx.column_iter_mut().zip(y.column_iter()).zip(dy.column_iter()) {
                let along = T::narrow(y.iter().zip(dy.iter()).map(|(y, dy)| y.wide().through(dy.wide())).sum());
                for ((dx, &y), &dy) in dx.iter_mut().zip(y.iter()).zip(dy.iter()) {
                    *dx += y.through(dy - along); // dX[:, j] += Y ∘ (dY − Σ Y dY)
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The softmax of each column, m×n: every column becomes positive numbers that sum to 1.
    #[track_caller]
    pub fn softmax(self) -> Self {
        self.tape().record(Softmax, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Softmax, -3.0..3.0, |x| x[0].softmax())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_is_the_share_of_each_exponential() {
        let y = Tape::<f64>::new().leaf(&dmatrix![1.0; 2.0; 0.5]).softmax().value();
        let e = [1f64.exp(), 2f64.exp(), 0.5f64.exp()];
        assert!((0..3).all(|i| (y[i] - e[i] / (e[0] + e[1] + e[2])).abs() < 1e-15));
    }

    #[test]
    fn huge_entries_stay_finite_and_an_empty_batch_stays_empty() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(&dmatrix![1e4, f32::NEG_INFINITY; -1e4, 0.0]);
        let y = x.softmax();
        assert_eq!(y.value(), dmatrix![1.0, 0.0; 0.0, 1.0]);
        assert_eq!(tape.backward(y.columns(0, 1).sum()).of(x), dmatrix![0.0, 0.0; 0.0, 0.0]);
        assert_eq!(tape.zeros(2, 0).softmax().shape(), (2, 0));
        assert_eq!(tape.zeros(0, 2).softmax().shape(), (0, 2));
    }
}
