//! Y = [X₁; X₂; …]: one below the other.  Xₖ (mₖ×n), Y (Σmₖ × n).  dXₖ += the rows of dY that are Xₖ's.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Op, Reads, Scalar, Shape, Sink, Tape, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct ConcatRows;

impl<T: Scalar> Op<T> for ConcatRows {
    fn name(&self) -> &'static str {
        "concat_rows"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let Some(&(_, columns)) = inputs.first() else { return Err("nothing to concatenate".into()) };
        match inputs.iter().all(|shape| shape.1 == columns) {
            true => Ok((inputs.iter().map(|shape| shape.0).sum(), columns)),
            false => Err("the inputs must have equally many columns".into()),
        }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let mut start = 0;
        for x in inputs {
            out.rows_mut(start, x.nrows()).copy_from(x);
            start += x.nrows();
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
        let mut start = 0;
        for (k, x) in inputs.iter().enumerate() {
            if let Some(mut dx) = sink.grad(k) {
                dx += dy.rows(start, x.nrows()); // dXₖ += dY[its rows, :]
            }
            start += x.nrows();
        }
    }
}

impl<T: Scalar> Tape<T> {
    /// The rows of all `parts`, in their order: mₖ×n each, Σmₖ × n together.
    ///
    /// # Panics
    /// If the parts differ in columns, or there are none or more than [`MAX_INPUTS`](crate::MAX_INPUTS).
    #[track_caller]
    pub fn concat_rows<'t>(&'t self, parts: &[Var<'t, T>]) -> Var<'t, T> {
        self.record(ConcatRows, parts)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::new(
                ConcatRows,
                |_, _, n| {
                    proptest::collection::vec(0usize..4, 1..5)
                        .prop_flat_map(move |rows| rows.into_iter().map(|m| matrix(m, n)).collect::<Vec<_>>())
                },
                |x| x[0].tape().concat_rows(x),
            ),
            Row::new(ConcatRows, |m, _, n| vec![matrix(m, n), matrix(m, n)], |x| x[0].tape().concat_rows(x))
                .refuses(|t| t.concat_rows(&[t.zeros(2, 3), t.zeros(2, 4)]))
                .refuses(|t| t.concat_rows(&[]))
                .refuses(|t| t.concat_rows(&[t.zeros(1, 1); 5])),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_parts_keep_their_order() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(&dmatrix![1.0, 2.0]), tape.leaf(&dmatrix![3.0, 4.0; 5.0, 6.0]));
        assert_eq!(tape.concat_rows(&[a, b]).value(), dmatrix![1.0, 2.0; 3.0, 4.0; 5.0, 6.0]);
    }

    #[test]
    #[should_panic(expected = "concat_rows: the inputs must have equally many columns; inputs are [(2, 3), (2, 4)]")]
    fn parts_of_different_width_are_refused() {
        let tape = Tape::<f64>::new();
        tape.concat_rows(&[tape.zeros(2, 3), tape.zeros(2, 4)]);
    }

    #[test]
    #[should_panic(expected = "concat_rows: 5 inputs, but a node has at most 4")]
    fn five_parts_are_refused() {
        let tape = Tape::<f64>::new();
        tape.concat_rows(&[tape.zeros(1, 1); 5]);
    }
}
