//! `Block`: a few steps of a sequence, as the user of [`Checkpointing`](super::Checkpointing),
//! [`TruncatedBptt`](crate::TruncatedBptt) or a [`Stream`](crate::Stream) records them.

use std::ops::Range;

use autograd::{Scalar, Tape, Var};

use crate::Bound;

/// A block of steps to be recorded.
#[derive(Debug)]
pub struct Block<'a, 't, T: Scalar> {
    /// Where to.
    pub tape: &'t Tape<T>,
    /// The parameters.
    pub bound: &'a Bound<'t, T>,
    /// The states before the block.
    pub states: &'a [Var<'t, T>],
    /// Which steps.
    pub steps: Range<usize>,
    /// Whether the loss is looked at; if not, only the states are, and the readout can be left out.
    pub loss_wanted: bool,
}

/// What a block of steps gives.
#[derive(Debug)]
pub struct BlockEnd<'t, T: Scalar> {
    /// The states after it, in the order of the states before it.
    pub states: Vec<Var<'t, T>>,
    /// Its share of the loss, 1×1, if it has one.
    pub loss: Option<Var<'t, T>>,
}

/// Records one block and checks what it gives.
#[track_caller]
pub(crate) fn record_block<'t, T: Scalar, F>(
    tape: &'t Tape<T>,
    bound: &Bound<'t, T>,
    states: &[Var<'t, T>],
    steps: &Range<usize>,
    loss_wanted: bool,
    record: &F,
) -> BlockEnd<'t, T>
where
    F: for<'u> Fn(Block<'_, 'u, T>) -> BlockEnd<'u, T>,
{
    tape.end_gathering();
    let end = record(Block { tape, bound, states, steps: steps.clone(), loss_wanted });
    let shapes = |states: &[Var<'_, T>]| states.iter().map(|s| s.shape()).collect::<Vec<_>>();
    let (given, got) = (shapes(states), shapes(&end.states));
    assert!(given == got, "block: steps {steps:?} turn states {given:?} into {got:?}");
    let loss = end.loss.map_or((1, 1), |loss| loss.shape());
    assert!(loss == (1, 1), "block: the loss of steps {steps:?} is {loss:?}, not 1 × 1");
    end
}
