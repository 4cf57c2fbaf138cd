use std::ops::Range;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{Loop, as_mut_slice, as_slice, vectorize};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = X[start .. start + count, :].  X (m×n), Y (count×n).  dX[start .. start + count, :] += dY.
///
/// A range of columns costs nothing: [`Var::columns`].
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

    fn part(&self) -> Option<String> {
        Some(format!("rows {}..{}", self.start, self.start + self.count))
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (rows, columns) = inputs[0];
        let end = self.start + self.count;
        if end <= rows { Ok((self.count, columns)) } else { Err(format!("rows {}..{end} of {rows}", self.start)) }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn multiplies(&self) -> bool {
        false
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (x, rows) = (as_slice(&inputs[0]), inputs[0].nrows());
        if self.count > 0 {
            vectorize(Take { x, rows, start: self.start, count: self.count, y: as_mut_slice(&mut out) });
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        if let Some((mut dx, fresh)) = sink.fresh_or_grad(0) {
            // A sweep passes no empty gradient on: count is above 0.
            let rows = dx.nrows();
            let (dx, dy, start, count) = (as_mut_slice(&mut dx), as_slice(&dy), self.start, self.count);
            vectorize(Put { dx, fresh, rows, start, count, dy }); // dX[rows, :] += dY
        }
    }
}

struct Take<'a, T> {
    x: &'a [T],
    rows: usize,
    start: usize,
    count: usize,
    y: &'a mut [T],
}

impl<T: Scalar> Loop for Take<'_, T> {
    #[inline(always)]
    fn run(self) {
        for (y, x) in self.y.chunks_exact_mut(self.count).zip(self.x.chunks_exact(self.rows)) {
            for (y, &x) in y.iter_mut().zip(&x[self.start..self.start + self.count]) {
                *y = x;
            }
        }
    }
}

struct Put<'a, T> {
    dx: &'a mut [T],
    /// Whether dx holds arbitrary numbers.
    fresh: bool,
    rows: usize,
    start: usize,
    count: usize,
    dy: &'a [T],
}

impl<T: Scalar> Loop for Put<'_, T> {
    #[inline(always)]
    fn run(self) {
        if self.fresh {
            self.dx.fill(T::zero());
        }
        for (dx, dy) in self.dx.chunks_exact_mut(self.rows).zip(self.dy.chunks_exact(self.count)) {
            for (dx, &dy) in dx[self.start..self.start + self.count].iter_mut().zip(dy) {
                *dx += dy;
            }
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

    /// Its rows in N parts of one height, from the first.
    ///
    /// # Panics
    /// If its rows are no multiple of N.
    #[track_caller]
    #[inline]
    pub fn split_rows<const N: usize>(self) -> [Self; N] {
        let rows = self.shape().0;
        assert!(rows.is_multiple_of(N), "split_rows: {rows} rows in {N} parts");
        let height = rows / N;
        let mut parts = [self; N];
        for (k, part) in parts.iter_mut().enumerate() {
            *part = self.slice_rows(k * height..(k + 1) * height);
        }
        parts
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let row = |(start, count)| {
            let inputs = move |m, _, n| vec![matrix(start + count + m - 1, n)];
            Row::new(SliceRows { start, count }, inputs, move |x| x[0].slice_rows(start..start + count))
                .refuses(|t| t.zeros(2, 3).slice_rows(1..4))
                .refuses(|t| t.zeros(2, 3).slice_rows(usize::MAX..usize::MAX))
        };
        let half = SliceRows { start: 2, count: 2 };
        let split = Row::new(half, |_, _, n| vec![matrix(4, n)], |x| x[0].split_rows::<2>()[1])
            .refuses(|t| t.zeros(3, 2).split_rows::<2>()[0]);
        [(0, 1), (0, 2), (1, 3), (3, 1), (2, 0)].map(row).into_iter().chain([split]).collect()
    }

    #[test]
    fn certificate() {
        certify(rows());
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
