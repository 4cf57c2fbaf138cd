use std::sync::Arc;

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};

use crate::kernels::{add_columns, as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Tape, Var};

/// Y[:, j] = X[:, cⱼ], an embedding's look-up.  X (m×n), c (k column numbers, constant), Y (m×k).
/// dX[:, cⱼ] += dY[:, j]: a column taken several times adds up what comes back.
#[derive(Clone, Debug)]
pub struct GatherColumns {
    /// Which column of X each column of Y is.
    pub indices: Arc<[usize]>,
}

impl<T: Scalar> Op<T> for GatherColumns {
    fn name(&self) -> &'static str {
        "gather_columns"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (rows, columns) = inputs[0];
        match self.indices.iter().find(|&&index| index >= columns) {
            Some(index) => Err(format!("column {index} of {columns}")),
            None => Ok((rows, self.indices.len())),
        }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        for (mut y, &index) in out.column_iter_mut().zip(&*self.indices) {
            y.copy_from(&inputs[0].column(index));
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        if let Some(mut dx) = sink.grad(0) {
            let (dx, dy, rows) = (as_mut_slice(&mut dx), as_slice(&dy), dy.nrows());
            let column = |j: usize| j * rows..(j + 1) * rows;
            // All that comes back to one column at a time, in order, so that its sum is rounded once.
            let mut order: Vec<_> = (0..self.indices.len()).collect();
            order.sort_by_key(|&j| self.indices[j]);
            for same in order.chunk_by(|&i, &j| self.indices[i] == self.indices[j]) {
                let dx = &mut dx[column(self.indices[same[0]])];
                add_columns(dx, same.iter().map(|&j| [&dy[column(j)]]), T::narrow); // dX[:, cⱼ] += dY[:, j]
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The columns at `indices`, in their order, any of them several times: m×n to m×k. For a table of embeddings, one
    /// a column, and k tokens this is `table.matmul(tape.one_hot(n, tokens))` without the product.
    ///
    /// # Panics
    /// If the value has no such column.
    #[track_caller]
    pub fn gather_columns(self, indices: &[usize]) -> Self {
        self.tape().record(GatherColumns { indices: indices.into() }, &[self])
    }
}

impl<T: Scalar> Tape<T> {
    /// A `rows × indices.len()` constant of zeros, but 1 at row `indices[j]` of column j. No gradient passes.
    ///
    /// # Panics
    /// If an index is no row.
    #[track_caller]
    pub fn one_hot(&self, rows: usize, indices: &[usize]) -> Var<'_, T> {
        let mut value = DMatrix::zeros(rows, indices.len());
        for (j, &index) in indices.iter().enumerate() {
            assert!(index < rows, "one_hot: index {index} with {rows} rows");
            value[(index, j)] = T::one();
        }
        self.constant(&value)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let row = |indices: &'static [usize], columns| {
            let inputs = move |m, k, n| vec![matrix(m, if indices.is_empty() { n } else { k + columns })];
            Row::new(GatherColumns { indices: indices.into() }, inputs, move |x| x[0].gather_columns(indices))
        };
        vec![row(&[2, 0, 2, 2, 1], 2).refuses(|t| t.zeros(2, 3).gather_columns(&[0, 3])), row(&[0], 0), row(&[], 0)]
    }

    #[test]
    fn a_column_taken_often_costs_no_digits_in_f32() {
        let tape = Tape::<f32>::new();
        let table = tape.leaf(&dmatrix![1.0, 2.0]);
        let taken: Vec<_> = (0..1 << 18).map(|j| usize::from(j % 4 == 0)).collect();
        let gradients = tape.backward(table.gather_columns(&taken).scale(0.1).sum());
        let count = (1 << 16) as f32;
        assert_eq!(gradients.of(table), dmatrix![3.0 * count * 0.1, count * 0.1]);
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_is_the_product_with_one_hot_columns() {
        let tape = Tape::<f64>::new();
        let table = tape.leaf(&dmatrix![1.0, 2.0, 3.0; 4.0, 5.0, 6.0]);
        let (taken, product) = (table.gather_columns(&[2, 0, 2]), table.matmul(tape.one_hot(3, &[2, 0, 2])));
        assert_eq!(taken.value(), product.value());
        assert_eq!(tape.backward(taken.sum()).of(table), dmatrix![1.0, 0.0, 2.0; 1.0, 0.0, 2.0]);
        assert_eq!(tape.backward(product.sum()).of(table), dmatrix![1.0, 0.0, 2.0; 1.0, 0.0, 2.0]);
    }

    #[test]
    #[should_panic(expected = "gather_columns: column 3 of 3; inputs are [(2, 3)]")]
    fn a_column_that_is_not_there_is_refused() {
        Tape::<f64>::new().zeros(2, 3).gather_columns(&[0, 3]);
    }

    #[test]
    #[should_panic(expected = "one_hot: index 3 with 3 rows")]
    fn an_index_that_is_no_row_is_refused() {
        Tape::<f64>::new().one_hot(3, &[3]);
    }
}
