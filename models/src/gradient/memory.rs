//! `Memory`: a tape, its sweep, and the gradients of the parameters, used again from update to update.

use std::ops::Range;

use autograd::{Anomaly, Gradients, Scalar, Tape, Var};
use nalgebra::DMatrix;

use super::{Block, BlockEnd, ParamGrads, Sequence};
use crate::{Bound, Params};

/// The states between two steps, or their gradients.
pub(super) type States<T> = Vec<DMatrix<T>>;

/// What an engine sweeps one part of a batch in.
#[derive(Debug)]
pub struct Memory<T: Scalar> {
    tape: Tape<T>,
    sweep: Gradients<T>,
    grads: ParamGrads<T>,
    /// What was not finite first since the tape is traced.
    culprit: Option<Anomaly>,
}

/// What is swept: a loss at these parameters.
#[derive(Clone, Copy)]
pub(super) struct Update<'a, T: Scalar> {
    pub(super) params: &'a Params<T>,
    pub(super) sequence: &'a dyn Sequence<T>,
}

/// A stretch of a sequence that is recorded on one tape and swept at once.
pub(super) struct Stretch<'a, T: Scalar> {
    /// Its steps, block by block.
    pub(super) blocks: &'a [Range<usize>],
    /// From which step on the losses count.
    pub(super) counts_from: usize,
    /// The states before it.
    pub(super) states: &'a [DMatrix<T>],
    /// The boundary at which the states are wanted, if any.
    pub(super) keep_at: Option<usize>,
    /// What was found of later steps, if the gradient goes on from there and through the states before.
    pub(super) later: Option<&'a [DMatrix<T>]>,
}

/// What was found of a stretch.
pub(super) struct Found<T: Scalar> {
    /// The losses of its blocks, in time order, then those of its terms.
    pub(super) losses: Vec<T>,
    /// The states that were wanted.
    pub(super) kept: States<T>,
    /// ∂L/∂(states before it), if the gradient goes on.
    pub(super) adjoint: States<T>,
    /// What it took of the tape.
    pub(super) used_bytes: Used,
}

/// The bytes of a tape that were used.
pub(super) struct Used {
    /// By the parameters.
    pub(super) parameters: usize,
    /// By the steps.
    pub(super) steps: usize,
    /// Of each those of values.
    pub(super) values: [usize; 2],
}

impl<T: Scalar> Default for Memory<T> {
    fn default() -> Self {
        let (sweep, grads) = (Gradients::new(), ParamGrads::default());
        Self { tape: Tape::new().flushing(), sweep, grads, culprit: None }
    }
}

impl<T: Scalar> Memory<T> {
    /// Sweeps on a tape that is not [flushing](Tape::flushing) from now on: the smallest gradients are passed on, too, for more time.
    pub fn exact(&mut self) {
        self.tape = Tape::new();
    }

    /// The gradients of the last sweep.
    pub fn gradients(&mut self) -> &mut ParamGrads<T> {
        &mut self.grads
    }

    /// Records on a traced tape from now on, or no longer; gives what was not finite first while it did.
    pub fn trace(&mut self, traced: bool) -> Option<Anomaly> {
        let tape = if traced { Tape::traced() } else { Tape::new() };
        self.tape = if self.tape.is_flushing() { tape.flushing() } else { tape };
        self.culprit.take()
    }

    /// Makes room for `bytes` bytes of values, if nothing was recorded yet.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.tape.reserve(bytes);
    }

    pub(super) fn is_traced(&self) -> bool {
        self.tape.is_traced()
    }

    /// Bytes held, by the tape and by it and the sweep.
    pub(super) fn bytes(&self) -> (usize, usize) {
        (self.tape.bytes(), self.tape.bytes() + self.sweep.bytes())
    }

    /// Turns the states before `blocks` into those after, with no more than a block on the tape at a time.
    #[track_caller]
    pub(super) fn advance(&mut self, update: Update<'_, T>, blocks: &[Range<usize>], states: &mut States<T>) {
        for steps in blocks {
            self.tape.reset();
            let (tape, bound) = (&self.tape, update.params.bind(&self.tape));
            let before: Vec<_> = states.iter().map(|s| tape.constant(s)).collect();
            let end = update.record(tape, &bound, &before, steps, false);
            *states = end.states.iter().map(|s| s.value()).collect();
            if tape.is_traced() {
                self.culprit = self.culprit.take().or_else(|| tape.anomaly());
            }
        }
    }

    /// Forward and backward over a stretch. The gradients of the parameters are then its own, or grow by them if the gradient
    /// goes on from later steps.
    #[track_caller]
    pub(super) fn sweep(&mut self, update: Update<'_, T>, stretch: &Stretch<'_, T>) -> Found<T> {
        self.tape.reset();
        let (tape, params) = (&self.tape, update.params);
        let bound = params.bind(tape);
        let (parameters, their_values) = (tape.used_bytes(), tape.used_value_bytes());
        let goes_on = stretch.later.is_some();
        let leaf = |s| if goes_on { tape.leaf(s) } else { tape.constant(s) };
        let before: Vec<_> = stretch.states.iter().map(leaf).collect();
        let one = DMatrix::from_element(1, 1, T::one());
        let (mut roots, mut terms, mut now) = (Vec::new(), Vec::new(), before.clone());
        let begins_there = stretch.blocks.first().is_some_and(|steps| stretch.keep_at == Some(steps.start));
        let mut kept = if begins_there { stretch.states.to_vec() } else { States::new() };
        for steps in stretch.blocks {
            let loss_wanted = steps.start >= stretch.counts_from;
            let end = update.record(tape, &bound, &now, steps, loss_wanted);
            if loss_wanted {
                roots.extend(end.loss.map(|loss| (loss, &one)));
                terms.extend(end.term);
            }
            now = end.states;
            if stretch.keep_at == Some(steps.end) {
                kept = now.iter().map(|s| s.value()).collect();
            }
        }

        let mut losses: Vec<_> = roots.iter().map(|(loss, _)| loss.item()).collect();
        if let Some(later) = stretch.later {
            // Every gradient goes on from where the later steps left it, as in one long sweep.
            roots.extend(now.iter().copied().zip(later));
            let trained = bound.vars().iter().zip(self.grads.iter()).zip(params.iter());
            roots.extend(trained.filter(|(_, param)| !param.frozen).map(|((var, grad), _)| (*var, grad)));
        }
        tape.vjp(&roots, &mut self.sweep);
        self.grads.read(&bound, &self.sweep);
        if tape.is_traced() {
            let here = || tape.anomaly().or_else(|| self.sweep.anomaly().cloned());
            self.culprit = self.culprit.take().or_else(here);
        }
        losses.extend(terms.into_iter().map(|term| term(&self.sweep, &mut self.grads)));
        let reached: &[Var<'_, T>] = if goes_on { &before } else { &[] };
        let adjoint = reached.iter().map(|s| self.sweep.of(*s).clone_owned()).collect();
        let values = [their_values, tape.used_value_bytes() - their_values];
        Found { losses, kept, adjoint, used_bytes: Used { parameters, steps: tape.used_bytes() - parameters, values } }
    }
}

impl<T: Scalar> Update<'_, T> {
    /// Records one block and checks what it gives.
    #[track_caller]
    fn record<'t>(
        self,
        tape: &'t Tape<T>,
        bound: &Bound<'t, T>,
        states: &[Var<'t, T>],
        steps: &Range<usize>,
        loss_wanted: bool,
    ) -> BlockEnd<'t, T> {
        tape.end_gathering();
        let (examples, steps) = (0..self.sequence.extent().examples, steps.clone());
        let end = self.sequence.record(Block { tape, bound, examples, states, steps: steps.clone(), loss_wanted });
        let (given, got) = (states.iter().map(|s| s.shape()), end.states.iter().map(|s| s.shape()));
        if !states.is_empty() && !given.clone().eq(got.clone()) {
            let (given, got): (Vec<_>, Vec<_>) = (given.collect(), got.collect());
            panic!("block: steps {steps:?} turn states {given:?} into {got:?}");
        }
        let loss = end.loss.map_or((1, 1), |loss| loss.shape());
        assert!(loss == (1, 1), "block: the loss of steps {steps:?} is {loss:?}, not 1 × 1");
        end
    }
}
