use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = sin X, entry by entry, in radians.  X, Y (m×n).  dY/dX = cos X.
#[derive(Clone, Debug)]
pub struct Sin;

impl Elementwise for Sin {
    const NAME: &'static str = "sin";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        x.sin()
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        x.cos()
    }
}

impl<T: Scalar> Var<'_, T> {
    /// sin x, entry by entry, in radians.
    #[track_caller]
    pub fn sin(self) -> Self {
        self.tape().record(Map(Sin), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Sin), -4.0..4.0, |x| x[0].sin())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
