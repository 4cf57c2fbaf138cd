use nalgebra::DMatrix;

use super::{along, eps, leaves, re};
use crate::{Dual, Program, Real, Tape};

/// (f(x), J u), both in the shape of f(x): the derivative of f along u, which has one direction for each input, in its
/// shape. One run over dual numbers; no sweep.
///
/// Forward mode sees the values alone, so [`detach`](crate::Var::detach), [`scale_grad`](crate::Var::scale_grad) and
/// [`hook`](crate::Var::hook), which change what the reverse sweep carries, do not show.
///
/// ```
/// use autograd::{differential::jvp, program};
/// use nalgebra::dmatrix;
///
/// let f = program(|x| x[0] * x[1]);
/// let (value, change) = jvp(&f, &[dmatrix![2.0], dmatrix![5.0]], &[dmatrix![1.0], dmatrix![0.1]]);
/// assert_eq!((value, change), (dmatrix![10.0], dmatrix![5.2]));
/// ```
///
/// # Panics
/// If x has no matrix, or u has not its shapes.
#[track_caller]
pub fn jvp<F: Real>(
    f: &(impl Program<Dual<F>> + ?Sized),
    x: &[DMatrix<F>],
    u: &[DMatrix<F>],
) -> (DMatrix<F>, DMatrix<F>) {
    let tape = Tape::new();
    let inputs = leaves("jvp", &tape, &along("jvp", x, u));
    let y = f.run(&inputs).value();
    (re(&y), eps(&y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program;
    use nalgebra::dmatrix;

    #[test]
    fn a_linear_map_moves_along_its_image_of_the_direction() {
        let a = dmatrix![1.0, 2.0, 3.0; 4.0, 5.0, 6.0];
        let constant = a.map(|a| Dual::new(a, 0.0));
        let f = program(|x| x[0].tape().constant(&constant).matmul(x[0]));
        let (x, u) = ([dmatrix![1.0; 0.5; -1.0]], [dmatrix![2.0; -3.0; 0.25]]);
        assert_eq!(jvp(&f, &x, &u), (&a * &x[0], &a * &u[0]));
    }

    #[test]
    fn elementwise_functions_move_by_their_derivative() {
        let (x, u) = (dmatrix![-0.5, 0.0, 2.0], dmatrix![1.0, 3.0, -2.0]);
        let (value, change) = jvp(&program(|x| x[0].tanh()), std::slice::from_ref(&x), std::slice::from_ref(&u));
        assert!((value - x.map(f64::tanh)).amax() < 1e-15);
        assert!((change - x.zip_map(&u, |x, u| u / x.cosh().powi(2))).amax() < 1e-15);
    }

    #[test]
    #[should_panic(
        expected = "jvp: the direction has not the shapes of the inputs; inputs are [(1, 2)], directions [(2, 1)]"
    )]
    fn a_direction_of_another_shape_is_refused() {
        jvp(&program(|x| x[0]), &[dmatrix![1.0, 2.0]], &[dmatrix![1.0; 2.0]]);
    }
}
