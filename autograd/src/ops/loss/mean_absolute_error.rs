use super::PairedLoss;
use crate::{Scalar, Var};

/// y = Σⱼ wⱼ ℓⱼ / Σⱼ wⱼ with ℓⱼ = Σᵢ |Aᵢⱼ − Bᵢⱼ| / m.  A, B (m×n), y (1×1), weights w (n, 1 each unless given).
/// dA[:, j] += dy wⱼ sign (A − B)[:, j] / (m Σw), dB −= the same. Where A = B, at the kink, the sign is 0.
#[derive(Clone, Debug)]
pub struct MeanAbsoluteError;

impl PairedLoss for MeanAbsoluteError {
    const NAME: &'static str = "mean_absolute_error";

    fn loss<T: Scalar>(&self, a: T, b: T) -> T {
        self.slope(a, b) * (a - b)
    }

    /// sign (a − b): 0 at 0; NaN stays NaN.
    fn slope<T: Scalar>(&self, a: T, b: T) -> T {
        match (a - b).re() {
            d if d > 0.0 => T::one(),
            d if d < 0.0 => -T::one(),
            d => T::from_f64(d),
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean of the absolute differences to `target`, 1×1.
    ///
    /// # Panics
    /// If the shapes differ or there is nothing to average.
    #[track_caller]
    pub fn mean_absolute_error(self, target: Self) -> Self {
        self.paired(target, MeanAbsoluteError, None)
    }

    /// [`mean_absolute_error`](Self::mean_absolute_error) as the mean over columns weighted by `weights`.
    ///
    /// # Panics
    /// Likewise, and if there are not as many weights as columns, a weight is below 0, or their sum is 0 or not finite.
    #[track_caller]
    pub fn mean_absolute_error_weighted(self, target: Self, weights: &[f64]) -> Self {
        self.paired(target, MeanAbsoluteError, Some(weights))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Paired;
    use super::super::mean_squared_error::tests::pairs;
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::away_from;
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let weights = [0.5, 0.0, 2.0];
        let op = |weights| Paired { loss: MeanAbsoluteError, weights };
        let difference = || away_from(0.0, 1e-3, 2.0);
        vec![
            Row::new(op(None), move |m, _, n| pairs(m, n, difference()), |x| x[0].mean_absolute_error(x[1]))
                .refuses(|t| t.zeros(2, 1).mean_absolute_error(t.zeros(1, 2)))
                .refuses(|t| t.zeros(0, 3).mean_absolute_error(t.zeros(0, 3)))
                .refuses_nothing(|t| t.zeros(2, 0).mean_absolute_error(t.zeros(2, 0))),
            Row::new(
                op(Some(weights.into())),
                move |m, _, _| pairs(m, 3, difference()),
                move |x| x[0].mean_absolute_error_weighted(x[1], &weights),
            )
            .refuses(|t| t.zeros(1, 2).mean_absolute_error_weighted(t.zeros(2, 1), &[1.0, 1.0]))
            .refuses(|t| t.zeros(1, 2).mean_absolute_error_weighted(t.zeros(1, 2), &[1.0]))
            .refuses(|t| t.zeros(1, 2).mean_absolute_error_weighted(t.zeros(1, 2), &[0.0, 0.0]))
            .refuses(|t| t.zeros(1, 2).mean_absolute_error_weighted(t.zeros(1, 2), &[2.0, -1.0]))
            .refuses(|t| t.zeros(1, 2).mean_absolute_error_weighted(t.zeros(1, 2), &[1.0, f64::NAN]))
            .refuses_nothing(|t| t.zeros(2, 0).mean_absolute_error_weighted(t.zeros(2, 0), &[])),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn a_masked_column_does_not_matter_and_the_kink_has_gradient_zero() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf(&dmatrix![1.0, f64::NAN, -3.0; 0.0, 0.0, 0.0]);
        let loss = a.mean_absolute_error_weighted(tape.zeros(2, 3), &[1.0, 0.0, 3.0]);
        assert_eq!(loss.value(), dmatrix![(0.5 + 3.0 * 1.5) / 4.0]);
        assert_eq!(tape.backward(loss).of(a), dmatrix![0.125, 0.0, -0.375; 0.0, 0.0, 0.0]);
        assert!(a.mean_absolute_error(tape.zeros(2, 3)).item().is_nan());
    }

    #[test]
    #[should_panic(expected = "mean_absolute_error: the mean over no numbers; inputs are [(2, 0), (2, 0)]")]
    fn nothing_to_average_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 0).mean_absolute_error(tape.zeros(2, 0));
    }

    #[test]
    #[should_panic(expected = "mean_absolute_error: 2 columns need 2 weights, not 1")]
    fn a_missing_weight_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(1, 2).mean_absolute_error_weighted(tape.zeros(1, 2), &[1.0]);
    }
}
