//! One time step of a cell as one op, for the cells that are run most. Each equals its cell's equations in plain ops, which
//! a test beside it holds; the cells go back to plain ops when somebody looks at their gates.

mod gru_step;
mod lstm_step;
mod rnn_step;

pub(crate) use gru_step::GruStep;
pub(crate) use lstm_step::LstmStep;
pub(crate) use rnn_step::RnnStep;

use autograd::Scalar;
use autograd::kernels::Operand;
use nalgebra::{DMatrixView, DMatrixViewMut};

/// `by`, a product with `dy`; 0 where dy is exactly 0, whatever the other factors are, as in plain ops.
#[inline(always)]
fn masked<T: Scalar>(dy: T, by: T) -> T {
    if dy.is_zero() { T::zero() } else { by }
}

/// x, if it is `rows × batch`, W_h (rows × hidden) and h (hidden × batch): what the steps have in common.
fn check_sizes(gates: usize, inputs: &[autograd::Shape]) -> Result<(usize, usize), String> {
    let (hidden, batch) = inputs[2];
    if inputs[0] == (gates * hidden, batch) && inputs[1] == (gates * hidden, hidden) {
        Ok((hidden, batch))
    } else {
        Err(format!("with h of {hidden} × {batch}, x is {} × {batch} and W_h {0} × {hidden}", gates * hidden))
    }
}

/// a ← W h.
fn recur<T: Scalar>(w: DMatrixView<'_, T>, h: DMatrixView<'_, T>, a: &mut [T]) {
    let mut a = DMatrixViewMut::from_slice(a, w.nrows(), h.ncols());
    T::gemm(T::one(), Operand::plain(w), Operand::plain(h), T::zero(), &mut a);
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::Single;
    use autograd::{Gradients, Op, Program, Tape};
    use nalgebra::DMatrix;

    /// The gradients of two examples of hidden width 9, of which the second gets none, with these numbers in x and in every
    /// state but h, which is a factor of a product.
    fn gradients(step: impl Op<f64> + Clone, gates: usize, others: &[usize], second: f64) -> Vec<DMatrix<f64>> {
        let wave = |m, n| DMatrix::from_fn(m, n, |i, j| ((i + 3 * j) as f64).sin());
        let mut inputs = vec![wave(gates * 9, 2), wave(gates * 9, 9), wave(9, 2)];
        inputs.extend(others.iter().map(|&columns| wave(9, columns)));
        inputs
            .iter_mut()
            .enumerate()
            .filter(|(k, x)| !matches!(k, 1 | 2) && x.ncols() == 2)
            .for_each(|(_, x)| x.column_mut(1).fill(second));
        let (tape, mut found) = (Tape::new(), Gradients::new());
        let leaves: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = Single(step).run(&leaves);
        let seed = DMatrix::from_fn(9, y.shape().1, |i, j| if j % 2 == 0 { wave(9, 4)[(i, j)] } else { 0.0 });
        tape.vjp(&[(y, &seed)], &mut found);
        leaves.iter().map(|&x| found.of(x).into_owned()).collect()
    }

    #[test]
    fn an_example_that_gets_no_gradient_changes_none_whatever_it_holds() {
        for second in [0.0, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert_eq!(gradients(RnnStep, 1, &[], second), gradients(RnnStep, 1, &[], 0.5), "rnn, {second}");
            assert_eq!(gradients(GruStep, 3, &[1], second), gradients(GruStep, 3, &[1], 0.5), "gru, {second}");
            assert_eq!(gradients(LstmStep, 4, &[2], second), gradients(LstmStep, 4, &[2], 0.5), "lstm, {second}");
        }
    }
}
