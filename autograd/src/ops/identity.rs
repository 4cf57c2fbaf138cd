//! Y = X, copied.  X, Y (m×n).  dY/dX = 1.

use crate::{Elementwise, Map, Scalar, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct Identity;

impl Elementwise for Identity {
    const NAME: &'static str = "identity";

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T]) {
        y.copy_from_slice(x);
    }

    fn derivative<T: Scalar>(&self, _: T, _: T) -> T {
        T::one()
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The same value in memory of its own.
    #[track_caller]
    pub fn copied(self) -> Self {
        self.tape().record(Map(Identity), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Identity), -3.0..3.0, |x| x[0].copied())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
