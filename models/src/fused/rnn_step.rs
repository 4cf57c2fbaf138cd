use autograd::kernels::{Loop, as_mut_slice, as_slice, vectorize};
use autograd::{Known, Op, Reads, Scalar, Shape, Sink};
use nalgebra::{DMatrixView, DMatrixViewMut};

use super::{check_sizes, masked, recur};

/// h′ = tanh(x + W_h h).  x (H×B), W_h (H×H), h, h′ (H×B).  With da = dh′ ∘ (1 − h′²): dx += da, dW_h += da hᵀ,
/// dh += W_hᵀ da.
#[derive(Clone, Debug)]
pub(crate) struct RnnStep;

impl<T: Scalar> Op<T> for RnnStep {
    fn name(&self) -> &'static str {
        "rnn_step"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        check_sizes(1, inputs)
    }

    fn reads(&self) -> Reads {
        Reads { output: true, ..Reads::only([false, true, true, false]) }
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let h = as_mut_slice(&mut out);
        recur(inputs[1], inputs[2], h); // W_h h
        vectorize(Forward { x: as_slice(&inputs[0]), h });
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, y, dy, .. } = known;
        let mut da = sink.begin_outer(1, y.ncols());
        let line = sink.line();
        sink.add_flushed(0, |dx| {
            vectorize(Back { line, h: as_slice(&y), dh: as_slice(&dy), dx, da: da.as_mut_slice() }); // dx += da
        });
        sink.pass_back(2, 1, da.view()); // dh += W_hᵀ da
        sink.end_outer(1, da, inputs[2]); // dW_h += da hᵀ
    }
}

/// h′ = tanh(x + W_h h), from W_h h in its place.
struct Forward<'a, T> {
    x: &'a [T],
    h: &'a mut [T],
}

impl<T: Scalar> Loop for Forward<'_, T> {
    #[inline(always)]
    fn run(self) {
        for (h, &x) in self.h.iter_mut().zip(self.x) {
            *h = (x + *h).tanh();
        }
    }
}

/// da = dh′ ∘ (1 − h′²), which is dx too.
struct Back<'a, T> {
    line: T,
    h: &'a [T],
    dh: &'a [T],
    dx: &'a mut [T],
    da: &'a mut [T],
}

impl<T: Scalar> Loop for Back<'_, T> {
    #[inline(always)]
    fn run(self) {
        for (((da, dx), &h), &dh) in self.da.iter_mut().zip(self.dx).zip(self.h).zip(self.dh) {
            *da = masked(dh, dh * (T::one() - h * h)).flushed(self.line);
            *dx = *da;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::{certify, matrix, proptest::prelude::*};

    #[test]
    fn certificate() {
        let inputs = (1usize..4, 1usize..4).prop_flat_map(|(h, b)| [matrix(h, b), matrix(h, h), matrix(h, b)]);
        certify(&RnnStep, inputs.prop_map(Vec::from));
    }
}
