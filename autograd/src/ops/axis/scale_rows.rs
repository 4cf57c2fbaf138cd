//! Y = diag(s) X: row i times sᵢ.  X, Y (m×n), s (m×1).  dX += diag(s) dY, dsᵢ += Σⱼ Xᵢⱼ dYᵢⱼ.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct ScaleRows;

impl<T: Scalar> Op<T> for ScaleRows {
    fn name(&self) -> &'static str {
        "scale_rows"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((rows, columns), factors) = (inputs[0], inputs[1]);
        if factors == (rows, 1) { Ok((rows, columns)) } else { Err(format!("the factors must be {rows} × 1")) }
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (x, s) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        let rows = s.len().max(1);
        for (y, x) in as_mut_slice(&mut out).chunks_exact_mut(rows).zip(x.chunks_exact(rows)) {
            for ((y, &x), &s) in y.iter_mut().zip(x).zip(s) {
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
            for (dx, dy) in as_mut_slice(&mut dx).chunks_exact_mut(rows).zip(dy.clone()) {
                for ((dx, &dy), &s) in dx.iter_mut().zip(dy).zip(s) {
                    *dx += dy * s; // dX += diag(s) dY
                }
            }
        }
        if let Some(mut ds) = sink.grad(1) {
            for (dy, x) in dy.zip(x.chunks_exact(rows)) {
                for ((ds, &dy), &x) in as_mut_slice(&mut ds).iter_mut().zip(dy).zip(x) {
                    *ds += x * dy; // dsᵢ += Σⱼ Xᵢⱼ dYᵢⱼ
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Multiplies each row by its entry of the column `factors` (m×1): a gain per feature.
    ///
    /// # Panics
    /// If `factors` is not m×1.
    #[track_caller]
    pub fn scale_rows(self, factors: Self) -> Self {
        self.tape().record(ScaleRows, &[self, factors])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::new(ScaleRows, |m, _, n| vec![matrix(m, n), matrix(m, 1)], |x| x[0].scale_rows(x[1]))
                .refuses(|t| t.zeros(2, 3).scale_rows(t.zeros(3, 1)))
                .refuses(|t| t.zeros(2, 3).scale_rows(t.zeros(2, 3))),
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
        let y = x.scale_rows(tape.leaf(&nalgebra::dmatrix![10.0; 20.0]));
        assert_eq!(y.value(), nalgebra::dmatrix![10.0, 20.0; 60.0, 80.0]);
    }

    #[test]
    #[should_panic(expected = "scale_rows: the factors must be 3 × 1; inputs are [(3, 2), (3, 2)]")]
    fn a_misfit_names_both_shapes() {
        let tape = crate::Tape::<f64>::new();
        tape.zeros(3, 2).scale_rows(tape.zeros(3, 2));
    }
}
