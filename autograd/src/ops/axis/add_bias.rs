//! Y = X + b 1ᵀ: the column b on every column.  X, Y (m×n), b (m×1).  dX += dY, db += dY 1.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice, loops};
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct AddBias;

impl<T: Scalar> Op<T> for AddBias {
    fn name(&self) -> &'static str {
        "add_bias"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((rows, columns), bias) = (inputs[0], inputs[1]);
        if bias == (rows, 1) { Ok((rows, columns)) } else { Err(format!("the bias must be {rows} × 1")) }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (x, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        let rows = b.len().max(1);
        for (y, x) in as_mut_slice(&mut out).chunks_exact_mut(rows).zip(x.chunks_exact(rows)) {
            loops::sum(y, x, b);
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
        sink.pass_on(&[0]); // dX += dY
        sink.sum_columns(1, dy); // db += dY 1
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Adds the column `bias` (m×1) to every column.
    ///
    /// # Panics
    /// If `bias` is not m×1.
    #[track_caller]
    pub fn add_bias(self, bias: Self) -> Self {
        self.tape().record(AddBias, &[self, bias])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::new(AddBias, |m, _, n| vec![matrix(m, n), matrix(m, 1)], |x| x[0].add_bias(x[1]))
                .refuses(|t| t.zeros(2, 3).add_bias(t.zeros(3, 1)))
                .refuses(|t| t.zeros(2, 3).add_bias(t.zeros(2, 3))),
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
        let y = x.add_bias(tape.leaf(&nalgebra::dmatrix![10.0; 20.0]));
        assert_eq!(y.value(), nalgebra::dmatrix![11.0, 12.0; 23.0, 24.0]);
    }

    #[test]
    #[should_panic(expected = "add_bias: the bias must be 3 × 1; inputs are [(3, 2), (3, 2)]")]
    fn a_misfit_names_both_shapes() {
        let tape = crate::Tape::<f64>::new();
        tape.zeros(3, 2).add_bias(tape.zeros(3, 2));
    }
}
