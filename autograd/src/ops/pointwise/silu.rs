use crate::{Elementwise, Map, Scalar, Var};

/// Y = X ∘ σ(X), entry by entry.  X, Y (m×n).  dY/dX = σ(X) + Y (1 − σ(X)).
///
/// The sigmoid linear unit of Hendrycks & Gimpel 2016, later called swish. Where σ(X) is 0 or 1, so is
/// the slope, even at ±∞.
#[derive(Clone, Debug)]
pub struct Silu;

impl Elementwise for Silu {
    const NAME: &'static str = "silu";

    fn value<T: Scalar>(&self, x: T) -> T {
        if x.re() == f64::NEG_INFINITY { T::zero() } else { x * x.sigmoid() }
    }

    fn derivative<T: Scalar>(&self, x: T, y: T) -> T {
        let s = x.sigmoid();
        if x.re().is_infinite() { s } else { s + y * (T::one() - s) }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// x σ(x), entry by entry.
    #[track_caller]
    pub fn silu(self) -> Self {
        self.tape().record(Map(Silu), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Silu), -4.0..4.0, |x| x[0].silu())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_saturates_to_zero_and_to_x() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(&dmatrix![-1e3, 1e3, -3e38, 3e38, f32::NEG_INFINITY, f32::INFINITY]);
        let y = x.silu();
        assert_eq!(y.value(), dmatrix![0.0, 1e3, 0.0, 3e38, 0.0, f32::INFINITY]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
        assert!(tape.leaf(&dmatrix![f32::NAN]).silu().item().is_nan());
    }

    #[test]
    fn it_is_x_over_one_plus_e_to_minus_x() {
        for x in [-20.0f64, -1.5, 0.0, 0.5, 3.0] {
            let y = Tape::<f64>::new().leaf(&dmatrix![x]).silu().item();
            assert!((y - x / (1.0 + (-x).exp())).abs() < 1e-15, "{x}: {y}");
        }
    }
}
