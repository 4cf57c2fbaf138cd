use super::PairedLoss;
use crate::{Scalar, Var};

/// y = Σⱼ wⱼ ℓⱼ / Σⱼ wⱼ with ℓⱼ = Σᵢ −(B ln σ(A) + (1 − B) ln (1 − σ(A)))ᵢⱼ / m, which is max(a, 0) − a b + ln(1 +
/// e^−|a|) for each entry.  A (m×n, logits), B (m×n, probabilities of 1), y (1×1), weights w (n, 1 each unless given).
/// dA[:, j] += dy wⱼ (σ(A) − B)[:, j] / (m Σw), dB[:, j] −= dy wⱼ A[:, j] / (m Σw).
///
/// This is binary cross-entropy with logits: no sigmoid comes before it. Logits of ±1e4 are finite, and a logit of
/// ±∞ that is certain and right costs 0. That the targets
/// lie in [0, 1] is up to the caller.
#[derive(Clone, Debug)]
pub struct SigmoidCrossEntropy;

impl PairedLoss for SigmoidCrossEntropy {
    const NAME: &'static str = "sigmoid_cross_entropy";

    fn loss<T: Scalar>(&self, a: T, b: T) -> T {
        let (positive, size) = if a.re() > 0.0 { (a, a) } else { (T::zero(), -a) };
        if a.re().is_infinite() {
            // As |a| · |1 or 0 − b|, without ∞ − ∞ and, where that is certain, without ∞ · 0.
            let miss = if a.re() > 0.0 { T::one() - b } else { b };
            return if miss.re() == 0.0 { T::zero() } else { size * miss };
        }
        // a − a b first is 0 at b = 1, so that the small logarithm keeps its digits.
        (positive - a * b) + (-size).exp().ln_1p()
    }

    fn slope<T: Scalar>(&self, a: T, b: T) -> T {
        a.sigmoid() - b
    }

    fn target_slope<T: Scalar>(&self, a: T, _: T) -> T {
        -a
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean binary cross-entropy, in nats, of the logits `self` against the probabilities `target` in [0, 1], 1×1.
    ///
    /// # Panics
    /// If the shapes differ or there is nothing to average.
    #[track_caller]
    pub fn sigmoid_cross_entropy(self, target: Self) -> Self {
        self.paired(target, SigmoidCrossEntropy, None)
    }

    /// [`sigmoid_cross_entropy`](Self::sigmoid_cross_entropy) as the mean over columns weighted by `weights`.
    ///
    /// # Panics
    /// Likewise, and if there are not as many weights as columns, a weight is below 0, or their sum is 0 or not finite.
    #[track_caller]
    pub fn sigmoid_cross_entropy_weighted(self, target: Self, weights: &[f64]) -> Self {
        self.paired(target, SigmoidCrossEntropy, Some(weights))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Paired;
    use super::super::mean_squared_error::tests::pairs;
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing;
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let weights = [0.5, 0.0, 2.0];
        let op = |weights| Paired { loss: SigmoidCrossEntropy, weights };
        let difference = || (-3.0..3.0).boxed();
        vec![
            Row::new(op(None), move |m, _, n| pairs(m, n, difference()), |x| x[0].sigmoid_cross_entropy(x[1]))
                .refuses(|t| t.zeros(2, 1).sigmoid_cross_entropy(t.zeros(1, 2)))
                .refuses(|t| t.zeros(0, 3).sigmoid_cross_entropy(t.zeros(0, 3)))
                .refuses_nothing(|t| t.zeros(2, 0).sigmoid_cross_entropy(t.zeros(2, 0))),
            Row::new(
                op(Some(weights.into())),
                move |m, _, _| pairs(m, 3, difference()),
                move |x| x[0].sigmoid_cross_entropy_weighted(x[1], &weights),
            )
            .refuses(|t| t.zeros(1, 2).sigmoid_cross_entropy_weighted(t.zeros(2, 1), &[1.0, 1.0]))
            .refuses(|t| t.zeros(1, 2).sigmoid_cross_entropy_weighted(t.zeros(1, 2), &[1.0]))
            .refuses(|t| t.zeros(1, 2).sigmoid_cross_entropy_weighted(t.zeros(1, 2), &[0.0, 0.0]))
            .refuses(|t| t.zeros(1, 2).sigmoid_cross_entropy_weighted(t.zeros(1, 2), &[2.0, -1.0]))
            .refuses(|t| t.zeros(1, 2).sigmoid_cross_entropy_weighted(t.zeros(1, 2), &[1.0, f64::NAN]))
            .refuses_nothing(|t| t.zeros(2, 0).sigmoid_cross_entropy_weighted(t.zeros(2, 0), &[])),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_equation_with_a_masked_column() {
        testing::check((-20.0..20.0, 0.0..1.0), |(a, b): (f64, f64)| {
            let tape = Tape::<f64>::new();
            let (logits, target) = (tape.leaf(&dmatrix![a, f64::NAN]), tape.leaf(&dmatrix![b, f64::NAN]));
            let loss = logits.sigmoid_cross_entropy_weighted(target, &[2.0, 0.0]).item();
            let expected = b * (-a).exp().ln_1p() + (1.0 - b) * a.exp().ln_1p();
            prop_assert!((loss - expected).abs() <= 1e-14 * (1.0 + expected), "{loss} is not {expected}");
            Ok(())
        });
    }

    #[test]
    fn huge_logits_stay_finite_and_a_small_loss_keeps_its_digits() {
        let tape = Tape::<f32>::new();
        let (x, target) = (tape.leaf(&dmatrix![1e4, -1e4]), tape.constant(&dmatrix![0.0, 0.0]));
        let loss = x.sigmoid_cross_entropy(target);
        assert_eq!(loss.value(), dmatrix![5e3]);
        assert!((tape.backward(loss).of(x) - dmatrix![0.5, 0.0]).amax() < 1e-30);
        let small = tape.leaf(&dmatrix![20.0]).sigmoid_cross_entropy(tape.constant(&dmatrix![1.0])).item();
        assert!((f64::from(small) / (-20f64).exp().ln_1p() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_certain_logit_costs_nothing_if_it_is_right_and_infinity_if_not() {
        let inf = f64::INFINITY;
        let cases =
            [(inf, 0.0, inf), (inf, 1.0, 0.0), (inf, 0.5, inf), (-inf, 0.0, 0.0), (-inf, 1.0, inf), (-inf, 0.5, inf)];
        for (a, b, expected) in cases {
            let tape = Tape::<f64>::new();
            let x = tape.leaf(&dmatrix![a]);
            let loss = x.sigmoid_cross_entropy(tape.constant(&dmatrix![b]));
            let slope = if a > 0.0 { 1.0 } else { 0.0 } - b;
            assert_eq!((loss.value(), tape.backward(loss).of(x).into_owned()), (dmatrix![expected], dmatrix![slope]));
        }
        let nan = Tape::<f64>::new();
        assert!(nan.leaf(&dmatrix![inf]).sigmoid_cross_entropy(nan.leaf(&dmatrix![f64::NAN])).item().is_nan());
    }

    #[test]
    #[should_panic(expected = "sigmoid_cross_entropy: the mean over no numbers; inputs are [(2, 0), (2, 0)]")]
    fn nothing_to_average_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 0).sigmoid_cross_entropy(tape.zeros(2, 0));
    }

    #[test]
    #[should_panic(expected = "sigmoid_cross_entropy: the inputs must have one shape; inputs are [(1, 2), (1, 3)]")]
    fn another_shape_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(1, 2).sigmoid_cross_entropy(tape.zeros(1, 3));
    }
}
