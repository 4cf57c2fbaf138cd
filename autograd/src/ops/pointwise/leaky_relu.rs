use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = X where X > 0, else a X, with a constant a, entry by entry.  X, Y (m×n).  dY/dX = 1 where X > 0, else a; at the
/// kink, a.
#[derive(Clone, Debug)]
pub struct LeakyRelu(pub f64);

impl Elementwise for LeakyRelu {
    const NAME: &'static str = "leaky_relu";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        if x.re() > 0.0 { x } else { T::from_f64(self.0) * x }
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        if x.re() > 0.0 { T::one() } else { T::from_f64(self.0) }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// x where x > 0, else a x, entry by entry; its gradient at 0 is a.
    #[track_caller]
    pub fn leaky_relu(self, a: f64) -> Self {
        self.tape().record(Map(LeakyRelu(a)), &[self])
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
        [0.01, -0.5]
            .map(|a| Row::unary(Map(LeakyRelu(a)), away_from(0.0, 1e-3, 2.0), move |x| x[0].leaky_relu(a)))
            .into()
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_kink_has_the_slope_of_the_left_and_nan_stays() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![-1.0, 0.0, 2.0]);
        let y = x.leaky_relu(0.25);
        assert_eq!(y.value(), dmatrix![-0.25, 0.0, 2.0]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![0.25, 0.25, 1.0]);
        assert!(tape.leaf(&dmatrix![f64::NAN]).leaky_relu(0.0).item().is_nan());
    }

    #[test]
    fn dual_numbers_take_the_slope_of_the_left_at_the_kink_too() {
        let tape = Tape::new();
        let y = tape.leaf(&dmatrix![crate::Dual::new(0.0, 1.0)]).leaky_relu(0.5).item();
        assert_eq!(y, crate::Dual::new(0.0, 0.5));
    }
}
