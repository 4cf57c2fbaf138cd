use std::ops;

use nalgebra::{DMatrixView, DMatrixViewMut};

use super::chain;
use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Sink, Var};

/// Y = A / B, entry by entry.  A, B, Y (m×n).  dA += dY / B, dB −= dY ∘ Y / B.  By 0: ∞ or NaN, as in IEEE 754.
#[derive(Clone, Debug)]
pub struct Div;

impl<T: Scalar> Op<T> for Div {
    fn name(&self) -> &'static str {
        "div"
    }

    fn reads(&self) -> Reads {
        Reads { output: true, ..Reads::only([false, true, false, false]) }
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        for ((y, &a), &b) in as_mut_slice(&mut out).iter_mut().zip(a).zip(b) {
            *y = a / b;
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, y, dy, .. } = known;
        let (b, y, dy) = (as_slice(&inputs[1]), as_slice(&y), as_slice(&dy));
        if let Some(mut da) = sink.grad(0) {
            for ((da, &dy), &b) in as_mut_slice(&mut da).iter_mut().zip(dy).zip(b) {
                // The quotient has its own rounding, and 0 where a factor of dY ∘ 1 / B is exactly 0.
                let passes = !dy.is_zero() && !(T::one() / b).is_zero();
                *da += if passes { dy / b } else { T::zero() }; // dA += dY / B
            }
        }
        chain(sink, 1, dy, (y, b), |y, b| -(y / b)); // dB −= dY ∘ Y / B
    }
}

impl<T: Scalar> ops::Div for Var<'_, T> {
    type Output = Self;
    /// Entry by entry; for A⁻¹ B see [`Var::solve`].
    #[track_caller]
    fn div(self, other: Self) -> Self {
        self.tape().record(Div, &[self, other])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::away_from;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::binary(Div, away_from(0.0, 0.3, 2.0), |x| x[0] / x[1]).refuses(|t| t.zeros(2, 3) / t.zeros(3, 2))]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    #[should_panic(expected = "div: the inputs must have one shape; inputs are [(1, 2), (2, 1)]")]
    fn shapes_that_differ_are_refused() {
        let tape = crate::Tape::<f64>::new();
        let _ = tape.zeros(1, 2) / tape.zeros(2, 1);
    }
}
