use std::ops;

use nalgebra::{DMatrixView, DMatrixViewMut};

use super::chain;
use crate::kernels::{as_mut_slice, as_slice, loops};
use crate::{Known, Op, Reads, Scalar, Sink, Var};

/// Y = A ∘ B, entry by entry.  A, B, Y (m×n).  dA += dY ∘ B, dB += dY ∘ A.
#[derive(Clone, Debug)]
pub struct Mul;

impl<T: Scalar> Op<T> for Mul {
    fn name(&self) -> &'static str {
        "mul"
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        loops::product(as_mut_slice(&mut out), a, b);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        for (k, other) in [(0, 1), (1, 0)] {
            let (other, dy) = (as_slice(&inputs[other]), as_slice(&dy));
            chain(sink, k, dy, (other, dy), |other, _| other); // dA += dY ∘ B, dB += dY ∘ A
        }
    }
}

impl<T: Scalar> ops::Mul for Var<'_, T> {
    type Output = Self;
    /// Entry by entry; the matrix product is [`Var::matmul`].
    #[track_caller]
    fn mul(self, other: Self) -> Self {
        self.tape().record(Mul, &[self, other])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::binary(Mul, -2.0..2.0, |x| x[0] * x[1]).refuses(|t| t.zeros(2, 3) * t.zeros(3, 2))]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
