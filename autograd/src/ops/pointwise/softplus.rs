use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = ln (1 + eˣ), entry by entry.  X, Y (m×n).  dY/dX = σ(X).
///
/// For X > 0 it is computed as X + ln (1 + e⁻ˣ), so that no exponential overflows.
#[derive(Clone, Debug)]
pub struct Softplus;

impl Elementwise for Softplus {
    const NAME: &'static str = "softplus";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        if x.re() > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        x.sigmoid()
    }
}

impl<T: Scalar> Var<'_, T> {
    /// ln (1 + eˣ), entry by entry; finite at any finite x.
    #[track_caller]
    pub fn softplus(self) -> Self {
        self.tape().record(Map(Softplus), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Softplus), -4.0..4.0, |x| x[0].softplus())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_saturates_to_zero_and_to_x() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(&dmatrix![-1e3, 0.0, 1e3, 3e38]);
        let y = x.softplus();
        assert_eq!(y.value(), dmatrix![0.0, std::f32::consts::LN_2, 1e3, 3e38]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![0.0, 0.5, 1.0, 1.0]);
        assert!(tape.leaf(&dmatrix![f32::NAN]).softplus().item().is_nan());
    }

    #[test]
    fn a_small_value_keeps_its_digits() {
        let y = Tape::<f64>::new().leaf(&dmatrix![-40.0]).softplus().item();
        assert!((y / (-40f64).exp() - 1.0).abs() < 1e-15);
    }
}
