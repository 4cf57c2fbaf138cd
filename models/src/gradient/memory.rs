//! `Memory`: a tape, its sweep, and the gradients of the parameters, used again from update to update.

use std::ops::Range;

use autograd::{Anomaly, Gradients, Scalar, Tape};
use nalgebra::DMatrix;

use super::{Block, BlockEnd, ParamGrads, Sequence};
use crate::Params;

/// The states between two steps, or their gradients.
pub(super) type States<T> = Vec<DMatrix<T>>;

/// What an engine sweeps one part of a batch in.
#[derive(Debug)]
pub struct Memory<T: Scalar> {
    tape: Tape<T>,
    sweep: Gradients<T>,
    grads: ParamGrads<T>,
    /// Whether values are traced, and what was not finite first.
    traced: bool,
    culprit: Option<Anomaly>,
}

impl<T: Scalar> Default for Memory<T> {
    fn default() -> Self {
        let grads = ParamGrads::zeros(&Params::new());
        Self { tape: Tape::new(), sweep: Gradients::new(), grads, traced: false, culprit: None }
    }
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
    /// The bytes that the parameters took of the tape, and those that the steps did.
    pub(super) used_bytes: (usize, usize),
}

impl<T: Scalar> Memory<T> {
    /// The gradients of the last sweep.
    pub fn gradients(&mut self) -> &mut ParamGrads<T> {
        &mut self.grads
    }

    /// Records on a traced tape from now on, or no longer; gives what was not finite first while it did.
    pub fn trace(&mut self, traced: bool) -> Option<Anomaly> {
        (self.tape, self.traced) = (if traced { Tape::traced() } else { Tape::new() }, traced);
        self.culprit.take()
    }

    pub(super) fn traced(&self) -> bool {
        self.traced
    }

    /// Sets the gradients of these parameters to 0.
    pub(super) fn clear(&mut self, params: &Params<T>) {
        if self.grads.fits(params) {
            self.grads.clear();
        } else {
            self.grads = ParamGrads::zeros(params);
        }
    }

    /// Bytes held, by the tape and by it and the sweep.
    pub(super) fn bytes(&self) -> (usize, usize) {
        (self.tape.bytes(), self.tape.bytes() + self.sweep.bytes())
    }

    /// The states after `blocks`, with no more than a block on the tape at a time.
    #[track_caller]
    pub(super) fn advance(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        mut states: States<T>,
        blocks: &[Range<usize>],
    ) -> States<T> {
        for steps in blocks {
            self.tape.reset();
            let bound = params.bind(&self.tape);
            let before: Vec<_> = states.iter().map(|s| self.tape.constant(s)).collect();
            let examples = 0..sequence.examples();
            let block = Block {
                tape: &self.tape,
                bound: &bound,
                examples,
                states: &before,
                steps: steps.clone(),
                loss_wanted: false,
            };
            states = record(sequence, block).states.iter().map(|s| s.value()).collect();
            if self.traced && self.culprit.is_none() {
                self.culprit = self.tape.anomaly();
            }
        }
        states
    }

    /// Forward and backward over a stretch. The gradients of the parameters are then its own, or grow by them if the gradient
    /// goes on from later steps.
    #[track_caller]
    pub(super) fn sweep(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        stretch: &Stretch<'_, T>,
    ) -> Found<T> {
        self.tape.reset();
        let tape = &self.tape;
        let bound = params.bind(tape);
        let parameters = tape.used_bytes();
        let leaf = |s| if stretch.later.is_some() { tape.leaf(s) } else { tape.constant(s) };
        let before: Vec<_> = stretch.states.iter().map(leaf).collect();
        let (mut losses, mut terms, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut now = before.clone();
        let mut keep = |at: usize, now: &[autograd::Var<'_, T>]| {
            if stretch.keep_at == Some(at) {
                kept = now.iter().map(|s| s.value()).collect();
            }
        };
        for steps in stretch.blocks {
            keep(steps.start, &now);
            let loss_wanted = steps.start >= stretch.counts_from;
            let (examples, bound) = (0..sequence.examples(), &bound);
            let end =
                record(sequence, Block { tape, bound, examples, states: &now, steps: steps.clone(), loss_wanted });
            if loss_wanted {
                losses.extend(end.loss);
                terms.extend(end.term);
            }
            now = end.states;
        }
        keep(stretch.blocks.last().map_or(0, |steps| steps.end), &now);

        let one = DMatrix::from_element(1, 1, T::one());
        let mut roots: Vec<_> = losses.iter().map(|loss| (*loss, &one)).collect();
        if let Some(later) = stretch.later {
            // Every gradient goes on from where the later steps left it, as in one long sweep.
            roots.extend(now.iter().copied().zip(later));
            let trained = bound.vars().iter().zip(self.grads.iter()).zip(params.iter());
            let trained = trained.filter(|(_, param)| !param.frozen);
            roots.extend(trained.map(|((var, grad), _)| (*var, grad)));
        }
        tape.vjp(&roots, &mut self.sweep);
        if !self.grads.fits(params) {
            self.grads = ParamGrads::zeros(params);
        }
        self.grads.read(&bound, &self.sweep);
        if self.traced && self.culprit.is_none() {
            self.culprit = tape.anomaly().or_else(|| self.sweep.anomaly().cloned());
        }
        let mut losses: Vec<_> = losses.iter().map(|loss| loss.item()).collect();
        losses.extend(terms.into_iter().map(|term| term(&self.sweep, &mut self.grads)));
        let adjoint = |s: &autograd::Var<'_, T>| self.sweep.of(*s).clone_owned();
        Found {
            losses,
            kept,
            adjoint: if stretch.later.is_some() { before.iter().map(adjoint).collect() } else { Vec::new() },
            used_bytes: (parameters, tape.used_bytes() - parameters),
        }
    }
}

/// Records one block and checks what it gives.
#[track_caller]
fn record<'t, T: Scalar>(sequence: &'t dyn Sequence<T>, block: Block<'_, 't, T>) -> BlockEnd<'t, T> {
    block.tape.end_gathering();
    let (given, steps) = (block.states, block.steps.clone());
    let end = sequence.record(block);
    let same = given.len() == end.states.len() && given.iter().zip(&end.states).all(|(a, b)| a.shape() == b.shape());
    if !same && !given.is_empty() {
        let shapes = |states: &[autograd::Var<'_, T>]| states.iter().map(|s| s.shape()).collect::<Vec<_>>();
        panic!("block: steps {steps:?} turn states {:?} into {:?}", shapes(given), shapes(&end.states));
    }
    let loss = end.loss.map_or((1, 1), |loss| loss.shape());
    assert!(loss == (1, 1), "block: the loss of steps {steps:?} is {loss:?}, not 1 × 1");
    end
}
