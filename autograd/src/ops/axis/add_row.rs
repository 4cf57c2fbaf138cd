//! Y = X + 1 r: the row r on every row, rⱼ on all of column j.  X, Y (m×n), r (1×n).  dX += dY, dr += 1ᵀ dY.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct AddRow;

impl<T: Scalar> Op<T> for AddRow {
    fn name(&self) -> &'static str {
        "add_row"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((rows, columns), row) = (inputs[0], inputs[1]);
        if row == (1, columns) { Ok((rows, columns)) } else { Err(format!("the row must be 1 × {columns}")) }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (x, r, rows) = (as_slice(&inputs[0]), as_slice(&inputs[1]), inputs[0].nrows().max(1));
        for ((y, x), &r) in as_mut_slice(&mut out).chunks_exact_mut(rows).zip(x.chunks_exact(rows)).zip(r) {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = x + r;
            }
        }
    }

    fn backward(
        &self,
        _: &[DMatrixView<'_, T>],
        _: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        _: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        let (entries, rows) = (as_slice(&dy), dy.nrows().max(1));
        if let Some(mut dx) = sink.grad(0) {
            for (dx, &dy) in as_mut_slice(&mut dx).iter_mut().zip(entries) {
                *dx += dy; // dX += dY
            }
        }
        if let Some(mut dr) = sink.grad(1) {
            for (dr, dy) in as_mut_slice(&mut dr).iter_mut().zip(entries.chunks_exact(rows)) {
                *dr += dy.iter().copied().sum(); // dr += 1ᵀ dY
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Adds the row `row` (1×n) to every row: its entry j to all of column j.
    ///
    /// # Panics
    /// If `row` is not 1×n.
    #[track_caller]
    pub fn add_row(self, row: Self) -> Self {
        self.tape().record(AddRow, &[self, row])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::new(AddRow, |m, _, n| vec![matrix(m, n), matrix(1, n)], |x| x[0].add_row(x[1]))
                .refuses(|t| t.zeros(2, 3).add_row(t.zeros(1, 2)))
                .refuses(|t| t.zeros(2, 3).add_row(t.zeros(3, 1))),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_value_is_the_equations() {
        let tape = crate::Tape::<f64>::new();
        let x = tape.leaf(&nalgebra::dmatrix![1.0, 2.0; 3.0, 4.0]);
        let y = x.add_row(tape.leaf(&nalgebra::dmatrix![10.0, 20.0]));
        assert_eq!(y.value(), nalgebra::dmatrix![11.0, 22.0; 13.0, 24.0]);
    }

    #[test]
    #[should_panic(expected = "add_row: the row must be 1 × 2; inputs are [(3, 2), (3, 2)]")]
    fn a_misfit_names_both_shapes() {
        let tape = crate::Tape::<f64>::new();
        tape.zeros(3, 2).add_row(tape.zeros(3, 2));
    }
}
