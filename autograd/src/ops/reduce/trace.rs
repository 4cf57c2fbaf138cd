use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// y = Σᵢ Xᵢᵢ.  X (n×n), y (1×1).  dX += dy I.
#[derive(Clone, Debug)]
pub struct Trace;

impl<T: Scalar> Op<T> for Trace {
    fn name(&self) -> &'static str {
        "trace"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if inputs[0].0 == inputs[0].1 { Ok((1, 1)) } else { Err("the matrix is not square".into()) }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        out[(0, 0)] = T::narrow((0..inputs[0].nrows()).fold(T::zero().wide(), |sum, i| sum + inputs[0][(i, i)].wide()));
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        if let Some(mut dx) = sink.grad(0) {
            for i in 0..dx.nrows() {
                dx[(i, i)] += dy[(0, 0)]; // dX += dy I
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The sum of the diagonal, 1×1.
    ///
    /// # Panics
    /// If the matrix is not square.
    #[track_caller]
    pub fn trace(self) -> Self {
        self.tape().record(Trace, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::new(Trace, |_, _, n| vec![matrix(n, n)], |x| x[0].trace()).refuses(|t| t.zeros(2, 3).trace())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    #[should_panic(expected = "trace: the matrix is not square; inputs are [(2, 3)]")]
    fn a_matrix_that_is_not_square_is_refused() {
        crate::Tape::<f64>::new().zeros(2, 3).trace();
    }
}
