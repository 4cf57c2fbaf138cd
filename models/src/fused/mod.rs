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
