use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{NARROW, Operand, as_mut_slice, as_slice, narrow_affine};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = W X + b, b on every column.  W (m×k), X (k×n), b (m×1), Y (m×n).  dW += dY Xᵀ, dX += Wᵀ dY, db += dY 1.
///
/// `matmul` and `add_bias` in one, for less: the product is added to the bias in place.
/// As in [`Matmul`](super::Matmul), 0 · ∞ is NaN in its gradients.
#[derive(Clone, Debug)]
pub struct Affine;

impl<T: Scalar> Op<T> for Affine {
    fn name(&self) -> &'static str {
        "affine"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((m, k), (rows, n), bias) = (inputs[0], inputs[1], inputs[2]);
        if k != rows {
            Err(format!("the weight has {k} columns but the input has {rows} rows"))
        } else if bias != (m, 1) {
            Err(format!("the bias must be {m} × 1"))
        } else {
            Ok((m, n))
        }
    }

    fn reads(&self) -> Reads {
        Reads::only([true, true, false, false])
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let b = as_slice(&inputs[2]);
        if inputs[0].ncols() <= NARROW {
            return narrow_affine(as_slice(&inputs[0]), as_slice(&inputs[1]), b, as_mut_slice(&mut out));
        }
        for y in as_mut_slice(&mut out).chunks_exact_mut(b.len().max(1)) {
            y.copy_from_slice(b);
        }
        let (w, x) = (Operand::plain(inputs[0]), Operand::plain(inputs[1]));
        T::gemm(T::one(), w, x, T::one(), &mut out); // Y = W X + b
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        sink.outer(0, 1); // dW += dY Xᵀ
        sink.pass_back(1, 0, dy); // dX += Wᵀ dY
        sink.sum_columns(2, dy); // db += dY 1
    }
}

impl<T: Scalar> Var<'_, T> {
    /// `self · x + b`, the bias b (m×1) on every column.
    ///
    /// # Panics
    /// If `self` has not as many columns as `x` has rows, or b is not m×1.
    #[track_caller]
    pub fn affine(self, x: Self, b: Self) -> Self {
        self.tape().record(Affine, &[self, x, b])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let inputs = |m, k, n| vec![matrix(m, k), matrix(k, n), matrix(m, 1)];
        // A narrow weight, and one of any width.
        let wide = move |m, k, n| inputs(m, k + NARROW, n);
        vec![
            Row::new(Affine, wide, |x| x[0].affine(x[1], x[2])),
            Row::new(Affine, inputs, |x| x[0].affine(x[1], x[2]))
                .refuses(|t| t.zeros(2, 3).affine(t.zeros(2, 3), t.zeros(2, 1)))
                .refuses(|t| t.zeros(2, 3).affine(t.zeros(3, 4), t.zeros(3, 1)))
                .refuses(|t| t.zeros(2, 3).affine(t.zeros(3, 4), t.zeros(2, 4))),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_is_the_product_and_the_bias() {
        let tape = crate::Tape::<f64>::new();
        let (w, x) = (tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]), tape.leaf(&dmatrix![1.0, 0.5; -1.0, 2.0]));
        let b = tape.leaf(&dmatrix![10.0; 20.0]);
        assert_eq!(w.affine(x, b).value(), dmatrix![9.0, 14.5; 19.0, 29.5]);
    }
}
