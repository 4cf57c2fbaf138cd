use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = tanh X, entry by entry.  X, Y (m×n).  dY/dX = 1 − Y².
#[derive(Clone, Debug)]
pub struct Tanh;

impl Elementwise for Tanh {
    const NAME: &'static str = "tanh";
    const READS: Reads = Reads::OUTPUT;

    fn value<T: Scalar>(&self, x: T) -> T {
        x.tanh()
    }

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T]) {
        T::tanh_into(x, y);
    }

    fn derivative<T: Scalar>(&self, _: T, y: T) -> T {
        T::one() - y * y
    }
}

impl<T: Scalar> Var<'_, T> {
    /// tanh, entry by entry.
    #[track_caller]
    pub fn tanh(self) -> Self {
        self.tape().record(Map(Tanh), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Tanh), -3.0..3.0, |x| x[0].tanh())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
