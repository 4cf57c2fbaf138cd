//! y = maxᵢⱼ Xᵢⱼ.  X (m×n), y (1×1).  dX += dy at the first entry that is the maximum, counted down the columns, and
//! 0 elsewhere: a tie goes to the first.  A NaN among the entries is the maximum.  The maximum of nothing is refused.
//!
//! Nothing is saved: backward finds the entry as forward did.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Op, Reads, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct Max;

/// Where the largest of some numbers stands, the first of equals, and the first NaN before any number.
///
/// It compares real parts, so that dual numbers choose as others do.
///
/// # Panics
/// If there are none.
pub(in crate::ops) fn first_largest<T: Scalar>(x: impl IntoIterator<Item = T>) -> usize {
    let numbers = x.into_iter().map(T::re).enumerate();
    let larger = |(i, m): (usize, f64), (j, x): (usize, f64)| {
        if x > m || (x.is_nan() && !m.is_nan()) { (j, x) } else { (i, m) }
    };
    numbers.reduce(larger).expect("the largest of some numbers").0
}

impl<T: Scalar> Op<T> for Max {
    fn name(&self) -> &'static str {
        "max"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if inputs[0].0 * inputs[0].1 == 0 { Err("the maximum of no numbers".into()) } else { Ok((1, 1)) }
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let x = as_slice(&inputs[0]);
        out[(0, 0)] = x[first_largest(x.iter().copied())];
    }

    fn backward(
        &self,
        inputs: &[DMatrixView<'_, T>],
        _: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        _: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        if let Some(mut dx) = sink.grad(0) {
            let largest = first_largest(as_slice(&inputs[0]).iter().copied());
            as_mut_slice(&mut dx)[largest] += dy[(0, 0)]; // dX[argmax] += dy
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The largest entry, 1×1. Its gradient goes to the first entry that is the largest.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn max(self) -> Self {
        self.tape().record(Max, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify, distinct};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::new(Max, |m, _, n| vec![distinct(m, n)], |x| x[0].max()).refuses_nothing(|t| t.zeros(3, 0).max())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn a_tie_goes_to_the_first_and_nan_wins() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![1.0, 3.0; 3.0, 3.0]);
        assert_eq!(tape.backward(x.max()).of(x), dmatrix![0.0, 0.0; 1.0, 0.0]);
        for x in [dmatrix![f64::NAN, 2.0], dmatrix![2.0, f64::NAN]] {
            assert!(tape.leaf(&x).max().item().is_nan());
        }
    }

    #[test]
    #[should_panic(expected = "max: the maximum of no numbers; inputs are [(3, 0)]")]
    fn the_maximum_of_nothing_is_refused() {
        Tape::<f64>::new().zeros(3, 0).max();
    }
}
