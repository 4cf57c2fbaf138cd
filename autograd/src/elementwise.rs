//! `Map`: an op from f and its derivative, entry by entry.

use std::fmt::Debug;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{Loop, as_mut_slice, as_slice, vectorize};
use crate::{Op, Scalar, Shape, Sink};

/// A function of one number, applied to every entry: the file says f and f′ and is done.
pub trait Elementwise: Debug + Send + 'static {
    /// How messages and certificates call it.
    const NAME: &'static str;

    /// `y[i] = f(x[i])`.
    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T]);

    /// f′ at x, where y = f(x).
    fn derivative<T: Scalar>(&self, x: T, y: T) -> T;
}

/// The op that applies `F` to every entry.
#[derive(Clone, Debug)]
pub struct Map<F>(pub F);

impl<T: Scalar, F: Elementwise> Op<T> for Map<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        Ok(inputs[0])
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        self.0.apply(as_slice(&inputs[0]), as_mut_slice(&mut y));
    }

    fn backward(
        &self,
        inputs: &[DMatrixView<'_, T>],
        y: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        _: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        if let Some(mut dx) = sink.grad(0) {
            let (x, y, dy) = (as_slice(&inputs[0]), as_slice(&y), as_slice(&dy));
            vectorize(Chain { f: &self.0, x, y, dy, dx: as_mut_slice(&mut dx) });
        }
    }
}

/// dx += f′(x) ∘ dy.
struct Chain<'a, T, F> {
    f: &'a F,
    x: &'a [T],
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Scalar, F: Elementwise> Loop for Chain<'_, T, F> {
    #[inline(always)]
    fn run(self) {
        for (((dx, &x), &y), &dy) in self.dx.iter_mut().zip(self.x).zip(self.y).zip(self.dy) {
            *dx += self.f.derivative(x, y) * dy; // dx += f′(x) ∘ dy
        }
    }
}
