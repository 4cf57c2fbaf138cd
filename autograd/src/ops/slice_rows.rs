//! Y = X[start .. start + count, :].  X (m×n), Y (count×n).  dX[start .. start + count, :] += dY.

use std::ops::Range;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Op, Scalar, Shape, Sink, Var};

/// Copies a range of rows. (A range of columns costs nothing: [`Var::columns`].)
#[derive(Clone, Debug)]
pub struct SliceRows {
    /// The first row.
    pub start: usize,
    /// How many rows.
    pub count: usize,
}

impl<T: Scalar> Op<T> for SliceRows {
    fn name(&self) -> &'static str {
        "slice_rows"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (rows, columns) = inputs[0];
        let end = self.start + self.count;
        if end <= rows { Ok((self.count, columns)) } else { Err(format!("rows {}..{end} of {rows}", self.start)) }
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        out.copy_from(&inputs[0].rows(self.start, self.count));
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
            let mut rows = dx.rows_mut(self.start, self.count);
            rows += dy; // dX[rows, :] += dY
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The rows in `range`, copied.
    ///
    /// # Panics
    /// If the value has fewer rows, or the range runs backwards.
    #[track_caller]
    pub fn slice_rows(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end, "slice_rows: the range {range:?} runs backwards");
        let count = range.len();
        self.tape().record(SliceRows { start: range.start, count }, &[self])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, matrix};
    use proptest::prelude::*;

    #[test]
    fn certificate() {
        for (start, count) in [(0, 2), (1, 3), (3, 1), (2, 0)] {
            let inputs = (4usize..7, 1usize..4).prop_flat_map(|(m, n)| [matrix(m, n)]);
            testing::certify(&SliceRows { start, count }, inputs.prop_map(Vec::from));
        }
    }

    #[test]
    #[should_panic(expected = "slice_rows: the range 5..2 runs backwards")]
    #[allow(clippy::reversed_empty_ranges)] // what is tested
    fn a_range_that_runs_backwards_is_refused() {
        crate::Tape::<f64>::new().zeros(6, 1).slice_rows(5..2);
    }

    #[test]
    #[should_panic(expected = "slice_rows: rows 4..5 of 4")]
    fn a_row_after_the_last_is_refused() {
        crate::Tape::<f64>::new().zeros(4, 1).slice_rows(4..5);
    }
}
