use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Known, Op, Reads, Scalar, Sink, Var};

/// Y = X, copied.  X, Y (m×n).  dY/dX = 1.
#[derive(Clone, Debug)]
pub struct Identity;

impl<T: Scalar> Op<T> for Identity {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn multiplies(&self) -> bool {
        false
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        y.copy_from(&inputs[0]);
    }

    fn backward(&self, _: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        sink.pass_on(&[0]); // dX += dY
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The same value in memory of its own.
    #[track_caller]
    pub fn copied(self) -> Self {
        self.tape().record(Identity, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Identity, -3.0..3.0, |x| x[0].copied())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
