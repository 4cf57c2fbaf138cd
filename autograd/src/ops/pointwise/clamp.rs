use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = min(max(X, lo), hi) with constants lo ≤ hi, entry by entry.  X, Y (m×n).  dY/dX = 1 where lo ≤ X ≤ hi, else 0; at
/// the kinks, 1.
#[derive(Clone, Debug)]
pub struct Clamp {
    /// The least value.
    pub lo: f64,
    /// The greatest value, not below `lo`.
    pub hi: f64,
}

impl Elementwise for Clamp {
    const NAME: &'static str = "clamp";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        let (lo, hi) = (T::from_f64(self.lo), T::from_f64(self.hi));
        // Written so that NaN stays NaN.
        if x.re() < lo.re() {
            lo
        } else if x.re() > hi.re() {
            hi
        } else {
            x
        }
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        let (lo, hi) = (T::from_f64(self.lo).re(), T::from_f64(self.hi).re());
        if x.re() < lo || x.re() > hi { T::zero() } else { T::one() }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The nearest number to x between `lo` and `hi`, entry by entry; the gradient at either is 1.
    ///
    /// # Panics
    /// If `lo` is above `hi`, or one of them is NaN.
    #[track_caller]
    pub fn clamp(self, lo: f64, hi: f64) -> Self {
        assert!(lo <= hi, "clamp: from {lo} to {hi} there is nothing");
        self.tape().record(Map(Clamp { lo, hi }), &[self])
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
        vec![
            Row::unary(
                Map(Clamp { lo: -0.5, hi: 1.0 }),
                prop_oneof![away_from(-0.5, 1e-3, 0.7), away_from(1.0, 1e-3, 0.7)].boxed(),
                |x| x[0].clamp(-0.5, 1.0),
            )
            .refuses(|t| t.zeros(1, 1).clamp(1.0, 0.5))
            .refuses(|t| t.zeros(1, 1).clamp(f64::NAN, 0.5)),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_kinks_have_gradient_one_and_nan_stays() {
        let tape = Tape::<f32>::new();
        // 0.1 and 0.7 are no f32: the bounds are what they round to.
        let x = tape.leaf(&dmatrix![-9.0, 0.1, 0.3, 0.7, 9.0]);
        let y = x.clamp(0.1, 0.7);
        assert_eq!(y.value(), dmatrix![0.1, 0.1, 0.3, 0.7, 0.7]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![0.0, 1.0, 1.0, 1.0, 0.0]);
        assert!(tape.leaf(&dmatrix![f32::NAN]).clamp(0.0, 1.0).item().is_nan());
    }

    #[test]
    #[should_panic(expected = "clamp: from 1 to 0.5 there is nothing")]
    fn bounds_in_the_wrong_order_are_refused() {
        Tape::<f64>::new().zeros(1, 1).clamp(1.0, 0.5);
    }

    #[test]
    fn dual_numbers_have_slope_one_at_the_kinks_too() {
        let tape = Tape::new();
        let x = dmatrix![crate::Dual::new(-0.5, 2.0), crate::Dual::new(1.0, 3.0)];
        assert_eq!(tape.leaf(&x).clamp(-0.5, 1.0).value(), x);
    }
}
