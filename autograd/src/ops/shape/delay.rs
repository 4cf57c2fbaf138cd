use nalgebra::{DMatrixView, DMatrixViewMut};

use super::reverse_time::whole_steps;
use crate::kernels::{as_mut_slice, as_slice, loops};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Yₜ = X_{t−k}, and 0 for t < k: a sequence k steps later, each step a block of `batch` columns.
/// X, Y (m × T·batch).  dX_{t−k} += dYₜ; the last k steps of X go nowhere.
#[derive(Clone, Debug)]
pub struct Delay {
    /// k, by how many steps.
    pub steps: usize,
    /// Columns of a step.
    pub batch: usize,
}

impl Delay {
    /// How many entries of a matrix of `shape` are zeros in front.
    fn gap(&self, (rows, columns): Shape) -> usize {
        rows * columns.min(self.steps.saturating_mul(self.batch))
    }
}

impl<T: Scalar> Op<T> for Delay {
    fn name(&self) -> &'static str {
        "delay"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        whole_steps(inputs[0], self.batch)
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (gap, x) = (self.gap(inputs[0].shape()), as_slice(&inputs[0]));
        let (zeros, rest) = as_mut_slice(&mut out).split_at_mut(gap);
        zeros.fill(T::zero());
        rest.copy_from_slice(&x[..x.len() - gap]);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        if let Some(mut dx) = sink.grad(0) {
            let late = &as_slice(&dy)[self.gap(dy.shape())..];
            loops::add_to(&mut as_mut_slice(&mut dx)[..late.len()], late); // dX_{t−k} += dYₜ
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// A sequence, m × (T·batch), time-major, delayed by `steps`: as long as before, with zeros in front.
    ///
    /// # Panics
    /// If `batch` does not divide the columns.
    #[track_caller]
    pub fn delay(self, steps: usize, batch: usize) -> Self {
        self.tape().record(Delay { steps, batch }, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let row = |(steps, batch)| {
            let inputs = move |m, _, n| vec![matrix(m, n * batch)];
            Row::new(Delay { steps, batch }, inputs, move |x| x[0].delay(steps, batch))
                .refuses(|t| t.zeros(3, 5).delay(1, 2))
                .refuses(|t| t.zeros(3, 5).delay(1, 0))
        };
        [(0, 2), (1, 2), (2, 1), (7, 3), (usize::MAX, 2)].map(row).into()
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn zeros_come_first_and_the_end_is_lost() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(x.delay(1, 2).value(), dmatrix![0.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(x.delay(9, 2).value(), dmatrix![0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(tape.zeros(3, 0).delay(1, 2).shape(), (3, 0));
    }

    #[test]
    #[should_panic(expected = "delay: 5 columns are no whole steps of 0 columns; inputs are [(3, 5)]")]
    fn half_a_step_is_refused() {
        Tape::<f64>::new().zeros(3, 5).delay(1, 0);
    }
}
