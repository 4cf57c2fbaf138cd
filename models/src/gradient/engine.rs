//! `Engine`: one way to ask for the gradient of an update, however it is computed.

use std::fmt::Debug;

use autograd::{Anomaly, Scalar};
use nalgebra::DMatrix;

use super::{Memory, ParamGrads, Sequence};
use crate::Params;

/// What an engine found; the gradients are in [`Engine::gradients`].
#[derive(Clone, Debug, PartialEq)]
pub struct Swept<T: Scalar> {
    /// The loss.
    pub loss: T,
    /// What the next update takes over, if the sequence [carries](super::Extent::carries) anything.
    pub carried: Vec<DMatrix<T>>,
}

impl<T: Scalar> Swept<T> {
    /// The sum of these losses, in their order, and what is taken over.
    pub(super) fn new(losses: Vec<T>, carried: Vec<DMatrix<T>>) -> Self {
        Self { loss: losses.into_iter().fold(T::zero(), |sum, loss| sum + loss), carried }
    }
}

/// What comes of a sweep.
pub type Outcome<T> = Result<Swept<T>, CannotSweep>;

/// Why an engine cannot sweep a sequence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotSweep {
    /// The sequence cannot be cut in time.
    #[error("a gradient that is computed in pieces of time needs a network that runs from step to step, but {0}")]
    InOnePiece(&'static str),
    /// Not even one block of steps fits into the bytes allowed; the smallest plan takes more.
    #[error("a memory budget of {budget} bytes does not hold one block of steps; give at least {needed}")]
    #[allow(missing_docs)] // said above
    Budget { budget: usize, needed: usize },
    /// The engine of a part of the batch cannot.
    #[error("in each of {0} parts of the batch, {1}")]
    Part(usize, Box<CannotSweep>),
}

/// How the gradient of one update is computed. From update to update an engine keeps memory, and nothing that changes a result.
pub trait Engine<T: Scalar>: Debug + Send {
    /// The loss of `sequence`, which goes on from the states `carried`. Its gradients are then in
    /// [`gradients`](Self::gradients).
    ///
    /// # Errors
    /// If the engine cannot sweep this sequence.
    ///
    /// # Panics
    /// If a block gives other states than it got, or a loss that is not 1×1.
    fn sweep(&mut self, params: &Params<T>, sequence: &dyn Sequence<T>, carried: &[DMatrix<T>]) -> Outcome<T>;

    /// The memory number `part`; there is one, number 0, for every part of the batch that is swept by itself. The gradients
    /// of the whole batch are in number 0.
    fn memory(&mut self, part: usize) -> Option<&mut Memory<T>>;

    /// ∂L/∂p of the last sweep for every parameter p.
    fn gradients(&mut self) -> &mut ParamGrads<T> {
        self.memory(0).expect("an engine has a memory").gradients()
    }

    /// What was not finite first in an update: the update is swept once more on traced tapes.
    fn culprit(&mut self, params: &Params<T>, sequence: &dyn Sequence<T>, carried: &[DMatrix<T>]) -> Option<Anomaly> {
        (0..).map_while(|part| self.memory(part).map(|memory| memory.trace(true))).for_each(drop);
        let _ = self.sweep(params, sequence, carried);
        let found: Vec<_> = (0..).map_while(|part| self.memory(part).map(|memory| memory.trace(false))).collect();
        found.into_iter().flatten().next()
    }
}
