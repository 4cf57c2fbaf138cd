use nalgebra::DMatrix;

use super::{along, eps, leaves, number, owned, re};
use crate::{Dual, Program, Real, Tape};

/// (∇f(x), H u) for f: matrices → ℝ, each with a matrix in the shape of every input; u has one direction for each.
///
/// Forward over reverse: the inputs are x + u ε, and the reverse sweep runs over the same dual numbers, so the gradient it
/// finds is ∇f(x + u ε) = ∇f(x) + H u ε: exact, without a step size, at about three times the cost of a gradient.
///
/// ```
/// use autograd::{differential::hvp, program};
/// use nalgebra::dmatrix;
///
/// let f = program(|x| (x[0] * x[0] * x[0]).sum()); // H = 6 diag(x)
/// let (gradient, hu) = hvp(&f, &[dmatrix![1.0, 2.0]], &[dmatrix![1.0, -1.0]]);
/// assert_eq!((&gradient[0], &hu[0]), (&dmatrix![3.0, 12.0], &dmatrix![6.0, -12.0]));
/// ```
///
/// # Panics
/// If x has no matrix, u has not its shapes, or f(x) is not 1×1.
#[track_caller]
pub fn hvp<F: Real>(
    f: &(impl Program<Dual<F>> + ?Sized),
    x: &[DMatrix<F>],
    u: &[DMatrix<F>],
) -> (Vec<DMatrix<F>>, Vec<DMatrix<F>>) {
    let tape = Tape::new();
    let inputs = leaves("hvp", &tape, &along("hvp", x, u));
    let y = number("hvp", f, &inputs);
    let gradient = owned(&tape.backward(y), &inputs);
    (gradient.iter().map(re).collect(), gradient.iter().map(eps).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differential::value_and_grad;
    use crate::{Scalar, Var, program};
    use nalgebra::dmatrix;

    #[test]
    fn the_hessian_of_a_quadratic_form_is_a_plus_its_transpose() {
        let a = dmatrix![2.0, -1.0, 0.5; 3.0, 0.0, 1.0; -2.0, 4.0, 1.5];
        let constant = a.map(|a| Dual::new(a, 0.0));
        let f = program(|x| (x[0] * x[0].tape().constant(&constant).matmul(x[0])).sum());
        let (x, u) = (dmatrix![0.5; -1.0; 2.0], dmatrix![1.0; 2.0; -3.0]);
        let (gradient, hu) = hvp(&f, std::slice::from_ref(&x), std::slice::from_ref(&u));
        let both = &a + a.transpose();
        assert!((&gradient[0] - &both * x).amax() < 1e-14 && (&hu[0] - both * u).amax() < 1e-14);
    }

    fn net<'t, T: Scalar>(x: &[Var<'t, T>]) -> Var<'t, T> {
        (x[0].matmul(x[1].tanh()).sigmoid() * x[0].matmul(x[1])).mean()
    }

    #[test]
    fn the_gradient_beside_it_is_that_of_the_reverse_sweep() {
        let x = [dmatrix![0.5, -1.0; 0.25, 2.0], dmatrix![0.1; -0.7]];
        let u = [dmatrix![1.0, 0.0; 2.0, -1.0], dmatrix![0.5; 0.5]];
        let (gradient, expected) = (hvp(&net, &x, &u).0, value_and_grad(&net, &x).1);
        assert!(gradient.iter().zip(&expected).all(|(a, b)| (a - b).amax() < 1e-15));
    }

    #[test]
    fn f32_agrees_with_f64() {
        let x = [dmatrix![0.5, -1.0; 0.25, 2.0], dmatrix![0.1; -0.7]];
        let narrow = x.clone().map(|m| m.map(|x| x as f32));
        let (wide, narrow) = (hvp(&net, &x, &x).1, hvp(&net, &narrow, &narrow).1);
        assert!(wide.iter().zip(&narrow).all(|(a, b)| (a - b.map(f64::from)).amax() < 1e-6));
    }
}
