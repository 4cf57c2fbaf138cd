use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Sink, Var};

/// Y = max(A, B) or min(A, B), entry by entry.  A, B, Y (m×n).  dA += dY where Y is A's entry, dB += dY elsewhere; a tie
/// is A's, its gradient whole.
#[derive(Clone, Debug)]
pub enum Extremum {
    /// The greater one.
    Maximum,
    /// The lesser one.
    Minimum,
}

impl Extremum {
    /// Whether Y is b. If either is NaN, so is Y.
    fn second<T: Scalar>(&self, a: T, b: T) -> bool {
        let (a, b) = (a.re(), b.re());
        let beyond = match self {
            Self::Maximum => b > a,
            Self::Minimum => b < a,
        };
        beyond || b.is_nan()
    }
}

impl<T: Scalar> Op<T> for Extremum {
    fn name(&self) -> &'static str {
        match self {
            Self::Maximum => "maximum",
            Self::Minimum => "minimum",
        }
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        for ((y, &a), &b) in as_mut_slice(&mut out).iter_mut().zip(a).zip(b) {
            *y = if self.second(a, b) { b } else { a };
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        let pairs = || as_slice(&inputs[0]).iter().zip(as_slice(&inputs[1]));
        for k in 0..2 {
            let Some(mut grad) = sink.grad(k) else { continue };
            for ((grad, &dy), (&a, &b)) in as_mut_slice(&mut grad).iter_mut().zip(as_slice(&dy)).zip(pairs()) {
                if self.second(a, b) == (k == 1) {
                    *grad += dy; // dA += dY where Y is A's, dB += dY where it is B's
                }
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The greater number, entry by entry; of equal ones, `self` gets the gradient. NaN if either is.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn maximum(self, other: Self) -> Self {
        self.tape().record(Extremum::Maximum, &[self, other])
    }

    /// The lesser number, entry by entry; of equal ones, `self` gets the gradient. NaN if either is.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn minimum(self, other: Self) -> Self {
        self.tape().record(Extremum::Minimum, &[self, other])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::{away_from, matrix, matrix_of};
    use crate::{Dual, Tape};
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let inputs = |m, _, n| {
            let gap = matrix_of(away_from(0.0, 1e-3, 2.0), m, n);
            (matrix(m, n), gap).prop_map(|(a, gap)| vec![a.clone(), a + gap])
        };
        vec![
            Row::new(Extremum::Maximum, inputs, |x| x[0].maximum(x[1]))
                .refuses(|t| t.zeros(2, 3).maximum(t.zeros(3, 2))),
            Row::new(Extremum::Minimum, inputs, |x| x[0].minimum(x[1]))
                .refuses(|t| t.zeros(2, 3).minimum(t.zeros(3, 2))),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn ties_are_the_firsts_and_nan_stays_on_either_side() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(&dmatrix![1.0, 2.0, 3.0]), tape.leaf(&dmatrix![1.0, 3.0, 2.0]));
        let (largest, least) = (a.maximum(b), a.minimum(b));
        assert_eq!((largest.value(), least.value()), (dmatrix![1.0, 3.0, 3.0], dmatrix![1.0, 2.0, 2.0]));
        let gradients = tape.backward(largest.sum());
        assert_eq!(gradients.of(a), dmatrix![1.0, 0.0, 1.0]);
        assert_eq!(gradients.of(b), dmatrix![0.0, 1.0, 0.0]);
        assert_eq!(tape.backward(least.sum()).of(a), dmatrix![1.0, 1.0, 0.0]);
        let (nan, one) = (tape.leaf(&dmatrix![f64::NAN]), tape.leaf(&dmatrix![1.0]));
        for y in [nan.maximum(one), one.maximum(nan), nan.minimum(one), one.minimum(nan)] {
            assert!(y.item().is_nan());
        }

        let tape = Tape::new();
        let (a, b) = (tape.leaf(&dmatrix![Dual::new(1.0, 2.0)]), tape.leaf(&dmatrix![Dual::new(1.0, 5.0)]));
        assert_eq!((a.maximum(b).item(), a.minimum(b).item()), (Dual::new(1.0, 2.0), Dual::new(1.0, 2.0)));
    }
}
