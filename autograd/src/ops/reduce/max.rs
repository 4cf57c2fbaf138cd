use nalgebra::{DMatrixView, DMatrixViewMut};

use super::Over;
use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// y = max X over all entries, over the rows or over the columns.  X (m×n), y (1×1, 1×n or m×1).  dX += dy at the first entry
/// that is the maximum, counted down the columns, and 0 elsewhere: a tie goes to the first.  A NaN among the entries is the
/// maximum.  The maximum of nothing is refused.
///
/// Nothing is saved: backward finds the entry as forward did.
#[derive(Clone, Debug)]
pub struct Max(pub Over);

/// Where the largest of some numbers stands, the first of equals, and the first NaN before any number.
///
/// It compares real parts, so that dual numbers choose as others do.
///
/// # Panics
/// If there are none.
pub(in crate::ops) fn first_largest<T: Scalar>(x: impl IntoIterator<Item = T>) -> usize {
    let numbers = x.into_iter().map(T::re).enumerate();
    let larger = |(i, m): (usize, f64), (j, x): (usize, f64)| {
        if x > m || (x.is_nan() && !m.is_nan()) { (j, x) } else { (i, m) }
    };
    numbers.reduce(larger).expect("the largest of some numbers").0
}

impl Max {
    /// Where each maximum stands in `x`.
    fn places<T: Scalar>(&self, x: DMatrixView<'_, T>) -> impl Iterator<Item = usize> {
        self.0.groups(x.shape()).map(move |mut group| {
            let at = first_largest(group.clone().map(|i| as_slice(&x)[i]));
            group.nth(at).expect("a place in the group")
        })
    }
}

impl<T: Scalar> Op<T> for Max {
    fn name(&self) -> &'static str {
        match self.0 {
            Over::All => "max",
            Over::Rows => "max_rows",
            Over::Columns => "max_columns",
        }
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.0.remaining_of_some("maximum", inputs[0])
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        for (y, place) in y.iter_mut().zip(self.places(inputs[0])) {
            *y = as_slice(&inputs[0])[place];
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        if let Some(mut dx) = sink.grad(0) {
            for (&dy, place) in known.dy.iter().zip(self.places(known.inputs[0])) {
                as_mut_slice(&mut dx)[place] += dy; // dX[argmax] += dy
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The largest entry, 1×1. Its gradient goes to the first entry that is the largest.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn max(self) -> Self {
        self.tape().record(Max(Over::All), &[self])
    }

    /// The maximum over the rows: one row remains, 1×n, with the largest entry of each column. Its gradient goes to the
    /// column's first largest entry.
    ///
    /// # Panics
    /// If there are no rows.
    #[track_caller]
    pub fn max_rows(self) -> Self {
        self.tape().record(Max(Over::Rows), &[self])
    }

    /// The maximum over the columns (over the examples): one column remains, m×1, with the largest entry of each row.
    /// Its gradient goes to the row's first largest entry.
    ///
    /// # Panics
    /// If there are no columns.
    #[track_caller]
    pub fn max_columns(self) -> Self {
        self.tape().record(Max(Over::Columns), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify, distinct};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::new(Max(Over::All), |m, _, n| vec![distinct(m, n)], |x| x[0].max())
                .refuses_nothing(|t| t.zeros(3, 0).max()),
            Row::new(Max(Over::Rows), |m, _, n| vec![distinct(m, n)], |x| x[0].max_rows())
                .refuses(|t| t.zeros(0, 3).max_rows()),
            Row::new(Max(Over::Columns), |m, _, n| vec![distinct(m, n)], |x| x[0].max_columns())
                .refuses_nothing(|t| t.zeros(3, 0).max_columns()),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn a_tie_goes_to_the_first_and_nan_wins() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![1.0, 3.0; 3.0, 3.0]);
        assert_eq!(tape.backward(x.max()).of(x), dmatrix![0.0, 0.0; 1.0, 0.0]);
        for x in [dmatrix![f64::NAN, 2.0], dmatrix![2.0, f64::NAN]] {
            assert!(tape.leaf(&x).max().item().is_nan());
        }
    }

    #[test]
    fn one_row_remains_and_a_tie_goes_to_the_first() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![1.0, 5.0; 3.0, 5.0; 2.0, 5.0]);
        let y = x.max_rows();
        assert_eq!(y.value(), dmatrix![3.0, 5.0]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![0.0, 1.0; 1.0, 0.0; 0.0, 0.0]);
        assert_eq!(tape.zeros(3, 0).max_rows().shape(), (1, 0));
    }

    #[test]
    fn one_column_remains_and_a_tie_goes_to_the_first() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![1.0, 3.0, 2.0; 5.0, 5.0, 5.0]);
        let y = x.max_columns();
        assert_eq!(y.value(), dmatrix![3.0; 5.0]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![0.0, 1.0, 0.0; 1.0, 0.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "max: the maximum of no numbers; inputs are [(3, 0)]")]
    fn the_maximum_of_nothing_is_refused() {
        Tape::<f64>::new().zeros(3, 0).max();
    }

    #[test]
    #[should_panic(expected = "max_rows: the maximum of no rows; inputs are [(0, 3)]")]
    fn the_maximum_of_no_rows_is_refused() {
        Tape::<f64>::new().zeros(0, 3).max_rows();
    }

    #[test]
    #[should_panic(expected = "max_columns: the maximum of no columns; inputs are [(3, 0)]")]
    fn the_maximum_of_no_columns_is_refused() {
        Tape::<f64>::new().zeros(3, 0).max_columns();
    }
}
