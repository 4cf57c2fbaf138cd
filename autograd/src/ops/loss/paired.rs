use std::fmt::Debug;
use std::sync::Arc;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var, same_shape};

/// A loss of two numbers, of which a file says ℓ and its slope and is done: [`Paired`] makes an op of it.
pub trait PairedLoss: Debug + Send + 'static {
    /// How messages and certificates call it.
    const NAME: &'static str;

    /// Whether its constants are allowed.
    ///
    /// # Errors
    /// What is wrong with them.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// ℓ(a, b).
    fn loss<T: Scalar>(&self, a: T, b: T) -> T;

    /// ∂ℓ/∂a.
    fn slope<T: Scalar>(&self, a: T, b: T) -> T;

    /// ∂ℓ/∂b: −∂ℓ/∂a for a loss of the difference a − b.
    fn target_slope<T: Scalar>(&self, a: T, b: T) -> T {
        -self.slope(a, b)
    }
}

/// y = Σⱼ wⱼ ℓⱼ / Σⱼ wⱼ with ℓⱼ = Σᵢ ℓ(Aᵢⱼ, Bᵢⱼ) / m.  A, B (m×n), y (1×1), weights w (n, 1 each unless given).
/// dA[:, j] += dy wⱼ ∂ℓ/∂A[:, j] / (m Σw), dB likewise.
#[derive(Clone, Debug)]
pub struct Paired<F> {
    /// ℓ.
    pub loss: F,
    /// How much each column counts; an example of weight 0 is masked out.
    pub weights: Option<Arc<[f64]>>,
}

impl<F: PairedLoss> Paired<F> {
    /// wⱼ n / Σw for each of `n` columns, 1 if no weights are given.
    fn relative(&self, n: usize) -> impl Iterator<Item = f64> {
        let total: f64 = self.weights.iter().flat_map(|weights| weights.iter()).sum();
        (0..n).map(move |j| self.weights.as_ref().map_or(1.0, |weights| weights[j] / total * n as f64))
    }

    /// Adds dy rⱼ / (m n) · `slope` to the gradient of input `k`, with rⱼ the relative weights.
    fn add_slope<T: Scalar>(
        &self,
        known: &Known<'_, T>,
        (sink, k): (&mut Sink<'_, T>, usize),
        slope: impl Fn(T, T) -> T,
    ) {
        let Some(mut grad) = sink.grad(k) else { return };
        let (inputs, dy, (rows, n)) = (known.inputs, known.dy[(0, 0)], known.inputs[0].shape());
        let columns = as_slice(&inputs[0]).chunks_exact(rows).zip(as_slice(&inputs[1]).chunks_exact(rows));
        let columns = as_mut_slice(&mut grad).chunks_exact_mut(rows).zip(columns);
        for ((grad, (a, b)), r) in columns.zip(self.relative(n)).filter(|(_, r)| *r > 0.0) {
            let factor = dy * T::from_f64(r / (rows * n) as f64);
            for ((grad, &a), &b) in grad.iter_mut().zip(a).zip(b) {
                *grad += factor.through(slope(a, b));
            }
        }
    }
}

/// Refuses weights of which no mean can be taken.
pub(super) fn check_weights(weights: &[f64]) -> Result<(), String> {
    if let Some(weight) = weights.iter().find(|w| w.is_nan() || **w < 0.0) {
        return Err(format!("weight {weight}, but a weight is at least 0"));
    }
    match weights.iter().sum() {
        0.0 => Err("the mean over no examples".into()),
        total if f64::is_finite(total) => Ok(()),
        total => Err(format!("the weights sum to {total}")),
    }
}

impl<T: Scalar, F: PairedLoss> Op<T> for Paired<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.loss.check()?;
        let (rows, n) = same_shape(inputs)?;
        if rows * n == 0 {
            return Err("the mean over no numbers".into());
        }
        let Some(weights) = &self.weights else { return Ok((1, 1)) };
        if weights.len() != n {
            return Err(format!("{n} columns need {n} weights, not {}", weights.len()));
        }
        check_weights(weights).map(|()| (1, 1))
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (rows, n) = inputs[0].shape();
        let columns = as_slice(&inputs[0]).chunks_exact(rows).zip(as_slice(&inputs[1]).chunks_exact(rows));
        let mut sum = T::zero().wide();
        // A masked example adds nothing, whatever its numbers are.
        for ((a, b), r) in columns.zip(self.relative(n)).filter(|(_, r)| *r > 0.0) {
            let r = T::Wide::from_f64(r);
            for (&a, &b) in a.iter().zip(b) {
                sum += r * self.loss.loss(a, b).wide();
            }
        }
        y[(0, 0)] = T::narrow(sum / T::Wide::from_f64((rows * n) as f64));
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        self.add_slope(known, (sink, 0), |a, b| self.loss.slope(a, b)); // dA += dy r ∂ℓ/∂A / mn
        self.add_slope(known, (sink, 1), |a, b| self.loss.target_slope(a, b)); // dB += dy r ∂ℓ/∂B / mn
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean of `loss`, weighted or not.
    #[track_caller]
    pub(super) fn paired(self, target: Self, loss: impl PairedLoss, weights: Option<&[f64]>) -> Self {
        self.tape().record(Paired { loss, weights: weights.map(Into::into) }, &[self, target])
    }
}
