use nalgebra::DMatrix;

use super::leaves;
use crate::{Gradients, Program, Scalar, Tape};

/// J = ∂f/∂x for each input: (entries of f) × (entries of the input), each matrix counted column by column.
///
/// Row i is the gradient of entry i of f: one recording, and a sweep for each entry. For few inputs and a large f, one [`jvp`](super::jvp) for each entry of x is
/// cheaper.
///
/// ```
/// use autograd::{differential::jacobian, program};
/// use nalgebra::dmatrix;
///
/// let f = program(|x| x[0].matmul(x[1]));
/// let j = jacobian(&f, &[dmatrix![1.0, 2.0; 3.0, 4.0], dmatrix![5.0; 6.0]]);
/// assert_eq!(j[0], dmatrix![5.0, 0.0, 6.0, 0.0; 0.0, 5.0, 0.0, 6.0]); // in w₁₁, w₂₁, w₁₂, w₂₂
/// assert_eq!(j[1], dmatrix![1.0, 2.0; 3.0, 4.0]); // W itself
/// ```
///
/// # Panics
/// If x has no matrix.
#[track_caller]
pub fn jacobian<T: Scalar>(f: &(impl Program<T> + ?Sized), x: &[DMatrix<T>]) -> Vec<DMatrix<T>> {
    let tape = Tape::new();
    let inputs = leaves("jacobian", &tape, x);
    let y = f.run(&inputs);
    let (rows, columns) = y.shape();
    let mut blocks: Vec<_> = x.iter().map(|x| DMatrix::zeros(rows * columns, x.len())).collect();
    let (mut axis, mut gradients) = (DMatrix::zeros(rows, columns), Gradients::new());
    for i in 0..rows * columns {
        axis[i] = T::one();
        tape.vjp(&[(y, &axis)], &mut gradients);
        axis[i] = T::zero();
        for (block, &input) in blocks.iter_mut().zip(&inputs) {
            for (j, &slope) in gradients.of(input).iter().enumerate() {
                block[(i, j)] = slope;
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Var, differential::jvp, program};
    use nalgebra::dmatrix;

    #[test]
    fn the_jacobian_of_an_elementwise_function_is_diagonal() {
        let x = dmatrix![-0.5f64, 0.3; 0.0, 2.0];
        let j = jacobian(&program(|x| x[0].tanh()), std::slice::from_ref(&x)).remove(0);
        let slopes = DMatrix::from_iterator(4, 1, x.iter().map(|x| 1.0 / x.cosh().powi(2)));
        assert!((j - DMatrix::from_diagonal(&slopes.column(0).into_owned())).amax() < 1e-15);
    }

    fn net<'t, T: Scalar>(x: &[Var<'t, T>]) -> Var<'t, T> {
        x[0].matmul(x[1].tanh()).sigmoid() * x[0].matmul(x[1])
    }

    #[test]
    fn its_columns_are_the_derivatives_along_the_axes() {
        let x = [dmatrix![0.5, -1.0; 0.25, 2.0; 1.0, 1.0], dmatrix![0.1, 0.2; -0.7, 0.4]];
        let blocks = jacobian(&net, &x);
        for (k, block) in blocks.iter().enumerate() {
            for j in 0..x[k].len() {
                let mut u = [x[0].map(|_| 0.0), x[1].map(|_| 0.0)];
                u[k][j] = 1.0;
                let along = jvp(&net, &x, &u).1;
                assert!(
                    block.column(j).iter().zip(&along).all(|(a, b): (&f64, &f64)| (a - b).abs() < 1e-14),
                    "input {k}, entry {j}"
                );
            }
        }
    }

    #[test]
    fn of_nothing_there_is_nothing() {
        let j = jacobian::<f64>(&program(|x| x[0]), &[DMatrix::zeros(2, 0)]);
        assert_eq!(j, [DMatrix::zeros(0, 0)]);
    }
}
