//! `Block`: a few steps of a sequence, as the user of [`Checkpointing`](super::Checkpointing),
//! [`TruncatedBptt`](crate::TruncatedBptt) or a [`Stream`](crate::Stream) records them.

use std::ops::Range;

use autograd::{Gradients, Scalar, Tape, Var};

use crate::{Bound, ParamGrads};

/// A block of steps to be recorded.
#[derive(Debug)]
pub struct Block<'a, 't, T: Scalar> {
    /// Where to.
    pub tape: &'t Tape<T>,
    /// The parameters.
    pub bound: &'a Bound<'t, T>,
    /// Which examples of the batch.
    pub examples: Range<usize>,
    /// The states before the block; none where a sequence begins afresh.
    pub states: &'a [Var<'t, T>],
    /// Which steps.
    pub steps: Range<usize>,
    /// Whether the loss is looked at; if not, only the states are, and the readout can be left out.
    pub loss_wanted: bool,
}

/// What is added to the gradients when a sweep is done, by what it found; gives its share of the loss.
pub type Term<'t, T> = Box<dyn FnOnce(&Gradients<T>, &mut ParamGrads<T>) -> T + 't>;

/// What a block of steps gives.
pub struct BlockEnd<'t, T: Scalar> {
    /// The states after it, in the order of the states before it.
    pub states: Vec<Var<'t, T>>,
    /// Its share of the loss, 1×1, if it has one.
    pub loss: Option<Var<'t, T>>,
    /// A part of the loss that the tape does not compute, such as Ω.
    pub term: Option<Term<'t, T>>,
}

impl<'t, T: Scalar> BlockEnd<'t, T> {
    /// These states, and this share of the loss.
    pub fn new(states: Vec<Var<'t, T>>, loss: Option<Var<'t, T>>) -> Self {
        Self { states, loss, term: None }
    }

    /// This loss, and no states: of a network without any.
    pub fn loss(loss: Var<'t, T>) -> Self {
        Self::new(Vec::new(), Some(loss))
    }
}

impl<'t, T: Scalar> Block<'_, 't, T> {
    /// The share that a mean over `count` things has in the mean over `of`: itself, if it is over all.
    #[track_caller]
    pub fn share(&self, mean: Var<'t, T>, count: usize, of: usize) -> Var<'t, T> {
        if count == of { mean } else { mean.scale(count as f64 / of as f64) }
    }

    /// The step and the example of every column, time-major.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize)> + use<T> {
        let (steps, examples) = (self.steps.clone(), self.examples.clone());
        steps.flat_map(move |t| examples.clone().map(move |e| (t, e)))
    }

    /// How many examples it has.
    pub fn batch(&self) -> usize {
        self.examples.len()
    }
}

/// Records one block and checks what it gives.
#[track_caller]
pub(crate) fn record_block<'t, T: Scalar, F>(
    tape: &'t Tape<T>,
    bound: &Bound<'t, T>,
    examples: &Range<usize>,
    states: &[Var<'t, T>],
    steps: &Range<usize>,
    loss_wanted: bool,
    record: &F,
) -> BlockEnd<'t, T>
where
    F: for<'u> Fn(Block<'_, 'u, T>) -> BlockEnd<'u, T>,
{
    tape.end_gathering();
    let end = record(Block { tape, bound, examples: examples.clone(), states, steps: steps.clone(), loss_wanted });
    let shapes = |states: &[Var<'_, T>]| states.iter().map(|s| s.shape()).collect::<Vec<_>>();
    let (given, got) = (shapes(states), shapes(&end.states));
    assert!(given == got || given.is_empty(), "block: steps {steps:?} turn states {given:?} into {got:?}");
    let loss = end.loss.map_or((1, 1), |loss| loss.shape());
    assert!(loss == (1, 1), "block: the loss of steps {steps:?} is {loss:?}, not 1 × 1");
    end
}
