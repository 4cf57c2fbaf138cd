//! y = Σᵢⱼ (Aᵢⱼ − Bᵢⱼ)² / (m n).  A, B (m×n), y (1×1).  dA += 2 dy (A − B) / (m n), dB −= the same.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Op, Scalar, Shape, Sink, Var, same_shape};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct MeanSquaredError;

impl<T: Scalar> Op<T> for MeanSquaredError {
    fn name(&self) -> &'static str {
        "mean_squared_error"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (rows, columns) = same_shape(inputs)?;
        if rows * columns == 0 { Err("the mean over no numbers".into()) } else { Ok((1, 1)) }
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        let sum: T = a.iter().zip(b).map(|(&a, &b)| (a - b) * (a - b)).sum();
        out[(0, 0)] = sum / T::from_f64(a.len() as f64);
    }

    fn backward(
        &self,
        inputs: &[DMatrixView<'_, T>],
        _: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        _: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        let (a, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        let factor = dy[(0, 0)] * T::from_f64(2.0 / a.len() as f64);
        for (k, factor) in [(0, factor), (1, -factor)] {
            if let Some(mut grad) = sink.grad(k) {
                for ((grad, &a), &b) in as_mut_slice(&mut grad).iter_mut().zip(a).zip(b) {
                    *grad += factor * (a - b); // dA += 2 dy (A − B) / (m n), dB with the other sign
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean of the squared differences to `target`, 1×1.
    ///
    /// # Panics
    /// If the shapes differ or there is nothing to average.
    #[track_caller]
    pub fn mean_squared_error(self, target: Self) -> Self {
        self.tape().record(MeanSquaredError, &[self, target])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn certificate() {
        testing::certify_binary(&MeanSquaredError, -2.0..2.0);
    }

    #[test]
    #[should_panic(expected = "mean_squared_error: the mean over no numbers")]
    fn nothing_to_average_is_refused() {
        let tape = crate::Tape::<f64>::new();
        tape.zeros(2, 0).mean_squared_error(tape.zeros(2, 0));
    }
}
