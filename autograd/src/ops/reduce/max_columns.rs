//! yᵢ = maxⱼ Xᵢⱼ: the maximum over the columns.  X (m×n), y (m×1).  dX[i, j] += dyᵢ at the first maximum of row i, 0
//! elsewhere.  A NaN in a row is its maximum.  The maximum of no columns is refused.

use nalgebra::{DMatrixView, DMatrixViewMut};

use super::max::first_largest;
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct MaxColumns;

impl<T: Scalar> Op<T> for MaxColumns {
    fn name(&self) -> &'static str {
        "max_columns"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if inputs[0].1 == 0 { Err("the maximum of no columns".into()) } else { Ok((inputs[0].0, 1)) }
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        for (y, x) in out.iter_mut().zip(inputs[0].row_iter()) {
            *y = x[first_largest(x.iter().copied())];
        }
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
            for ((mut dx, x), &dy) in dx.row_iter_mut().zip(inputs[0].row_iter()).zip(dy.iter()) {
                dx[first_largest(x.iter().copied())] += dy; // dX[i, argmax] += dyᵢ
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The maximum over the columns (over the examples): one column remains, m×1, with the largest entry of each row.
    /// Its gradient goes to the row's first largest entry.
    ///
    /// # Panics
    /// If there are no columns.
    #[track_caller]
    pub fn max_columns(self) -> Self {
        self.tape().record(MaxColumns, &[self])
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
            Row::new(MaxColumns, |m, _, n| vec![distinct(m, n)], |x| x[0].max_columns())
                .refuses_nothing(|t| t.zeros(3, 0).max_columns()),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
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
    #[should_panic(expected = "max_columns: the maximum of no columns; inputs are [(3, 0)]")]
    fn the_maximum_of_nothing_is_refused() {
        Tape::<f64>::new().zeros(3, 0).max_columns();
    }
}
