use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice, largest_of};
use crate::{Known, Op, Scalar, Shape, Sink, Var};

/// y = ‖X‖ = √(Σᵢⱼ Xᵢⱼ²), the Frobenius norm.  X (m×n), y (1×1).  dX += dy X / y; at X = 0, where it has no derivative, 0.
///
/// The entries are divided by the largest one before they are squared, so that no square overflows or vanishes. X / y keeps
/// its digits where y itself cannot: beyond the largest number, and among the subnormal ones.
#[derive(Clone, Debug)]
pub struct Norm;

/// max |X| and ‖X‖ / max |X|. Where the largest entry is 0, ∞ or NaN, so is their product.
fn scaled<T: Scalar>(x: &[T]) -> (T::Wide, T::Wide) {
    let largest = largest_of(x);
    let unit = T::Wide::from_f64(largest);
    if largest == 0.0 || !largest.is_finite() {
        return (unit, T::one().wide());
    }
    (unit, x.iter().map(|x| x.wide() / unit).map(|x| x * x).sum::<T::Wide>().sqrt())
}

impl<T: Scalar> Op<T> for Norm {
    fn name(&self) -> &'static str {
        "norm"
    }

    fn output_shape(&self, _: &[Shape]) -> Result<Shape, String> {
        Ok((1, 1))
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (unit, ratio) = scaled(as_slice(&inputs[0]));
        out[(0, 0)] = T::narrow(unit * ratio);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, y, dy, .. } = known;
        let (y, dy) = (y[(0, 0)], dy[(0, 0)]);
        if let Some(mut dx) = sink.grad(0).filter(|_| y.re() != 0.0) {
            let x = as_slice(&inputs[0]);
            let scaled = (!(1e-30..1e300).contains(&y.re())).then(|| scaled(x));
            for (dx, &x) in as_mut_slice(&mut dx).iter_mut().zip(x) {
                let direction = match scaled {
                    None => x / y,
                    Some((unit, ratio)) => T::narrow(x.wide() / unit / ratio),
                };
                *dx += dy.through(direction); // dX += dy X / y
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The Frobenius norm, 1×1: the square root of the sum of all squares. Its gradient at 0 is 0.
    #[track_caller]
    pub fn norm(self) -> Self {
        self.tape().record(Norm, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::away_from;
    use nalgebra::{DMatrix, dmatrix};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Norm, away_from(0.0, 0.3, 2.0), |x| x[0].norm())]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn no_square_overflows_or_vanishes() {
        for size in [1e-40f32, 1e-25, 1.0, 1e25, 1e37] {
            let tape = Tape::<f32>::new();
            let x = tape.leaf(&dmatrix![3.0 * size; -4.0 * size]);
            let y = x.norm();
            assert!((y.item() / (5.0 * size) - 1.0).abs() < 1e-4, "{size}");
            assert!((tape.backward(y).of(x) - dmatrix![0.6; -0.8]).amax() < 1e-4, "{size}");
        }
    }

    #[test]
    fn the_gradient_is_a_unit_vector_at_both_ends_of_the_range() {
        for size in [5e-324, 1e-310, 1e-200, 1e200, 1.5e308] {
            let tape = Tape::<f64>::new();
            let x = tape.leaf(&dmatrix![size; -size]);
            let y = x.norm();
            assert!((tape.backward(y).of(x) - dmatrix![1.0; -1.0] * 0.5f64.sqrt()).amax() < 1e-15, "{size}");
        }
        for size in [1e-45f32, 3e38] {
            let tape = Tape::<f32>::new();
            let x = tape.leaf(&dmatrix![size; -size]);
            assert!((tape.backward(x.norm()).of(x) - dmatrix![1.0; -1.0] * 0.5f32.sqrt()).amax() < 1e-7, "{size}");
        }
    }

    #[test]
    fn the_gradient_at_zero_is_zero_and_nan_and_infinity_stay() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![0.0; 0.0]);
        let y = x.norm();
        assert_eq!((y.item(), tape.backward(y).of(x).amax()), (0.0, 0.0));
        assert_eq!(tape.zeros(0, 3).norm().value(), dmatrix![0.0]);
        assert_eq!(tape.leaf(&dmatrix![f64::NEG_INFINITY; 1.0]).norm().value(), dmatrix![f64::INFINITY]);
        for pair in [[f64::NAN, f64::INFINITY], [1.0, f64::NAN], [f64::NAN, 1.0]] {
            assert!(tape.leaf(&DMatrix::from_row_slice(1, 2, &pair)).norm().item().is_nan());
        }
    }
}
