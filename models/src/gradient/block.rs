//! `Block`: a few steps of some examples, as an engine or a [`Stream`](crate::Stream) asks for them, and what is recorded of
//! them.

use std::ops::Range;

use autograd::{Gradients, Scalar, Tape, Var};
use nalgebra::DMatrix;

use crate::{Bound, ParamGrads};

/// A block of steps to be recorded.
#[derive(Debug)]
pub struct Block<'a, 't, T: Scalar> {
    /// The tape that records it.
    pub tape: &'t Tape<T>,
    /// The parameters.
    pub bound: &'a Bound<'t, T>,
    /// Which examples of the batch.
    pub examples: Range<usize>,
    /// The states before the block, width × examples each; none where a sequence begins.
    pub states: &'a [Var<'t, T>],
    /// Which steps.
    pub steps: Range<usize>,
    /// Whether the loss counts. If not, only the states do, and the read-out can be left out.
    pub loss_wanted: bool,
}

/// What is added to the gradients when a sweep is done, computed from what it found; it returns its share of the loss.
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

    /// Its columns of `x`, which has those of a sequence of `batch` examples from step 0 on, time-major.
    #[track_caller]
    pub fn columns(&self, x: &DMatrix<T>, batch: usize) -> Var<'t, T> {
        if self.steps.len() * self.batch() == x.ncols() {
            return self.tape.constant(x);
        }
        let columns: Vec<_> = self.places().map(|(t, e)| t * batch + e).collect();
        self.tape.constant(&x.select_columns(&columns))
    }

    /// How many examples it has.
    pub fn batch(&self) -> usize {
        self.examples.len()
    }
}
