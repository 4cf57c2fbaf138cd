use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = X ∘ X, entry by entry.  X, Y (m×n).  dY/dX = 2 X.
#[derive(Clone, Debug)]
pub struct Square;

impl Elementwise for Square {
    const NAME: &'static str = "square";
    const READS: Reads = Reads::INPUTS;

    fn value<T: Scalar>(&self, x: T) -> T {
        x * x
    }

    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        x + x
    }
}

impl<T: Scalar> Var<'_, T> {
    /// x², entry by entry.
    #[track_caller]
    pub fn square(self) -> Self {
        self.tape().record(Map(Square), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Square), -3.0..3.0, |x| x[0].square())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
