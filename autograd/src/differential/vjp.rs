use nalgebra::DMatrix;

use super::{leaves, owned};
use crate::{Gradients, Program, Scalar, Tape};

/// (f(x), Jᵀ v): how Σ ⟨v, f⟩ changes with each input, in its shape; v has the shape of f(x). One reverse sweep.
///
/// ```
/// use autograd::{differential::vjp, program};
/// use nalgebra::dmatrix;
///
/// let f = program(|x| x[0] * x[0]);
/// let (value, back) = vjp(&f, &[dmatrix![1.0, 2.0]], &dmatrix![1.0, 10.0]);
/// assert_eq!((value, &back[0]), (dmatrix![1.0, 4.0], &dmatrix![2.0, 40.0]));
/// ```
///
/// # Panics
/// If x has no matrix or v has not the shape of f(x).
#[track_caller]
pub fn vjp<T: Scalar>(
    f: &(impl Program<T> + ?Sized),
    x: &[DMatrix<T>],
    v: &DMatrix<T>,
) -> (DMatrix<T>, Vec<DMatrix<T>>) {
    let tape = Tape::new();
    let inputs = leaves("vjp", &tape, x);
    let y = f.run(&inputs);
    assert!(y.shape() == v.shape(), "vjp: {} is {:?} but its weights {:?}", f.name(), y.shape(), v.shape());
    let mut gradients = Gradients::new();
    tape.vjp(&[(y, v)], &mut gradients);
    (y.value(), owned(&gradients, &inputs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program;
    use nalgebra::dmatrix;

    #[test]
    fn a_linear_map_is_pulled_back_by_its_transpose() {
        let a = dmatrix![1.0, 2.0, 3.0; 4.0, 5.0, 6.0];
        let f = program(|x| x[0].tape().constant(&a).matmul(x[0]));
        let (x, v) = (dmatrix![1.0; 0.5; -1.0], dmatrix![2.0; -3.0]);
        assert_eq!(vjp(&f, std::slice::from_ref(&x), &v), (&a * &x, vec![a.transpose() * v]));
    }

    #[test]
    #[should_panic(expected = "is (1, 1) but its weights (1, 2)")]
    fn weights_of_another_shape_are_refused() {
        vjp(&program(|x| x[0].sum()), &[dmatrix![1.0, 2.0]], &dmatrix![1.0, 2.0]);
    }
}
