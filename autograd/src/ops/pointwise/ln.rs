use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = ln X, entry by entry.  X, Y (m×n).  dY/dX = 1 / X.  At 0, Y is −∞; below, NaN.
#[derive(Clone, Debug)]
pub struct Ln;

impl Elementwise for Ln {
    const NAME: &'static str = "ln";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        x.ln()
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        T::one() / x
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The natural logarithm, entry by entry: −∞ at 0, NaN below.
    #[track_caller]
    pub fn ln(self) -> Self {
        self.tape().record(Map(Ln), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Ln), 0.1..4.0, |x| x[0].ln())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn zero_is_minus_infinity_and_negative_numbers_have_no_logarithm() {
        let tape = Tape::<f64>::new();
        assert_eq!(tape.leaf(&dmatrix![0.0, 1.0]).ln().value(), dmatrix![f64::NEG_INFINITY, 0.0]);
        assert!(tape.leaf(&dmatrix![-1.0]).ln().item().is_nan());
    }
}
