use std::sync::Arc;

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var, same_shape};

/// Y = A where the mask is true, else B, entry by entry.  A, B, Y (m×n), mask (m×n, constant).  dA += dY where it is true,
/// dB += dY elsewhere.
///
/// Selected, not M ∘ A + (1 − M) ∘ B: a NaN or ∞ that is not selected reaches neither Y nor a gradient.
#[derive(Clone, Debug)]
pub struct Select(pub Arc<DMatrix<bool>>);

impl<T: Scalar> Op<T> for Select {
    fn name(&self) -> &'static str {
        "select"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (shape, (rows, columns)) = (same_shape(inputs)?, self.0.shape());
        if shape == (rows, columns) { Ok(shape) } else { Err(format!("the mask is {rows} × {columns}")) }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        for (((y, &a), &b), &mask) in as_mut_slice(&mut out).iter_mut().zip(a).zip(b).zip(self.0.as_slice()) {
            *y = if mask { a } else { b };
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        for (k, chosen) in [(0, true), (1, false)] {
            let Some(mut grad) = sink.grad(k) else { continue };
            for ((grad, &dy), &mask) in as_mut_slice(&mut grad).iter_mut().zip(as_slice(&dy)).zip(self.0.as_slice()) {
                if mask == chosen {
                    *grad += dy; // dA += dY where the mask is true, dB += dY where it is false
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// `self` where `mask` is true, else `other`, entry by entry. An `Arc` of a mask is shared, not copied.
    ///
    /// # Panics
    /// If the three shapes differ.
    #[track_caller]
    pub fn select(self, mask: impl Into<Arc<DMatrix<bool>>>, other: Self) -> Self {
        self.tape().record(Select(mask.into()), &[self, other])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let row = |mask: DMatrix<bool>| {
            let (m, n) = mask.shape();
            let mask = Arc::new(mask);
            let op = Select(mask.clone());
            Row::new(op, move |_, _, _| vec![matrix(m, n), matrix(m, n)], move |x| x[0].select(mask.clone(), x[1]))
        };
        vec![
            row(dmatrix![true, false, true; false, false, true])
                .refuses(|t| t.zeros(1, 2).select(dmatrix![true, true], t.zeros(2, 1)))
                .refuses(|t| t.zeros(1, 2).select(dmatrix![true; false], t.zeros(1, 2))),
            row(dmatrix![true]),
            row(DMatrix::from_element(2, 0, true)),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn what_is_not_selected_does_not_matter() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(&dmatrix![1.0, f64::NAN]), tape.leaf(&dmatrix![f64::INFINITY, 2.0]));
        let y = a.select(dmatrix![true, false], b);
        assert_eq!(y.value(), dmatrix![1.0, 2.0]);
        let gradients = tape.backward(y.sum());
        assert_eq!(gradients.of(a), dmatrix![1.0, 0.0]);
        assert_eq!(gradients.of(b), dmatrix![0.0, 1.0]);
    }

    #[test]
    #[should_panic(expected = "select: the mask is 2 × 1; inputs are [(1, 2), (1, 2)]")]
    fn a_mask_of_another_shape_is_refused() {
        let tape = Tape::<f64>::new();
        let _ = tape.zeros(1, 2).select(dmatrix![true; false], tape.zeros(1, 2));
    }
}
