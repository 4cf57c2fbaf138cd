use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = eˣ, entry by entry.  X, Y (m×n).  dY/dX = Y.  ∞ beyond X ≈ 88 (f32) or 709 (f64).
#[derive(Clone, Debug)]
pub struct Exp;

impl Elementwise for Exp {
    const NAME: &'static str = "exp";
    const READS: Reads = Reads::OUTPUT;

    fn value<T: Scalar>(&self, x: T) -> T {
        x.exp()
    }

    fn derivative<T: Scalar>(&self, _: T, y: T) -> T {
        y
    }
}

impl<T: Scalar> Var<'_, T> {
    /// eˣ, entry by entry.
    #[track_caller]
    pub fn exp(self) -> Self {
        self.tape().record(Map(Exp), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Exp), -3.0..3.0, |x| x[0].exp())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
