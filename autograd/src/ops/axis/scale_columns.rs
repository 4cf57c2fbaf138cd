//! Y = X diag(s): column j times sⱼ.  X, Y (m×n), s (1×n).  dX += dY diag(s), dsⱼ += Σᵢ Xᵢⱼ dYᵢⱼ.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct ScaleColumns;

impl<T: Scalar> Op<T> for ScaleColumns {
    fn name(&self) -> &'static str {
        "scale_columns"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((rows, columns), factors) = (inputs[0], inputs[1]);
        if factors == (1, columns) { Ok((rows, columns)) } else { Err(format!("the factors must be 1 × {columns}")) }
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (x, s, rows) = (as_slice(&inputs[0]), as_slice(&inputs[1]), inputs[0].nrows().max(1));
        for ((y, x), &s) in as_mut_slice(&mut out).chunks_exact_mut(rows).zip(x.chunks_exact(rows)).zip(s) {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = x * s;
            }
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
        let (x, s, rows) = (as_slice(&inputs[0]), as_slice(&inputs[1]), dy.nrows().max(1));
        let dy = as_slice(&dy).chunks_exact(rows);
        if let Some(mut dx) = sink.grad(0) {
            for ((dx, dy), &s) in as_mut_slice(&mut dx).chunks_exact_mut(rows).zip(dy.clone()).zip(s) {
                for (dx, &dy) in dx.iter_mut().zip(dy) {
                    *dx += dy * s; // dX += dY diag(s)
                }
            }
        }
        if let Some(mut ds) = sink.grad(1) {
            for ((ds, dy), x) in as_mut_slice(&mut ds).iter_mut().zip(dy).zip(x.chunks_exact(rows)) {
                *ds += x.iter().zip(dy).map(|(&x, &dy)| x * dy).sum(); // dsⱼ += Σᵢ Xᵢⱼ dYᵢⱼ
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Multiplies each column by its entry of the row `factors` (1×n).
    ///
    /// # Panics
    /// If `factors` is not 1×n.
    #[track_caller]
    pub fn scale_columns(self, factors: Self) -> Self {
        self.tape().record(ScaleColumns, &[self, factors])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::new(ScaleColumns, |m, _, n| vec![matrix(m, n), matrix(1, n)], |x| x[0].scale_columns(x[1]))
                .refuses(|t| t.zeros(2, 3).scale_columns(t.zeros(1, 2)))
                .refuses(|t| t.zeros(2, 3).scale_columns(t.zeros(2, 3))),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn columns_without_rows_are_left_alone() {
        let tape = crate::Tape::<f64>::new();
        let s = tape.leaf(&nalgebra::dmatrix![1.0, 2.0]);
        let y = tape.zeros(0, 2).scale_columns(s).sum();
        assert_eq!(tape.backward(y).of(s), nalgebra::dmatrix![0.0, 0.0]);
    }

    #[test]
    fn the_value_is_the_equations() {
        let tape = crate::Tape::<f64>::new();
        let x = tape.leaf(&nalgebra::dmatrix![1.0, 2.0; 3.0, 4.0]);
        let y = x.scale_columns(tape.leaf(&nalgebra::dmatrix![10.0, 20.0]));
        assert_eq!(y.value(), nalgebra::dmatrix![10.0, 40.0; 30.0, 80.0]);
    }

    #[test]
    #[should_panic(expected = "scale_columns: the factors must be 1 × 2; inputs are [(3, 2), (3, 2)]")]
    fn a_misfit_names_both_shapes() {
        let tape = crate::Tape::<f64>::new();
        tape.zeros(3, 2).scale_columns(tape.zeros(3, 2));
    }
}
