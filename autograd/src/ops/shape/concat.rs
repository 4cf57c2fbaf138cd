use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Known, Op, Reads, Scalar, Shape, Sink, Tape, Var};

/// Y = [X₁; X₂; …], one below the other, or Y = [X₁, X₂, …], side by side.  dXₖ += the part of dY that is Xₖ's.
///
/// This copies. Steps of one shape that are computed one after another cost nothing in a [`Stack`](crate::Stack).
#[derive(Clone, Debug)]
pub enum Concat {
    /// One below the other.  Xₖ (mₖ×n), Y (Σmₖ × n).
    Rows,
    /// Side by side.  Xₖ (m×nₖ), Y (m × Σnₖ).
    Columns,
}

impl Concat {
    /// Row and column at which each of some parts of these shapes begins.
    fn starts(&self, parts: impl Iterator<Item = Shape>) -> impl Iterator<Item = (usize, usize)> {
        parts.scan((0, 0), |next, (rows, columns)| {
            let start = *next;
            match self {
                Self::Rows => next.0 += rows,
                Self::Columns => next.1 += columns,
            }
            Some(start)
        })
    }
}

impl<T: Scalar> Op<T> for Concat {
    fn name(&self) -> &'static str {
        match self {
            Self::Rows => "concat_rows",
            Self::Columns => "concat_columns",
        }
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let Some(&(rows, columns)) = inputs.first() else { return Err("nothing to concatenate".into()) };
        match self {
            Self::Rows if inputs.iter().any(|shape| shape.1 != columns) => {
                Err("the inputs must have equally many columns".into())
            }
            Self::Columns if inputs.iter().any(|shape| shape.0 != rows) => {
                Err("the inputs must have equally many rows".into())
            }
            Self::Rows => Ok((inputs.iter().map(|shape| shape.0).sum(), columns)),
            Self::Columns => Ok((rows, inputs.iter().map(|shape| shape.1).sum())),
        }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        for (x, start) in inputs.iter().zip(self.starts(inputs.iter().map(|x| x.shape()))) {
            y.view_mut(start, x.shape()).copy_from(x);
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        for (k, start) in self.starts(inputs.iter().map(|x| x.shape())).enumerate() {
            if let Some(mut dx) = sink.grad(k) {
                dx += dy.view(start, inputs[k].shape()); // dXₖ += its part of dY
            }
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
        self.record(Concat::Rows, parts)
    }

    /// The columns of all `parts`, in their order: m×nₖ each, m × Σnₖ together.
    ///
    /// # Panics
    /// If the parts differ in rows, or there are none or more than [`MAX_INPUTS`](crate::MAX_INPUTS).
    #[track_caller]
    pub fn concat_columns<'t>(&'t self, parts: &[Var<'t, T>]) -> Var<'t, T> {
        self.record(Concat::Columns, parts)
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
        let sizes = || proptest::collection::vec(0usize..4, 1..5);
        let below = move |_, _, n| {
            sizes().prop_flat_map(move |rows| rows.into_iter().map(|m| matrix(m, n)).collect::<Vec<_>>())
        };
        let beside = move |m, _, _| {
            sizes().prop_flat_map(move |columns| columns.into_iter().map(|n| matrix(m, n)).collect::<Vec<_>>())
        };
        vec![
            Row::new(Concat::Rows, below, |x| x[0].tape().concat_rows(x)),
            Row::new(Concat::Rows, |m, _, n| vec![matrix(m, n), matrix(m, n)], |x| x[0].tape().concat_rows(x))
                .refuses(|t| t.concat_rows(&[t.zeros(2, 3), t.zeros(2, 4)]))
                .refuses(|t| t.concat_rows(&[]))
                .refuses(|t| t.concat_rows(&[t.zeros(1, 1); 5])),
            Row::new(Concat::Columns, beside, |x| x[0].tape().concat_columns(x)),
            Row::new(Concat::Columns, |m, _, n| vec![matrix(m, n), matrix(m, n)], |x| x[0].tape().concat_columns(x))
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
        let (a, b) = (tape.leaf(&dmatrix![1.0, 2.0]), tape.leaf(&dmatrix![3.0, 4.0; 5.0, 6.0]));
        assert_eq!(tape.concat_rows(&[a, b]).value(), dmatrix![1.0, 2.0; 3.0, 4.0; 5.0, 6.0]);
        let (a, b) = (tape.leaf(&dmatrix![1.0; 2.0]), tape.leaf(&dmatrix![3.0, 4.0; 5.0, 6.0]));
        assert_eq!(tape.concat_columns(&[a, b]).value(), dmatrix![1.0, 3.0, 4.0; 2.0, 5.0, 6.0]);
    }

    #[test]
    #[should_panic(expected = "concat_rows: the inputs must have equally many columns; inputs are [(2, 3), (2, 4)]")]
    fn parts_of_different_width_are_refused() {
        let tape = Tape::<f64>::new();
        tape.concat_rows(&[tape.zeros(2, 3), tape.zeros(2, 4)]);
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

    #[test]
    #[should_panic(expected = "concat_rows: 5 inputs, but a node has at most 4")]
    fn five_parts_are_refused() {
        let tape = Tape::<f64>::new();
        tape.concat_rows(&[tape.zeros(1, 1); 5]);
    }
}
