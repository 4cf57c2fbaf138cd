use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = Xᵖ with a constant p, entry by entry.  X, Y (m×n).  dY/dX = p Xᵖ⁻¹; for p = 0, 0.
///
/// As IEEE 754 has it: x⁰ = 1 for every x, even NaN; below 0 only whole powers are numbers, others are NaN. At 0 the
/// value is ∞ for p < 0, the slope ∞ for p < 1.
#[derive(Clone, Debug)]
pub struct Pow(pub f64);

impl Elementwise for Pow {
    const NAME: &'static str = "pow";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        x.powf(self.0)
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        if self.0 == 0.0 { T::zero() } else { T::from_f64(self.0) * x.powf(self.0 - 1.0) }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// xᵖ, entry by entry; below 0 a number only for whole p.
    #[track_caller]
    pub fn pow(self, p: f64) -> Self {
        self.tape().record(Map(Pow(p)), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::away_from;
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let row = |p, entry| Row::unary(Map(Pow(p)), entry, move |x| x[0].pow(p));
        let positive = [-1.5, 0.0, 0.5, 1.0, 2.7].map(|p| row(p, (0.3..2.0).boxed()));
        positive.into_iter().chain([-2.0, 2.0, 3.0].map(|p| row(p, away_from(0.0, 0.3, 2.0)))).collect()
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn whole_powers_have_finite_gradients_at_zero_and_roots_do_not() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![0.0, -2.0]);
        for (p, slopes) in [
            (0.0, dmatrix![0.0, 0.0]),
            (1.0, dmatrix![1.0, 1.0]),
            (2.0, dmatrix![0.0, -4.0]),
            (3.0, dmatrix![0.0, 12.0]),
        ] {
            assert_eq!(tape.backward(x.pow(p).sum()).of(x), slopes);
        }
        let zero = tape.leaf(&dmatrix![0.0]);
        assert_eq!(tape.backward(zero.pow(0.5)).of(zero), dmatrix![f64::INFINITY]);
        assert!(tape.leaf(&dmatrix![-2.0]).pow(0.5).item().is_nan());
    }
}
