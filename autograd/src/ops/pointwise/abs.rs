use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = |X|, entry by entry.  X, Y (m×n).  dY/dX = sign X; at the kink, 0.
#[derive(Clone, Debug)]
pub struct Abs;

/// −1, 0 or 1; of NaN, NaN.
fn sign<T: Scalar>(x: T) -> T {
    let re = x.re();
    T::from_f64(if re.is_nan() || re == 0.0 { re } else { re.signum() })
}

impl Elementwise for Abs {
    const NAME: &'static str = "abs";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        x * sign(x)
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        sign(x)
    }
}

impl<T: Scalar> Var<'_, T> {
    /// |x|, entry by entry; its gradient at 0 is 0.
    #[track_caller]
    pub fn abs(self) -> Self {
        self.tape().record(Map(Abs), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::away_from;
    use crate::{Dual, Tape};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Abs), away_from(0.0, 1e-3, 2.0), |x| x[0].abs())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_kink_has_gradient_zero_in_every_mode_and_nan_stays() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![-3.0, 0.0, 2.0]);
        let y = x.abs();
        assert_eq!(y.value(), dmatrix![3.0, 0.0, 2.0]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![-1.0, 0.0, 1.0]);
        let tape = Tape::new();
        assert_eq!(tape.leaf(&dmatrix![Dual::new(0.0, 1.0)]).abs().item(), Dual::new(0.0, 0.0));
        assert!(Tape::<f64>::new().leaf(&dmatrix![f64::NAN]).abs().item().is_nan());
    }
}
