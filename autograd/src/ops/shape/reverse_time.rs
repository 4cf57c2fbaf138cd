use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Yₜ = X_{T−1−t}: the steps in reverse order, each step a block of `batch` columns.  X, Y (m × T·batch).
/// dX_{T−1−t} += dYₜ.
#[derive(Clone, Debug)]
pub struct ReverseTime {
    /// Columns of a step.
    pub batch: usize,
}

impl ReverseTime {
    /// (first column of step t, first column of step T−1−t) for each t.
    fn pairs(&self, columns: usize) -> impl Iterator<Item = (usize, usize)> {
        let (batch, steps) = (self.batch, columns / self.batch.max(1));
        (0..steps).map(move |t| (t * batch, (steps - 1 - t) * batch))
    }
}

impl<T: Scalar> Op<T> for ReverseTime {
    fn name(&self) -> &'static str {
        "reverse_time"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        whole_steps(inputs[0], self.batch)
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        for (t, opposite) in self.pairs(inputs[0].ncols()) {
            out.columns_mut(t, self.batch).copy_from(&inputs[0].columns(opposite, self.batch));
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        if let Some(mut dx) = sink.grad(0) {
            for (t, opposite) in self.pairs(dy.ncols()) {
                let mut dx = dx.columns_mut(opposite, self.batch);
                dx += dy.columns(t, self.batch); // dX_{T−1−t} += dYₜ
            }
        }
    }
}

/// `Ok` with the shape if its columns are whole steps of `batch` columns.
pub(super) fn whole_steps((rows, columns): Shape, batch: usize) -> Result<Shape, String> {
    // No columns are whole steps of no columns: an empty batch.
    match columns.is_multiple_of(batch) {
        true => Ok((rows, columns)),
        false => Err(format!("{columns} columns are no whole steps of {batch} columns")),
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The steps of a sequence, m × (T·batch), time-major, in reverse order; the columns within a step keep theirs.
    ///
    /// # Panics
    /// If `batch` does not divide the columns.
    #[track_caller]
    pub fn reverse_time(self, batch: usize) -> Self {
        self.tape().record(ReverseTime { batch }, &[self])
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
        let row = |batch| {
            let inputs = move |m, _, n| vec![matrix(m, n * batch)];
            Row::new(ReverseTime { batch }, inputs, move |x| x[0].reverse_time(batch))
                .refuses(|t| t.zeros(3, 5).reverse_time(2))
                .refuses(|t| t.zeros(3, 5).reverse_time(0))
        };
        [1, 2, 3].map(row).into()
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn blocks_change_places_and_columns_within_a_block_do_not() {
        let tape = Tape::<f64>::new();
        let y = tape.leaf(&dmatrix![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).reverse_time(2);
        assert_eq!(y.value(), dmatrix![5.0, 6.0, 3.0, 4.0, 1.0, 2.0]);
        assert_eq!(tape.zeros(3, 0).reverse_time(0).shape(), (3, 0));
    }

    #[test]
    #[should_panic(expected = "reverse_time: 5 columns are no whole steps of 2 columns; inputs are [(3, 5)]")]
    fn half_a_step_is_refused() {
        Tape::<f64>::new().zeros(3, 5).reverse_time(2);
    }
}
