use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = X ∘ Φ(X) with Φ(x) ≈ ½ (1 + tanh u) = σ(2u), u = √(2/π) (x + 0.044715 x³), entry by entry.  X, Y (m×n).
/// dY/dX = σ(2u) + X σ(2u) (1 − σ(2u)) 2u′, u′ = √(2/π) (1 + 3 · 0.044715 x²).
///
/// The Gaussian error linear unit of Hendrycks & Gimpel 2016, in their tanh form, which is within 5e-4 of the exact
/// one (Φ by erf). As σ(2u) it keeps its digits where Φ is small, and beyond |x| = 30 it is exactly 0 or 1.
#[derive(Clone, Debug)]
pub struct Gelu;

/// Φ and Φ′ at x.
fn gate<T: Scalar>(x: T) -> (T, T) {
    if x.re().abs() > 30.0 {
        // Here x³ could overflow, and ∞ · 0 would be NaN.
        return (if x.re() > 0.0 { T::one() } else { T::zero() }, T::zero());
    }
    let twice = T::from_f64(2.0 * (2.0 / std::f64::consts::PI).sqrt());
    let (cubic, square) = (T::from_f64(0.044715), x * x);
    let gate = (twice * (x + cubic * square * x)).sigmoid();
    let slope = twice * (T::one() + T::from_f64(3.0) * cubic * square); // 2u′
    (gate, gate * (T::one() - gate) * slope)
}

impl Elementwise for Gelu {
    const NAME: &'static str = "gelu";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        if x.re() == f64::NEG_INFINITY { T::zero() } else { x * gate(x).0 }
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        let (gate, slope) = gate(x);
        if x.re().is_infinite() { gate } else { gate + x * slope }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The GELU x Φ(x), entry by entry, in the tanh form of Hendrycks & Gimpel 2016.
    #[track_caller]
    pub fn gelu(self) -> Self {
        self.tape().record(Map(Gelu), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Gelu), -4.0..4.0, |x| x[0].gelu())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_is_the_tanh_form_and_close_to_the_exact_one() {
        let y = |x| Tape::<f64>::new().leaf(&dmatrix![x]).gelu().item();
        for x in [-3.0f64, -1.0, 0.0, 0.5, 2.0] {
            let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            assert!((y(x) - 0.5 * x * (1.0 + u.tanh())).abs() < 1e-15);
        }
        assert!((y(1.0) - 0.841_344_746_068_543).abs() < 5e-4); // Φ(1)
    }

    #[test]
    fn it_saturates_to_zero_and_to_x() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(&dmatrix![-1e3, 1e3, -3e38, 3e38, f32::NEG_INFINITY, f32::INFINITY]);
        let y = x.gelu();
        assert_eq!(y.value(), dmatrix![0.0, 1e3, 0.0, 3e38, 0.0, f32::INFINITY]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
        assert!(tape.leaf(&dmatrix![f32::NAN]).gelu().item().is_nan());
    }
}
