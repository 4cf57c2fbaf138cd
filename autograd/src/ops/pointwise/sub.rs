use std::ops;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Sink, Var};

/// Y = A − B.  A, B, Y (m×n).  dA += dY, dB −= dY.
#[derive(Clone, Debug)]
pub struct Sub;

impl<T: Scalar> Op<T> for Sub {
    fn name(&self) -> &'static str {
        "sub"
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        for ((y, &a), &b) in as_mut_slice(&mut out).iter_mut().zip(a).zip(b) {
            *y = a - b;
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        sink.pass_on(&[0]); // dA += dY
        if let Some(mut db) = sink.grad(1) {
            for (db, &dy) in as_mut_slice(&mut db).iter_mut().zip(as_slice(&dy)) {
                *db -= dy; // dB −= dY
            }
        }
    }
}

impl<T: Scalar> ops::Sub for Var<'_, T> {
    type Output = Self;
    #[track_caller]
    fn sub(self, other: Self) -> Self {
        self.tape().record(Sub, &[self, other])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::binary(Sub, -2.0..2.0, |x| x[0] - x[1]).refuses(|t| t.zeros(2, 3) - t.zeros(3, 2))]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
