use std::sync::Arc;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var, same_shape};

/// y = Σⱼ wⱼ ℓⱼ / Σⱼ wⱼ with ℓⱼ = Σᵢ (Aᵢⱼ − Bᵢⱼ)² / m.  A, B (m×n), y (1×1), weights w (n, 1 each unless given).
/// dA[:, j] += 2 dy wⱼ (A − B)[:, j] / (m Σw), dB −= the same.
#[derive(Clone, Debug)]
pub struct MeanSquaredError {
    /// How much each column counts; an example of weight 0 is masked out.
    pub weights: Option<Arc<[f64]>>,
}

// What the losses of two matrices, entry against entry, have in common. Each is y = Σⱼ rⱼ Σᵢ ℓ(Aᵢⱼ, Bᵢⱼ) / (m n) with
// the columns' relative weights rⱼ = wⱼ n / Σw, which are 1 if none are given.

type Weights = Option<Arc<[f64]>>;

/// rⱼ for each of `n` columns.
fn relative(weights: &Weights, n: usize) -> impl Iterator<Item = f64> {
    let total: f64 = weights.iter().flat_map(|weights| weights.iter()).sum();
    (0..n).map(move |j| weights.as_ref().map_or(1.0, |weights| weights[j] / total * n as f64))
}

/// The shape of such a loss, 1×1.
pub(super) fn paired_shape(weights: &Weights, inputs: &[Shape]) -> Result<Shape, String> {
    let (rows, n) = same_shape(inputs)?;
    if rows * n == 0 {
        return Err("the mean over no numbers".into());
    }
    let Some(weights) = weights else { return Ok((1, 1)) };
    if weights.len() != n {
        return Err(format!("{n} columns need {n} weights, not {}", weights.len()));
    }
    if let Some(weight) = weights.iter().find(|w| w.is_nan() || **w < 0.0) {
        return Err(format!("weight {weight}, but a weight is at least 0"));
    }
    match weights.iter().sum() {
        0.0 => Err("the mean over no examples".into()),
        total if f64::is_finite(total) => Ok((1, 1)),
        total => Err(format!("the weights sum to {total}")),
    }
}

/// y.
pub(super) fn paired_mean<T: Scalar>(weights: &Weights, inputs: &[DMatrixView<'_, T>], loss: impl Fn(T, T) -> T) -> T {
    let (rows, n) = inputs[0].shape();
    let columns = as_slice(&inputs[0]).chunks_exact(rows).zip(as_slice(&inputs[1]).chunks_exact(rows));
    let mut sum = T::zero();
    // A masked example adds nothing, whatever its numbers are.
    for ((a, b), r) in columns.zip(relative(weights, n)).filter(|(_, r)| *r > 0.0) {
        let r = T::from_f64(r);
        for (&a, &b) in a.iter().zip(b) {
            sum += r * loss(a, b);
        }
    }
    sum / T::from_f64((rows * n) as f64)
}

/// Adds dy rⱼ / (m n) · `slope` to the gradient of input `k`, where `slope` is ∂ℓ/∂A or ∂ℓ/∂B at a pair of entries.
pub(super) fn add_paired_slope<T: Scalar>(
    weights: &Weights,
    inputs: &[DMatrixView<'_, T>],
    dy: T,
    (sink, k): (&mut Sink<'_, T>, usize),
    slope: impl Fn(T, T) -> T,
) {
    let Some(mut grad) = sink.grad(k) else { return };
    let (rows, n) = inputs[0].shape();
    let columns = as_slice(&inputs[0]).chunks_exact(rows).zip(as_slice(&inputs[1]).chunks_exact(rows));
    let columns = as_mut_slice(&mut grad).chunks_exact_mut(rows).zip(columns);
    for ((grad, (a, b)), r) in columns.zip(relative(weights, n)).filter(|(_, r)| *r > 0.0) {
        let factor = dy * T::from_f64(r / (rows * n) as f64);
        for ((grad, &a), &b) in grad.iter_mut().zip(a).zip(b) {
            *grad += factor * slope(a, b);
        }
    }
}

impl<T: Scalar> Op<T> for MeanSquaredError {
    fn name(&self) -> &'static str {
        "mean_squared_error"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        paired_shape(&self.weights, inputs)
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        out[(0, 0)] = paired_mean(&self.weights, inputs, |a, b| (a - b) * (a - b));
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        let two = T::from_f64(2.0);
        add_paired_slope(&self.weights, inputs, dy[(0, 0)], (sink, 0), |a, b| two * (a - b)); // dA += 2 dy r (A − B)/mn
        add_paired_slope(&self.weights, inputs, dy[(0, 0)], (sink, 1), |a, b| two * (b - a)); // dB −= the same
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean of the squared differences to `target`, 1×1.
    ///
    /// # Panics
    /// If the shapes differ or there is nothing to average.
    #[track_caller]
    pub fn mean_squared_error(self, target: Self) -> Self {
        self.tape().record(MeanSquaredError { weights: None }, &[self, target])
    }

    /// [`mean_squared_error`](Self::mean_squared_error) as the mean over columns weighted by `weights`.
    ///
    /// # Panics
    /// Likewise, and if there are not as many weights as columns, a weight is below 0, or their sum is 0 or not finite.
    #[track_caller]
    pub fn mean_squared_error_weighted(self, target: Self, weights: &[f64]) -> Self {
        self.tape().record(MeanSquaredError { weights: Some(weights.into()) }, &[self, target])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::{matrix, matrix_of};
    use nalgebra::{DMatrix, dmatrix};
    use proptest::prelude::*;

    /// A and B (m×n) with differences from `difference`.
    pub(in crate::ops) fn pairs(
        m: usize,
        n: usize,
        difference: BoxedStrategy<f64>,
    ) -> impl Strategy<Value = Vec<DMatrix<f64>>> {
        (matrix(m, n), matrix_of(difference, m, n)).prop_map(|(a, d)| vec![&a + d, a])
    }

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let weights = [0.5, 0.0, 2.0];
        let op = |weights| MeanSquaredError { weights };
        let difference = || (-2.0..2.0).boxed();
        vec![
            Row::new(op(None), move |m, _, n| pairs(m, n, difference()), |x| x[0].mean_squared_error(x[1]))
                .refuses(|t| t.zeros(2, 1).mean_squared_error(t.zeros(1, 2)))
                .refuses(|t| t.zeros(0, 3).mean_squared_error(t.zeros(0, 3)))
                .refuses_nothing(|t| t.zeros(2, 0).mean_squared_error(t.zeros(2, 0))),
            Row::new(
                op(Some(weights.into())),
                move |m, _, _| pairs(m, 3, difference()),
                move |x| x[0].mean_squared_error_weighted(x[1], &weights),
            )
            .refuses(|t| t.zeros(1, 2).mean_squared_error_weighted(t.zeros(2, 1), &[1.0, 1.0]))
            .refuses(|t| t.zeros(1, 2).mean_squared_error_weighted(t.zeros(1, 2), &[1.0]))
            .refuses(|t| t.zeros(1, 2).mean_squared_error_weighted(t.zeros(1, 2), &[0.0, 0.0]))
            .refuses(|t| t.zeros(1, 2).mean_squared_error_weighted(t.zeros(1, 2), &[2.0, -1.0]))
            .refuses(|t| t.zeros(1, 2).mean_squared_error_weighted(t.zeros(1, 2), &[1.0, f64::NAN]))
            .refuses_nothing(|t| t.zeros(2, 0).mean_squared_error_weighted(t.zeros(2, 0), &[])),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn a_masked_column_does_not_matter() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf(&dmatrix![1.0, f64::NAN, 3.0; 2.0, 0.0, 0.0]);
        let loss = a.mean_squared_error_weighted(tape.zeros(2, 3), &[1.0, 0.0, 3.0]);
        assert_eq!(loss.value(), dmatrix![((1.0 + 4.0) / 2.0 + 3.0 * 9.0 / 2.0) / 4.0]);
        assert_eq!(tape.backward(loss).of(a), dmatrix![0.25, 0.0, 2.25; 0.5, 0.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "mean_squared_error: the mean over no numbers")]
    fn nothing_to_average_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 0).mean_squared_error(tape.zeros(2, 0));
    }

    #[test]
    #[should_panic(expected = "mean_squared_error: the inputs must have one shape; inputs are [(2, 1), (1, 2)]")]
    fn another_shape_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 1).mean_squared_error(tape.zeros(1, 2));
    }

    #[test]
    fn bad_weights_are_refused() {
        let message = |weights: &[f64]| paired_shape(&Some(weights.into()), &[(1, 2), (1, 2)]).unwrap_err();
        assert_eq!(message(&[1.0]), "2 columns need 2 weights, not 1");
        assert_eq!(message(&[2.0, -1.0]), "weight -1, but a weight is at least 0");
        assert_eq!(message(&[2.0, f64::NAN]), "weight NaN, but a weight is at least 0");
        assert_eq!(message(&[0.0, 0.0]), "the mean over no examples");
        assert_eq!(message(&[1.0, f64::INFINITY]), "the weights sum to inf");
    }
}
