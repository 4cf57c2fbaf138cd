use super::PairedLoss;
use crate::{Scalar, Var};

/// y = Σⱼ wⱼ ℓⱼ / Σⱼ wⱼ with ℓⱼ = Σᵢ h(Aᵢⱼ − Bᵢⱼ) / m; h(d) = d²/2 where |d| ≤ δ, else δ (|d| − δ/2).
/// A, B (m×n), y (1×1), weights w (n, 1 each unless given).  h′(d) = d clamped to [−δ, δ]:
/// dA[:, j] += dy wⱼ h′(A − B)[:, j] / (m Σw), dB −= the same.
///
/// Huber (1964). With δ = 1 it is PyTorch's `SmoothL1Loss` too.
#[derive(Clone, Debug)]
pub struct Huber {
    /// δ > 0: where the parabola goes over into straight lines.
    pub delta: f64,
}

impl PairedLoss for Huber {
    const NAME: &'static str = "huber";

    fn check(&self) -> Result<(), String> {
        let allowed = self.delta > 0.0 && self.delta.is_finite();
        if allowed { Ok(()) } else { Err(format!("δ is {}, but must be above 0 and finite", self.delta)) }
    }

    fn loss<T: Scalar>(&self, a: T, b: T) -> T {
        let (d, slope) = (a - b, self.slope(a, b));
        slope * (d - T::from_f64(0.5) * slope) // d²/2, and outside ±δ (d ∓ δ/2)
    }

    /// h′(a − b); NaN stays NaN.
    fn slope<T: Scalar>(&self, a: T, b: T) -> T {
        match (a - b).re() {
            d if d > self.delta => T::from_f64(self.delta),
            d if d < -self.delta => T::from_f64(-self.delta),
            _ => a - b,
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean Huber loss of the differences to `target`, 1×1: squares up to `delta`, absolute values beyond.
    ///
    /// # Panics
    /// If the shapes differ, there is nothing to average, or `delta` is not above 0 and finite.
    #[track_caller]
    pub fn huber(self, target: Self, delta: f64) -> Self {
        self.paired(target, Huber { delta }, None)
    }

    /// [`huber`](Self::huber) as the mean over columns weighted by `weights`.
    ///
    /// # Panics
    /// Likewise, and if there are not as many weights as columns, a weight is below 0, or their sum is 0 or not finite.
    #[track_caller]
    pub fn huber_weighted(self, target: Self, delta: f64, weights: &[f64]) -> Self {
        self.paired(target, Huber { delta }, Some(weights))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Paired;
    use super::super::mean_squared_error::tests::pairs;
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let weights = [0.5, 0.0, 2.0];
        let op = |weights| Paired { loss: Huber { delta: 0.8 }, weights };
        let difference = || prop_oneof![-2.0..-0.85, -0.75..0.75, 0.85..2.0].boxed();
        vec![
            Row::new(op(None), move |m, _, n| pairs(m, n, difference()), |x| x[0].huber(x[1], 0.8))
                .refuses(|t| t.zeros(2, 1).huber(t.zeros(1, 2), 0.8))
                .refuses(|t| t.zeros(0, 3).huber(t.zeros(0, 3), 0.8))
                .refuses(|t| t.zeros(1, 2).huber(t.zeros(1, 2), 0.0))
                .refuses(|t| t.zeros(1, 2).huber(t.zeros(1, 2), f64::NAN))
                .refuses_nothing(|t| t.zeros(2, 0).huber(t.zeros(2, 0), 0.8)),
            Row::new(
                op(Some(weights.into())),
                move |m, _, _| pairs(m, 3, difference()),
                move |x| x[0].huber_weighted(x[1], 0.8, &weights),
            )
            .refuses(|t| t.zeros(1, 2).huber_weighted(t.zeros(2, 1), 0.8, &[1.0, 1.0]))
            .refuses(|t| t.zeros(1, 2).huber_weighted(t.zeros(1, 2), 0.8, &[1.0]))
            .refuses(|t| t.zeros(1, 2).huber_weighted(t.zeros(1, 2), 0.8, &[0.0, 0.0]))
            .refuses(|t| t.zeros(1, 2).huber_weighted(t.zeros(1, 2), 0.8, &[2.0, -1.0]))
            .refuses(|t| t.zeros(1, 2).huber_weighted(t.zeros(1, 2), 0.8, &[1.0, f64::NAN]))
            .refuses_nothing(|t| t.zeros(2, 0).huber_weighted(t.zeros(2, 0), 0.8, &[])),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_equation_of_the_paper_with_a_masked_column() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf(&dmatrix![0.5, f64::NAN, -3.0]);
        let loss = a.huber_weighted(tape.zeros(1, 3), 2.0, &[1.0, 0.0, 3.0]);
        assert_eq!(loss.value(), dmatrix![(0.125 + 3.0 * 2.0 * (3.0 - 1.0)) / 4.0]);
        assert_eq!(tape.backward(loss).of(a), dmatrix![0.125, 0.0, -1.5]);
        assert!(a.huber(tape.zeros(1, 3), 2.0).item().is_nan());
    }

    #[test]
    fn the_op_is_stored_in_the_node() {
        assert!(size_of::<Paired<Huber>>() <= 32);
    }

    #[test]
    #[should_panic(expected = "huber: the mean over no numbers; inputs are [(2, 0), (2, 0)]")]
    fn nothing_to_average_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 0).huber(tape.zeros(2, 0), 1.0);
    }

    #[test]
    #[should_panic(expected = "huber: δ is 0, but must be above 0 and finite")]
    fn a_delta_of_zero_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(1, 2).huber(tape.zeros(1, 2), 0.0);
    }

    #[test]
    fn both_ends_are_straight() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf(&dmatrix![3.0, -3.0, 0.5, -0.5]);
        let loss = a.huber(tape.zeros(1, 4), 2.0);
        assert_eq!(loss.value(), dmatrix![(4.0 + 4.0 + 0.125 + 0.125) / 4.0]); // δ (|d| − δ/2) and d²/2
        assert_eq!(tape.backward(loss).of(a), dmatrix![0.5, -0.5, 0.125, -0.125]);
    }
}
