use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = cos X, entry by entry, in radians.  X, Y (m×n).  dY/dX = −sin X.
#[derive(Clone, Debug)]
pub struct Cos;

impl Elementwise for Cos {
    const NAME: &'static str = "cos";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        x.cos()
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        -x.sin()
    }
}

impl<T: Scalar> Var<'_, T> {
    /// cos x, entry by entry, in radians.
    #[track_caller]
    pub fn cos(self) -> Self {
        self.tape().record(Map(Cos), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Cos), -4.0..4.0, |x| x[0].cos())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
