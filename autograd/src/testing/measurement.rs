//! `Measurement`: how far one check is off.

use nalgebra::DMatrix;

use super::fault::Disagreement;

/// How far one check is off at one input; it holds if the error is at most the limit times the scale.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Measurement {
    /// Which; [`examine`](super::examine) lists them.
    pub check: &'static str,
    /// The difference found.
    pub error: f64,
    /// What it is relative to.
    pub scale: f64,
    /// The largest relative error allowed.
    pub limit: f64,
    /// Where it is largest.
    pub(super) worst: Option<Disagreement>,
}

impl Measurement {
    /// Of two numbers.
    pub(super) fn of_numbers(check: &'static str, (a, b): (f64, f64), scale: f64, limit: f64) -> Self {
        Self { check, error: (a - b).abs(), scale, limit, worst: None }
    }

    /// Of matrices, one against one, by their largest differences, each relative to `factor` (1 + the largest entry).
    pub(super) fn of_matrices(
        check: &'static str,
        side: Side,
        (a, b): (&[DMatrix<f64>], &[DMatrix<f64>]),
        factor: f64,
        limit: f64,
    ) -> Self {
        assert!(a.iter().map(DMatrix::shape).eq(b.iter().map(DMatrix::shape)), "{check}: matrices of other shapes");
        let mut all = Self { check, error: 0.0, scale: factor, limit, worst: None };
        for (k, (a, b)) in a.iter().zip(b).enumerate() {
            let scale = factor * (1.0 + largest(b));
            if let Some((error, worst)) = side.worst(k, a, b)
                && !all.error.is_nan()
                && (all.worst.is_none() || error.is_nan() || error / scale > all.error / all.scale)
            {
                all = Self { error, scale, worst: Some(worst), ..all };
            }
        }
        all
    }

    /// The error over the scale.
    pub fn relative(&self) -> f64 {
        self.error / self.scale
    }

    /// Whether the check holds. NaN does not.
    pub fn holds(&self) -> bool {
        self.error <= self.limit * self.scale
    }
}

/// What some matrices are, and the names of the two ways to them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    /// The program's value.
    Value([&'static str; 2]),
    /// The gradients of its inputs.
    Inputs([&'static str; 2]),
}

impl Side {
    /// The largest difference between matrices number `k`, and where it is; the first NaN before any number.
    pub(super) fn worst(self, k: usize, a: &DMatrix<f64>, b: &DMatrix<f64>) -> Option<(f64, Disagreement)> {
        let (input, names) = match self {
            Self::Value(names) => (None, names),
            Self::Inputs(names) => (Some(k), names),
        };
        let errors = a.iter().zip(b).map(|(a, b)| (a - b).abs()).enumerate();
        let larger = |m: (usize, f64), x: (usize, f64)| if m.1.is_nan() || x.1 <= m.1 { m } else { x };
        let (at, error) = errors.reduce(larger)?;
        let (entry, values) = ((at % a.nrows(), at / a.nrows()), [(names[0], a[at]), (names[1], b[at])]);
        Some((error, Disagreement { input, entry, values }))
    }
}

/// The largest |entry|; NaN if any is (nalgebra's `amax` would swallow it).
pub(super) fn largest(m: &DMatrix<f64>) -> f64 {
    m.iter().fold(0.0, |max: f64, x| if x.is_nan() || max.is_nan() { f64::NAN } else { max.max(x.abs()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    #[test]
    fn the_worst_entry_is_relative_to_its_matrix_and_nan_is_worse_than_any_number() {
        let of = |a: &[DMatrix<f64>], b: &[DMatrix<f64>]| {
            Measurement::of_matrices("check", Side::Inputs(["a", "b"]), (a, b), 1.0, 1e-3)
        };
        let big = dmatrix![99.0, 0.0];
        let found = of(&[dmatrix![99.0, 0.5], dmatrix![0.0; 0.25]], &[big.clone(), dmatrix![0.0; 0.5]]);
        let worst = Disagreement { input: Some(1), entry: (1, 0), values: [("a", 0.25), ("b", 0.5)] };
        assert_eq!((found.error, found.scale, found.worst.as_ref()), (0.25, 1.5, Some(&worst)));
        assert!(!found.holds() && (found.relative() - 0.25 / 1.5).abs() < 1e-15);
        let found = of(&[dmatrix![f64::NAN, 7.0], dmatrix![9.0]], &[big.clone(), dmatrix![0.0]]);
        assert!(!found.holds() && found.error.is_nan());
        assert_eq!(found.worst.map(|worst| (worst.input, worst.entry)), Some((Some(0), (0, 0))));
        assert!(of(&[], &[]).holds() && of(&[DMatrix::zeros(0, 2)], &[DMatrix::zeros(0, 2)]).holds());
    }
}
