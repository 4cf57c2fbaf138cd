use nalgebra::DMatrix;

use super::{leaves, number, owned};
use crate::{Program, Scalar, Tape};

/// (f(x), ∇f(x)) for f: matrices → ℝ: the gradient has a matrix in the shape of every input. One reverse sweep, whatever the
/// number of entries of x.
///
/// ```
/// use autograd::{differential::value_and_grad, program};
/// use nalgebra::dmatrix;
///
/// let f = program(|x| x[0].matmul(x[1]).sum()); // Σ (W X)
/// let (value, gradient) = value_and_grad(&f, &[dmatrix![1.0, 2.0], dmatrix![3.0; 4.0]]);
/// assert_eq!(value, 11.0);
/// assert_eq!(gradient, [dmatrix![3.0, 4.0], dmatrix![1.0; 2.0]]);
/// ```
///
/// # Panics
/// If x has no matrix or f(x) is not 1×1.
#[track_caller]
pub fn value_and_grad<T: Scalar>(f: &(impl Program<T> + ?Sized), x: &[DMatrix<T>]) -> (T, Vec<DMatrix<T>>) {
    let tape = Tape::new();
    let inputs = leaves("value_and_grad", &tape, x);
    let y = number("value_and_grad", f, &inputs);
    (y.item(), owned(&tape.backward(y), &inputs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Var, program};
    use nalgebra::dmatrix;

    #[test]
    fn the_gradient_of_a_quadratic_form_is_a_plus_its_transpose_times_x() {
        let (a, x) = (dmatrix![2.0f64, -1.0, 0.5; 3.0, 0.0, 1.0; -2.0, 4.0, 1.5], dmatrix![0.5; -1.0; 2.0]);
        // xᵀ A x, written as Σ x ∘ (A x)
        let f = program(|v| (v[1] * v[0].matmul(v[1])).sum());
        let (value, gradient) = value_and_grad(&f, &[a.clone(), x.clone()]);
        assert!((value - (x.transpose() * &a * &x)[0]).abs() < 1e-14);
        assert!((&gradient[1] - (&a + a.transpose()) * &x).amax() < 1e-14);
        assert!((&gradient[0] - &x * x.transpose()).amax() < 1e-14);
    }

    fn first<'t>(x: &[Var<'t, f64>]) -> Var<'t, f64> {
        x[0]
    }

    #[test]
    fn an_input_without_influence_has_gradient_zero() {
        assert_eq!(value_and_grad(&first, &[dmatrix![2.0], dmatrix![3.0, 4.0]]).1, [dmatrix![1.0], dmatrix![0.0, 0.0]]);
    }

    #[test]
    #[should_panic(expected = "first is 1 × 2, not 1 × 1")]
    fn a_function_that_is_no_number_is_refused() {
        value_and_grad(&first, &[dmatrix![1.0, 2.0]]);
    }

    #[test]
    #[should_panic(expected = "value_and_grad: a program has at least one input")]
    fn no_inputs_are_refused() {
        value_and_grad(&first, &[]);
    }
}
