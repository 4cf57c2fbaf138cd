use std::ops;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice, loops};
use crate::{Known, Op, Reads, Scalar, Sink, Var};

/// Y = A + B.  A, B, Y (m×n).  dA += dY, dB += dY.
#[derive(Clone, Debug)]
pub struct Add;

impl<T: Scalar> Op<T> for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn multiplies(&self) -> bool {
        false
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        loops::sum(as_mut_slice(&mut out), a, b);
    }

    fn backward(&self, _: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        sink.pass_on(&[0, 1]); // dA += dY, dB += dY
    }
}

impl<T: Scalar> ops::Add for Var<'_, T> {
    type Output = Self;
    #[track_caller]
    fn add(self, other: Self) -> Self {
        self.tape().record(Add, &[self, other])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::binary(Add, -2.0..2.0, |x| x[0] + x[1]).refuses(|t| t.zeros(2, 3) + t.zeros(3, 2))]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
