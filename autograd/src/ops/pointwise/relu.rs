use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = max(X, 0), entry by entry.  X, Y (m×n).  dY/dX = 1 where X > 0, else 0; at the kink, 0.
#[derive(Clone, Debug)]
pub struct Relu;

impl Elementwise for Relu {
    const NAME: &'static str = "relu";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        // Written so that NaN stays NaN.
        if x.re() <= 0.0 { T::zero() } else { x }
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        if x.re() <= 0.0 { T::zero() } else { T::one() }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// max(x, 0), entry by entry.
    #[track_caller]
    pub fn relu(self) -> Self {
        self.tape().record(Map(Relu), &[self])
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
        vec![Row::unary(Map(Relu), away_from(0.0, 1e-3, 2.0), |x| x[0].relu())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_kink_has_gradient_zero_and_nan_stays() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![-1.0, 0.0, 2.0]);
        assert_eq!(tape.backward(x.relu().sum()).of(x), dmatrix![0.0, 0.0, 1.0]);
        assert!(tape.leaf(&dmatrix![f64::NAN]).relu().item().is_nan());
    }
}
