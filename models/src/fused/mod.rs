//! One time step of a cell as one op, for the cells that are run most. Each equals its cell's equations in plain ops, which
//! a test beside it holds; the cells go back to plain ops when somebody looks at their gates.

mod gru_step;
mod lstm_step;
mod rnn_step;

pub(crate) use gru_step::GruStep;
pub(crate) use lstm_step::LstmStep;
pub(crate) use rnn_step::RnnStep;

use autograd::kernels::Operand;
use autograd::{Scalar, Sink};
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

/// a ← β a + W h.
fn recur<T: Scalar>(w: DMatrixView<'_, T>, h: DMatrixView<'_, T>, beta: T, a: &mut [T]) {
    let mut a = DMatrixViewMut::from_slice(a, w.nrows(), h.ncols());
    T::gemm(T::one(), Operand::plain(w), Operand::plain(h), beta, &mut a);
}

/// Hands on da, the gradient of a = W_h h: dW_h += da hᵀ, dh += W_hᵀ da.
fn hand_back<T: Scalar>(inputs: &[DMatrixView<'_, T>], da: DMatrixView<'_, T>, sink: &mut Sink<'_, T>) {
    sink.outer_of(1, da, inputs[2]);
    sink.pass_back(2, 1, da);
}
