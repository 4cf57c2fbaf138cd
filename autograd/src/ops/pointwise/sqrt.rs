use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = √X, entry by entry.  X, Y (m×n).  dY/dX = 1 / (2 Y): ∞ at 0. Below 0, Y is NaN.
#[derive(Clone, Debug)]
pub struct Sqrt;

impl Elementwise for Sqrt {
    const NAME: &'static str = "sqrt";
    const READS: Reads = Reads::OUTPUT;

    fn value<T: Scalar>(&self, x: T) -> T {
        x.sqrt()
    }

    fn derivative<T: Scalar>(&self, _: T, y: T) -> T {
        T::one() / (y + y)
    }
}

impl<T: Scalar> Var<'_, T> {
    /// √x, entry by entry: NaN below 0, of infinite slope at 0.
    #[track_caller]
    pub fn sqrt(self) -> Self {
        self.tape().record(Map(Sqrt), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Sqrt), 0.1..4.0, |x| x[0].sqrt())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn zero_has_an_infinite_slope_and_negative_numbers_no_root() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![0.0, 4.0]);
        let y = x.sqrt();
        assert_eq!(y.value(), dmatrix![0.0, 2.0]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![f64::INFINITY, 0.25]);
        assert!(tape.leaf(&dmatrix![-1.0]).sqrt().item().is_nan());
    }
}
