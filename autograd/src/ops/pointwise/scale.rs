use std::ops::Neg;

use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = a X with a constant a.  X, Y (m×n).  dY/dX = a.
#[derive(Clone, Debug)]
pub struct Scale(pub f64);

impl Elementwise for Scale {
    const NAME: &'static str = "scale";
    const READS: Reads = Reads::NOTHING;

    fn value<T: Scalar>(&self, x: T) -> T {
        T::from_f64(self.0) * x
    }

    fn derivative<T: Scalar>(&self, _: T, _: T) -> T {
        T::from_f64(self.0)
    }
}

impl<T: Scalar> Var<'_, T> {
    /// a x, entry by entry.
    #[track_caller]
    pub fn scale(self, a: f64) -> Self {
        self.tape().record(Map(Scale(a)), &[self])
    }
}

impl<T: Scalar> Neg for Var<'_, T> {
    type Output = Self;
    #[track_caller]
    fn neg(self) -> Self {
        self.scale(-1.0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::unary(Map(Scale(-0.7)), -2.0..2.0, |x| x[0].scale(-0.7)),
            Row::unary(Map(Scale(0.0)), -2.0..2.0, |x| x[0].scale(0.0)),
            Row::unary(Map(Scale(-1.0)), -2.0..2.0, |x| -x[0]),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_multiplies_and_minus_turns_the_sign() {
        let tape = crate::Tape::<f64>::new();
        let x = tape.leaf(&nalgebra::dmatrix![1.0, -2.0]);
        assert_eq!(x.scale(0.5).value(), nalgebra::dmatrix![0.5, -1.0]);
        assert_eq!((-x).value(), nalgebra::dmatrix![-1.0, 2.0]);
    }
}
