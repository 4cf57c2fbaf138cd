//! Backpropagation through time in bounded memory: [`Checkpointing`] owns the forward and the backward run of every
//! segment of a sequence, and its tape never holds more than one.
//!
//! The states between segments are kept, or computed again from an earlier one, by a [`Schedule`]. Losses belong to
//! blocks of [`BLOCK`](Checkpointing::BLOCK) steps, so there may be one at every step. Whatever the schedule, the
//! gradients have the same bits.

mod block;
mod schedule;

use std::ops::Range;

use autograd::{Gradients, Scalar, Tape};
use nalgebra::DMatrix;

pub use block::{Block, BlockEnd, Term};
pub use schedule::{BudgetTooSmall, Schedule};

use crate::unroll::{BLOCK, blocks};
use crate::{ParamGrads, Params};
pub(crate) use block::record_block;
use schedule::{Cost, Plan, stride};

/// What a pass over a sequence found.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass<T: Scalar> {
    /// The sum of the blocks' losses, added up from the first to the last.
    pub loss: T,
    /// ∂L/∂s for each initial state s.
    pub initial: Vec<DMatrix<T>>,
    /// The states after the last step.
    pub last: Vec<DMatrix<T>>,
    /// The most bytes held at a time: tape, gradients and states that were kept.
    pub peak_bytes: usize,
    /// How many steps were computed: T for each step once, 2 T if each was computed twice.
    pub computed_steps: usize,
}

/// Backpropagation through time, segment by segment; it keeps its memory from pass to pass.
///
/// ```
/// use autograd::Tape;
/// use models::{BlockEnd, Checkpointing, Describe, Dims, Params, Schedule, Unroll, cells::Lstm};
/// use nalgebra::DMatrix;
///
/// let cell = Lstm::new(Dims { input: 1, hidden: 4, horizon: 10 });
/// let mut params = Params::<f64>::new();
/// let group = params.add("layers.0.fwd", &cell.about().specs, 1);
/// let (steps, batch) = (1000, 2);
/// let x = DMatrix::from_fn(1, steps * batch, |_, j| (j as f64).sin());
/// let zeros = [DMatrix::zeros(4, batch), DMatrix::zeros(4, batch)];
///
/// let mut gradient_of = |schedule| {
///     let mut time = Checkpointing::new(schedule);
///     let pass = time.pass(&params, &zeros, steps, |block| {
///         let columns = x.columns(block.steps.start * batch, block.steps.len() * batch).into_owned();
///         let run = Unroll::new(&cell, block.bound.of(group)).initial(block.states).run(block.tape.constant(&columns), batch);
///         BlockEnd { loss: Some((run.outputs * run.outputs).sum()), states: run.last }
///     });
///     (pass.expect("no budget").peak_bytes, time.gradients().clone())
/// };
/// let (whole, gradients) = gradient_of(Schedule::Whole);
/// let (bounded, same) = gradient_of(Schedule::Sqrt);
/// assert!(bounded < whole / 5 && gradients == same);
/// ```
#[derive(Debug)]
pub struct Checkpointing<T: Scalar> {
    schedule: Schedule,
    tape: Tape<T>,
    sweep: Gradients<T>,
    grads: ParamGrads<T>,
    kept_bytes: usize,
    peak_bytes: usize,
    computed_steps: usize,
}

/// The states between two steps, or their gradients.
type States<T> = Vec<DMatrix<T>>;

/// What the sweep over a segment found.
struct Swept<T: Scalar> {
    /// ∂L/∂(states before it).
    adjoint: States<T>,
    /// The states after it.
    last: States<T>,
    /// Its blocks' losses, in time order.
    losses: Vec<T>,
    /// What the parameters took of the tape, and what its steps did.
    used_bytes: (usize, usize),
}

impl<T: Scalar> Checkpointing<T> {
    /// K: the most steps of a block.
    pub const BLOCK: usize = BLOCK;

    /// With nothing held yet.
    pub fn new(schedule: Schedule) -> Self {
        let grads = ParamGrads::zeros(&Params::new());
        let (tape, sweep) = (Tape::new(), Gradients::new());
        Self { schedule, tape, sweep, grads, kept_bytes: 0, peak_bytes: 0, computed_steps: 0 }
    }

    /// ∂L/∂p of the last pass for every parameter p.
    pub fn gradients(&self) -> &ParamGrads<T> {
        &self.grads
    }

    /// The same, to clip.
    pub fn gradients_mut(&mut self) -> &mut ParamGrads<T> {
        &mut self.grads
    }

    /// Runs over `steps` steps from the `initial` states, forward and backward.
    ///
    /// `record` is given blocks of at most [`BLOCK`](Self::BLOCK) steps, counted from the end, the first perhaps shorter.
    /// It is called several times for a block and must record the same each time: randomness by
    /// [address](crate::Draws::at), not by order.
    ///
    /// # Errors
    /// If the schedule is a budget that does not hold one block.
    ///
    /// # Panics
    /// If a block gives other states than it got, or a loss that is not 1×1.
    #[track_caller]
    pub fn pass<F>(
        &mut self,
        params: &Params<T>,
        initial: &[DMatrix<T>],
        steps: usize,
        record: F,
    ) -> Result<Pass<T>, BudgetTooSmall>
    where
        F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T>,
    {
        let blocks: Vec<_> = blocks(steps).collect();
        self.grads = ParamGrads::zeros(params);
        (self.kept_bytes, self.peak_bytes, self.computed_steps) = (0, 0, 0);
        let schedule = self.schedule;
        let plan = Plan::new(schedule, blocks.len(), BLOCK, || self.cost(params, initial, &blocks, &record))?;

        // Segments counted from the end, too: the first may be shorter.
        let ends: Vec<_> = (0..blocks.len().div_ceil(plan.segment)).map(|k| blocks.len() - k * plan.segment).collect();
        let segment = |k: usize| {
            let end = ends[ends.len() - 1 - k];
            &blocks[end.saturating_sub(plan.segment)..end]
        };
        let mut last = initial.to_vec();
        let mut adjoint: Option<States<T>> = None;
        let mut losses = Vec::new();
        // The states kept, each with the segment that they stand before.
        let mut kept = vec![(0, initial.to_vec())];
        self.kept_bytes = bytes(&kept);
        for k in (0..ends.len()).rev() {
            // Advance to the segment, keeping states on the way while there is room.
            let (mut at, mut states) = kept.last().cloned().expect("the first is kept until the end");
            while at < k {
                let free = (plan.slots + 1).saturating_sub(kept.len());
                let stop = if free > 0 { at + stride(k + 1 - at, free) } else { k };
                for segment in (at..stop).map(segment) {
                    states = self.advance(params, states, segment, &record);
                }
                at = stop;
                if free > 0 {
                    kept.push((at, states.clone()));
                    self.kept_bytes = bytes(&kept);
                }
            }
            let swept = self.sweep_segment(params, &states, adjoint.take(), segment(k), &record);
            if k + 1 == ends.len() {
                last = swept.last;
            }
            adjoint = Some(swept.adjoint);
            losses.extend(swept.losses.into_iter().rev());
            kept.pop_if(|(before, _)| *before == k && k > 0);
            self.kept_bytes = bytes(&kept);
        }
        let zeros = || initial.iter().map(|s| s.map(|_| T::zero())).collect();
        Ok(Pass {
            loss: losses.into_iter().rev().fold(T::zero(), |sum, loss| sum + loss),
            initial: adjoint.unwrap_or_else(zeros),
            last,
            peak_bytes: self.peak_bytes,
            computed_steps: self.computed_steps,
        })
    }

    /// The states after `segment`, without a tape of more than a block.
    #[track_caller]
    fn advance<F>(
        &mut self,
        params: &Params<T>,
        mut states: States<T>,
        segment: &[Range<usize>],
        record: &F,
    ) -> States<T>
    where
        F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T>,
    {
        for steps in segment {
            let bound = params.bind(&self.tape);
            let before: Vec<_> = states.iter().map(|s| self.tape.constant(s)).collect();
            let end = record_block(&self.tape, &bound, &(0..0), &before, steps, false, record);
            states = end.states.iter().map(|s| s.value()).collect();
            drop((bound, before, end));
            self.tape.reset();
            self.note(steps.len());
        }
        states
    }

    /// Forward and backward over `segment`, given ∂L/∂(states after it). The parameters' gradients grow by its share.
    #[track_caller]
    fn sweep_segment<F>(
        &mut self,
        params: &Params<T>,
        states: &[DMatrix<T>],
        adjoint: Option<States<T>>,
        segment: &[Range<usize>],
        record: &F,
    ) -> Swept<T>
    where
        F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T>,
    {
        let bound = params.bind(&self.tape);
        let parameters = self.tape.used_bytes();
        let before: Vec<_> = states.iter().map(|s| self.tape.leaf(s)).collect();
        let (mut losses, mut terms) = (Vec::new(), Vec::new());
        let mut now = before.clone();
        for steps in segment {
            let end = record_block(&self.tape, &bound, &(0..0), &now, steps, true, record);
            losses.extend(end.loss);
            terms.extend(end.term);
            now = end.states;
        }
        // Every gradient goes on from where the later segments left it, as in one long sweep.
        let one = DMatrix::from_element(1, 1, T::one());
        let mut roots: Vec<_> = losses.iter().map(|loss| (*loss, &one)).collect();
        roots.extend(now.iter().copied().zip(adjoint.iter().flatten()));
        let trained = bound.vars().iter().zip(self.grads.iter()).zip(params.iter()).filter(|(_, param)| !param.frozen);
        roots.extend(trained.map(|((var, grad), _)| (*var, grad)));
        self.tape.vjp(&roots, &mut self.sweep);

        self.grads.read(&bound, &self.sweep);
        let extra: Vec<T> = terms.into_iter().map(|term| term(&self.sweep, &mut self.grads)).collect();
        let swept = Swept {
            adjoint: before.iter().map(|s| self.sweep.of(*s).clone_owned()).collect(),
            last: now.iter().map(|s| s.value()).collect(),
            losses: losses.iter().map(|loss| loss.item()).chain(extra).collect(),
            used_bytes: (parameters, self.tape.used_bytes() - parameters),
        };
        drop((bound, before, now, losses));
        self.tape.reset();
        self.note(segment.iter().map(Range::len).sum());
        swept
    }

    /// What a pass takes, measured on the first whole block.
    #[track_caller]
    fn cost<F>(&mut self, params: &Params<T>, initial: &[DMatrix<T>], blocks: &[Range<usize>], record: &F) -> Cost
    where
        F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T>,
    {
        let Some(whole) = blocks.iter().find(|steps| steps.len() == BLOCK).or(blocks.first()) else {
            return Cost { fixed: 0, block: 0, states: 0 };
        };
        let lead = blocks.iter().position(|steps| steps == whole).unwrap_or(0);
        let states = self.advance(params, initial.to_vec(), &blocks[..lead], record);
        let swept = self.sweep_segment(params, &states, Some(states.clone()), std::slice::from_ref(whole), record);
        let (parameters, block) = swept.used_bytes;
        self.grads = ParamGrads::zeros(params);
        (self.peak_bytes, self.computed_steps) = (0, 0);
        let states: usize = states.iter().map(|s| s.len() * size_of::<T>()).sum();
        // Memory grows in leaps: up to twice what is used is held, and of the tape never less than now.
        let block = 2 * block;
        let fixed = self.tape.bytes().max(2 * parameters + block) - block + 2 * (self.sweep.bytes() + states);
        Cost { fixed, block, states }
    }

    fn note(&mut self, steps: usize) {
        self.computed_steps += steps;
        self.peak_bytes = self.peak_bytes.max(self.tape.bytes() + self.sweep.bytes() + self.kept_bytes);
    }
}

fn bytes<T: Scalar>(kept: &[(usize, States<T>)]) -> usize {
    kept.iter().flat_map(|(_, states)| states).map(|s| s.len() * size_of::<T>()).sum()
}
