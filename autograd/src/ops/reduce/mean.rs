//! y = Σᵢⱼ Xᵢⱼ / (m n).  X (m×n), y (1×1).  dX += dy / (m n).  The mean of nothing is refused.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct Mean;

impl<T: Scalar> Op<T> for Mean {
    fn name(&self) -> &'static str {
        "mean"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if inputs[0].0 * inputs[0].1 == 0 { Err("the mean of no numbers".into()) } else { Ok((1, 1)) }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let x = as_slice(&inputs[0]);
        out[(0, 0)] = x.iter().copied().sum::<T>() / T::from_f64(x.len() as f64);
    }

    fn backward(
        &self,
        inputs: &[DMatrixView<'_, T>],
        _: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        _: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        if let Some(mut dx) = sink.grad(0) {
            let share = dy[(0, 0)] / T::from_f64(inputs[0].len() as f64);
            for dx in as_mut_slice(&mut dx) {
                *dx += share; // dX += dy / (m n)
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean of all entries, 1×1.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn mean(self) -> Self {
        self.tape().record(Mean, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Mean, -2.0..2.0, |x| x[0].mean()).refuses_nothing(|t| t.zeros(3, 0).mean())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    #[should_panic(expected = "mean: the mean of no numbers; inputs are [(3, 0)]")]
    fn the_mean_of_nothing_is_refused() {
        crate::Tape::<f64>::new().zeros(3, 0).mean();
    }
}
