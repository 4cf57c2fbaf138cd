//! Y = [X₁, X₂, …]: side by side.  Xₖ (m×nₖ), Y (m × Σnₖ).  dXₖ += the columns of dY that are Xₖ's.
//!
//! This copies. Steps of one shape that are computed one after another cost nothing in a [`Stack`](crate::Stack).

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Op, Reads, Scalar, Shape, Sink, Tape, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct ConcatColumns;

impl<T: Scalar> Op<T> for ConcatColumns {
    fn name(&self) -> &'static str {
        "concat_columns"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let Some(&(rows, _)) = inputs.first() else { return Err("nothing to concatenate".into()) };
        match inputs.iter().all(|shape| shape.0 == rows) {
            true => Ok((rows, inputs.iter().map(|shape| shape.1).sum())),
            false => Err("the inputs must have equally many rows".into()),
        }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let mut start = 0;
        for x in inputs {
            out.columns_mut(start, x.ncols()).copy_from(x);
            start += x.ncols();
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
                dx += dy.columns(start, x.ncols()); // dXₖ += dY[:, its columns]
            }
            start += x.ncols();
        }
    }
}

impl<T: Scalar> Tape<T> {
    /// The columns of all `parts`, in their order: m×nₖ each, m × Σnₖ together.
    ///
    /// # Panics
    /// If the parts differ in rows, or there are none or more than [`MAX_INPUTS`](crate::MAX_INPUTS).
    #[track_caller]
    pub fn concat_columns<'t>(&'t self, parts: &[Var<'t, T>]) -> Var<'t, T> {
        self.record(ConcatColumns, parts)
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
                ConcatColumns,
                |m, _, _| {
                    proptest::collection::vec(0usize..4, 1..5)
                        .prop_flat_map(move |columns| columns.into_iter().map(|n| matrix(m, n)).collect::<Vec<_>>())
                },
                |x| x[0].tape().concat_columns(x),
            ),
            Row::new(ConcatColumns, |m, _, n| vec![matrix(m, n), matrix(m, n)], |x| x[0].tape().concat_columns(x))
                .refuses(|t| t.concat_columns(&[t.zeros(3, 2), t.zeros(4, 2)]))
                .refuses(|t| t.concat_columns(&[]))
                .refuses(|t| t.concat_columns(&[t.zeros(1, 1); 5])),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_parts_keep_their_order() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(&dmatrix![1.0; 2.0]), tape.leaf(&dmatrix![3.0, 4.0; 5.0, 6.0]));
        assert_eq!(tape.concat_columns(&[a, b]).value(), dmatrix![1.0, 3.0, 4.0; 2.0, 5.0, 6.0]);
    }

    #[test]
    #[should_panic(expected = "concat_columns: the inputs must have equally many rows; inputs are [(3, 2), (4, 2)]")]
    fn parts_of_different_height_are_refused() {
        let tape = Tape::<f64>::new();
        tape.concat_columns(&[tape.zeros(3, 2), tape.zeros(4, 2)]);
    }

    #[test]
    #[should_panic(expected = "concat_columns: nothing to concatenate")]
    fn no_parts_are_refused() {
        Tape::<f64>::new().concat_columns(&[]);
    }
}
