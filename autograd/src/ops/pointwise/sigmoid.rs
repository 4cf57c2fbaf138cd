use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = σ(X) = 1 / (1 + e⁻ˣ), entry by entry.  X, Y (m×n).  dY/dX = Y (1 − Y).
#[derive(Clone, Debug)]
pub struct Sigmoid;

impl Elementwise for Sigmoid {
    const NAME: &'static str = "sigmoid";
    const READS: Reads = Reads::OUTPUT;

    fn value<T: Scalar>(&self, x: T) -> T {
        x.sigmoid()
    }

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T]) {
        T::sigmoid_into(x, y);
    }

    fn derivative<T: Scalar>(&self, _: T, y: T) -> T {
        y * (T::one() - y)
    }
}

impl<T: Scalar> Var<'_, T> {
    /// σ(x) = 1 / (1 + e⁻ˣ), entry by entry.
    #[track_caller]
    pub fn sigmoid(self) -> Self {
        self.tape().record(Map(Sigmoid), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(Sigmoid), -4.0..4.0, |x| x[0].sigmoid())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
