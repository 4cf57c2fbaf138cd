use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = X where X > 0, else a (eˣ − 1), with a constant a, entry by entry.  X, Y (m×n).  dY/dX = 1 where X > 0, else
/// a eˣ; at 0, a, which is a kink unless a = 1.
///
/// The exponential linear unit of Clevert, Unterthiner & Hochreiter 2016.
#[derive(Clone, Debug)]
pub struct Elu(pub f64);

impl Elementwise for Elu {
    const NAME: &'static str = "elu";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        if x.re() > 0.0 { x } else { T::from_f64(self.0) * x.exp_m1() }
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        if x.re() > 0.0 { T::one() } else { T::from_f64(self.0) * x.exp() }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// x where x > 0, else a (eˣ − 1), entry by entry; its gradient at 0 is a.
    #[track_caller]
    pub fn elu(self, a: f64) -> Self {
        self.tape().record(Map(Elu(a)), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::away_from;
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        [1.0, 0.3].map(|a| Row::unary(Map(Elu(a)), away_from(0.0, 1e-3, 3.0), move |x| x[0].elu(a))).into()
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn zero_has_the_slope_of_the_left_and_saturation_is_finite() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![-1e3, 0.0, 1e3]);
        let y = x.elu(0.5);
        assert_eq!(y.value(), dmatrix![-0.5, 0.0, 1e3]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![0.0, 0.5, 1.0]);
        assert!(tape.leaf(&dmatrix![f64::NAN]).elu(1.0).item().is_nan());
    }

    #[test]
    fn dual_numbers_take_the_slope_of_the_left_at_the_kink_too() {
        let tape = Tape::new();
        let y = tape.leaf(&dmatrix![crate::Dual::new(0.0, 1.0)]).elu(0.5).item();
        assert_eq!(y, crate::Dual::new(0.0, 0.5));
    }
}
