use super::PairedLoss;
use crate::{Scalar, Var};

/// y = Σⱼ wⱼ ℓⱼ / Σⱼ wⱼ with ℓⱼ = Σᵢ (Aᵢⱼ − Bᵢⱼ)² / m.  A, B (m×n), y (1×1), weights w (n, 1 each unless given).
/// dA[:, j] += 2 dy wⱼ (A − B)[:, j] / (m Σw), dB −= the same.
#[derive(Clone, Debug)]
pub struct MeanSquaredError;

impl PairedLoss for MeanSquaredError {
    const NAME: &'static str = "mean_squared_error";

    fn loss<T: Scalar>(&self, a: T, b: T) -> T {
        (a - b) * (a - b)
    }

    fn slope<T: Scalar>(&self, a: T, b: T) -> T {
        T::from_f64(2.0) * (a - b)
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean of the squared differences to `target`, 1×1.
    ///
    /// # Panics
    /// If the shapes differ or there is nothing to average.
    #[track_caller]
    pub fn mean_squared_error(self, target: Self) -> Self {
        self.paired(target, MeanSquaredError, None)
    }

    /// [`mean_squared_error`](Self::mean_squared_error) as the mean over columns weighted by `weights`.
    ///
    /// # Panics
    /// Likewise, and if there are not as many weights as columns, a weight is below 0, or their sum is 0 or not finite.
    #[track_caller]
    pub fn mean_squared_error_weighted(self, target: Self, weights: &[f64]) -> Self {
        self.paired(target, MeanSquaredError, Some(weights))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Paired;
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::{matrix, matrix_of};
    use crate::{Op, Tape};
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
        let op = |weights| Paired { loss: MeanSquaredError, weights };
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
        let op = |weights: &[f64]| Paired { loss: MeanSquaredError, weights: Some(weights.into()) };
        let message = |weights: &[f64]| Op::<f64>::output_shape(&op(weights), &[(1, 2), (1, 2)]).unwrap_err();
        assert_eq!(message(&[1.0]), "2 columns need 2 weights, not 1");
        assert_eq!(message(&[2.0, -1.0]), "weight -1, but a weight is at least 0");
        assert_eq!(message(&[2.0, f64::NAN]), "weight NaN, but a weight is at least 0");
        assert_eq!(message(&[0.0, 0.0]), "the mean over no examples");
        assert_eq!(message(&[1.0, f64::INFINITY]), "the weights sum to inf");
    }
}
