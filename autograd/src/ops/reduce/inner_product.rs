use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var, same_shape};

/// y = Σᵢⱼ Aᵢⱼ Bᵢⱼ.  A, B (m×n), y (1×1).  dA += dy B, dB += dy A.
#[derive(Clone, Debug)]
pub struct Dot;

impl<T: Scalar> Op<T> for Dot {
    fn name(&self) -> &'static str {
        "dot"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        same_shape(inputs).map(|_| (1, 1))
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        out[(0, 0)] = T::narrow(a.iter().zip(b).fold(T::zero().wide(), |sum, (a, b)| sum + a.wide() * b.wide()));
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        let dy = dy[(0, 0)];
        for (k, other) in [(0, 1), (1, 0)] {
            let Some(mut grad) = sink.grad(k) else { continue };
            for (grad, &other) in as_mut_slice(&mut grad).iter_mut().zip(as_slice(&inputs[other])) {
                *grad += dy.through(other); // dA += dy B, dB += dy A
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The inner product Σᵢⱼ aᵢⱼ bᵢⱼ of two matrices of one shape, 1×1.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn dot(self, other: Self) -> Self {
        self.tape().record(Dot, &[self, other])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::binary(Dot, -2.0..2.0, |x| x[0].dot(x[1])).refuses(|t| t.zeros(2, 3).dot(t.zeros(3, 2)))]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }
}
