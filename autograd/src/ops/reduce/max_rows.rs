//! yⱼ = maxᵢ Xᵢⱼ: the maximum over the rows.  X (m×n), y (1×n).  dX[i, j] += dyⱼ at the first maximum of column j, 0
//! elsewhere.  A NaN in a column is its maximum.  The maximum of no rows is refused.

use nalgebra::{DMatrixView, DMatrixViewMut};

use super::max::first_largest;
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct MaxRows;

impl<T: Scalar> Op<T> for MaxRows {
    fn name(&self) -> &'static str {
        "max_rows"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if inputs[0].0 == 0 { Err("the maximum of no rows".into()) } else { Ok((1, inputs[0].1)) }
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        for (y, x) in out.iter_mut().zip(inputs[0].column_iter()) {
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
            for ((mut dx, x), &dy) in dx.column_iter_mut().zip(inputs[0].column_iter()).zip(dy.iter()) {
                dx[first_largest(x.iter().copied())] += dy; // dX[argmax, j] += dyⱼ
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The maximum over the rows: one row remains, 1×n, with the largest entry of each column. Its gradient goes to the
    /// column's first largest entry.
    ///
    /// # Panics
    /// If there are no rows.
    #[track_caller]
    pub fn max_rows(self) -> Self {
        self.tape().record(MaxRows, &[self])
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
            Row::new(MaxRows, |m, _, n| vec![distinct(m, n)], |x| x[0].max_rows())
                .refuses(|t| t.zeros(0, 3).max_rows()),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
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
    #[should_panic(expected = "max_rows: the maximum of no rows; inputs are [(0, 3)]")]
    fn the_maximum_of_nothing_is_refused() {
        Tape::<f64>::new().zeros(0, 3).max_rows();
    }
}
