use std::sync::Arc;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = X ∘ M / (1 − p), entry by entry, with a given mask M of zeros and ones.  X, Y (m×n).  dX += dY ∘ M / (1 − p).
///
/// "Inverted" dropout: what stays is scaled up here, so that a mask which keeps each entry with probability 1 − p makes
/// E Y = X, and evaluation needs no dropout and no scale. The mask is the caller's, drawn where the caller's seeds are;
/// the same `Arc` at every step is the dropout of Gal & Ghahramani (2016). A dropped entry is 0 whatever it was.
#[derive(Clone, Debug)]
pub struct Dropout {
    /// M, column after column: whether the entry stays.
    pub keep: Arc<[bool]>,
    /// p, the probability with which the mask drops an entry.
    pub p: f64,
}

impl<T: Scalar> Op<T> for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (rows, columns) = inputs[0];
        if self.keep.len() != rows * columns {
            return Err(format!("{} entries need as many in the mask, not {}", rows * columns, self.keep.len()));
        }
        if (0.0..1.0).contains(&self.p) { Ok(inputs[0]) } else { Err(format!("p is {}, not in [0, 1)", self.p)) }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let scale = T::from_f64(1.0 / (1.0 - self.p));
        for ((y, &x), &keep) in as_mut_slice(&mut out).iter_mut().zip(as_slice(&inputs[0])).zip(&*self.keep) {
            *y = if keep { x * scale } else { T::zero() };
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        let scale = T::from_f64(1.0 / (1.0 - self.p));
        if let Some(mut dx) = sink.grad(0) {
            for ((dx, &dy), &keep) in as_mut_slice(&mut dx).iter_mut().zip(as_slice(&dy)).zip(&*self.keep) {
                if keep {
                    *dx += dy * scale; // dX += dY ∘ M / (1 − p)
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Zero where `keep` (one for each entry, column after column) says false, else the entry times 1 / (1 − `p`).
    ///
    /// # Panics
    /// If the mask has not one flag for each entry, or `p` is not in [0, 1).
    #[track_caller]
    pub fn dropout(self, keep: Arc<[bool]>, p: f64) -> Self {
        self.tape().record(Dropout { keep, p }, &[self])
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
        let row = |keep: &[bool], m, n| {
            let keep: Arc<[bool]> = keep.into();
            let op = Dropout { keep: keep.clone(), p: 0.3 };
            Row::new(op, move |_, _, _| vec![matrix(m, n)], move |x| x[0].dropout(keep.clone(), 0.3))
        };
        let six = [true, false, false, true, true, false];
        vec![
            row(&six, 2, 3)
                .refuses(|t| t.zeros(2, 2).dropout([true; 3].into(), 0.5))
                .refuses(|t| t.zeros(1, 1).dropout([true].into(), 1.0))
                .refuses(|t| t.zeros(1, 1).dropout([true].into(), f64::NAN)),
            row(&six, 3, 2),
            row(&[true], 1, 1),
            row(&[], 3, 0),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn what_stays_is_scaled_and_what_goes_does_not_matter() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![1.0, f64::NAN; 2.0, 4.0]);
        let y = x.dropout([true, true, false, true].into(), 0.5);
        assert_eq!(y.value(), dmatrix![2.0, 0.0; 4.0, 8.0]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![2.0, 0.0; 2.0, 2.0]);
        assert_eq!(tape.zeros(3, 0).dropout([].into(), 0.5).shape(), (3, 0));
    }

    #[test]
    #[should_panic(expected = "dropout: 4 entries need as many in the mask, not 3; inputs are [(2, 2)]")]
    fn a_mask_of_another_size_is_refused() {
        Tape::<f64>::new().zeros(2, 2).dropout([true; 3].into(), 0.5);
    }

    #[test]
    #[should_panic(expected = "dropout: p is 1, not in [0, 1)")]
    fn dropping_everything_is_refused() {
        Tape::<f64>::new().zeros(1, 1).dropout([false].into(), 1.0);
    }
}
