//! y = Σᵢⱼ Xᵢⱼ.  X (m×n), y (1×1).  dX += dy 1.  The sum of nothing is 0.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct Sum;

impl<T: Scalar> Op<T> for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }

    fn output_shape(&self, _: &[Shape]) -> Result<Shape, String> {
        Ok((1, 1))
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let x = as_slice(&inputs[0]);
        // `Iterator::sum` of no floats is −0.
        out[(0, 0)] = x.iter().fold(T::zero(), |sum, &x| sum + x);
    }

    fn backward(
        &self,
        _: &[DMatrixView<'_, T>],
        _: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        _: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        if let Some(mut dx) = sink.grad(0) {
            let share = dy[(0, 0)];
            for dx in as_mut_slice(&mut dx) {
                *dx += share; // dX += dy 1
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The sum of all entries, 1×1.
    #[track_caller]
    pub fn sum(self) -> Self {
        self.tape().record(Sum, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Sum, -2.0..2.0, |x| x[0].sum())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_sum_of_nothing_is_zero() {
        assert_eq!(crate::Tape::<f64>::new().zeros(3, 0).sum().item().to_bits(), 0.0f64.to_bits());
    }
}
