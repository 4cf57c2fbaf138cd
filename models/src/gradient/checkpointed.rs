use std::ops::Range;

use autograd::Scalar;
use nalgebra::DMatrix;

use super::memory::{Found, States, Stretch};
use super::schedule::{Cost, Plan, stride};
use super::{CannotSweep, Engine, Memory, Schedule, Sequence, Swept};
use crate::Params;
use crate::unroll::{BLOCK, blocks};

/// Backpropagation through time in bounded memory. The tape never holds more than one segment of a sequence.
///
/// The states between segments are kept, or computed again from an earlier one, by a [`Schedule`]. Losses belong to
/// blocks of [`BLOCK`](Checkpointed::BLOCK) steps, so there may be one at every step. Whatever the schedule, the
/// gradients have the same bits; where only the last block has a loss, they are those of [`Whole`](super::Whole).
///
/// ```
/// use models::stacks::SequenceModel;
/// use models::{BlockEnd, Checkpointed, Dims, Engine, Recorded, Registry, Schedule};
/// use nalgebra::DMatrix;
///
/// let cell = Registry::builtin().build("lstm", Dims { input: 1, hidden: 4, horizon: 1000 }).unwrap();
/// let (model, params) = SequenceModel::new::<f64>(cell, 1, 1);
/// let (steps, batch) = (1000, 2);
/// let x = DMatrix::from_fn(1, steps * batch, |_, j| (j as f64).sin());
/// let sequence = Recorded::new(batch, 0..steps, |block| {
///     let columns = x.columns(block.steps.start * batch, block.steps.len() * batch).into_owned();
///     let run = model.unroll(block.bound).over(&block).run(block.tape.constant(&columns), batch);
///     let loss = block.loss_wanted.then(|| model.read(block.bound, run.outputs).square().sum());
///     BlockEnd::new(run.last, loss)
/// });
///
/// let gradient_of = |schedule| {
///     let mut engine = Checkpointed::new(schedule);
///     engine.sweep(&params, &sequence, &[]).expect("no budget");
///     (engine.peak_bytes(), engine.gradients().clone())
/// };
/// let (whole, gradients) = gradient_of(Schedule::Whole);
/// let (bounded, same) = gradient_of(Schedule::Sqrt);
/// assert!(bounded < whole / 5 && gradients == same);
/// ```
#[derive(Debug)]
pub struct Checkpointed<T: Scalar> {
    schedule: Schedule,
    memory: Memory<T>,
    kept_bytes: usize,
    peak_bytes: usize,
    computed_steps: usize,
}

impl<T: Scalar> Checkpointed<T> {
    /// K, the most steps of a block. Blocks are counted from the end of a sequence, so that the first may be shorter.
    pub const BLOCK: usize = BLOCK;

    /// By this schedule.
    pub fn new(schedule: Schedule) -> Self {
        Self { schedule, memory: Memory::default(), kept_bytes: 0, peak_bytes: 0, computed_steps: 0 }
    }

    /// The most bytes held at a time in the last sweep: tape, gradients and states that were kept.
    pub fn peak_bytes(&self) -> usize {
        self.peak_bytes
    }

    /// How many steps the last sweep computed: T if each was computed once, 2 T if each was computed twice.
    pub fn computed_steps(&self) -> usize {
        self.computed_steps
    }

    /// The states after `segment`.
    #[track_caller]
    fn advance(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        states: States<T>,
        segment: &[Range<usize>],
    ) -> States<T> {
        let states = self.memory.advance(params, sequence, states, segment);
        self.note(segment);
        states
    }

    /// Forward and backward over `segment`, given ∂L/∂(states after it). The parameters' gradients grow by its share.
    #[track_caller]
    fn sweep_segment(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        (states, later): (&[DMatrix<T>], &[DMatrix<T>]),
        segment: &[Range<usize>],
    ) -> Found<T> {
        let keep_at = segment.last().map(|steps| steps.end);
        let stretch = Stretch { blocks: segment, counts_from: 0, states, keep_at, later: Some(later) };
        let found = self.memory.sweep(params, sequence, &stretch);
        self.note(segment);
        found
    }

    /// What a pass takes, measured on the first whole block.
    #[track_caller]
    fn cost(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        before: &[DMatrix<T>],
        blocks: &[Range<usize>],
    ) -> Cost {
        let Some(whole) = blocks.iter().find(|steps| steps.len() == BLOCK).or(blocks.first()) else {
            return Cost { fixed: 0, block: 0, states: 0 };
        };
        let lead = blocks.iter().position(|steps| steps == whole).unwrap_or(0);
        let states = self.advance(params, sequence, before.to_vec(), &blocks[..lead]);
        let found = self.sweep_segment(params, sequence, (&states, &states), std::slice::from_ref(whole));
        self.memory.clear(params);
        (self.peak_bytes, self.computed_steps) = (0, 0);
        let (parameters, block) = found.used_bytes;
        let states = bytes(&found.kept);
        // Memory grows in leaps: up to twice what is used is held, and of the tape never less than now.
        let (block, (tape, all)) = (2 * block, self.memory.bytes());
        let fixed = tape.max(2 * parameters + block) - block + 2 * (all - tape + states);
        Cost { fixed, block, states }
    }

    fn note(&mut self, segment: &[Range<usize>]) {
        self.computed_steps += segment.iter().map(Range::len).sum::<usize>();
        self.peak_bytes = self.peak_bytes.max(self.memory.bytes().1 + self.kept_bytes);
    }
}

impl<T: Scalar> Engine<T> for Checkpointed<T> {
    fn sweep(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        carried: &[DMatrix<T>],
    ) -> Result<Swept<T>, CannotSweep> {
        sequence.in_one_piece().map_or(Ok(()), |why| Err(CannotSweep::InOnePiece(why)))?;
        let steps = sequence.steps();
        let before = if steps.start == 0 { &[] } else { carried };
        let blocks: Vec<_> = blocks(steps.len()).map(|b| b.start + steps.start..b.end + steps.start).collect();
        self.memory.clear(params);
        (self.kept_bytes, self.peak_bytes, self.computed_steps) = (0, 0, 0);
        // What a traced tape takes is more, and nothing that was planned for.
        let schedule = if self.memory.traced() { Schedule::Sqrt } else { self.schedule };
        let plan = Plan::new(schedule, blocks.len(), BLOCK, || self.cost(params, sequence, before, &blocks))?;

        // Segments counted from the end, too: the first may be shorter.
        let ends: Vec<_> = (0..blocks.len().div_ceil(plan.segment)).map(|k| blocks.len() - k * plan.segment).collect();
        let segment = |k: usize| {
            let end = ends[ends.len() - 1 - k];
            &blocks[end.saturating_sub(plan.segment)..end]
        };
        let mut last = before.to_vec();
        let mut adjoint = States::new();
        let mut losses = Vec::new();
        // The states kept, each with the segment that they stand before.
        let mut kept = vec![(0, before.to_vec())];
        let all = |kept: &[(usize, States<T>)]| kept.iter().map(|(_, states)| bytes(states)).sum();
        self.kept_bytes = all(&kept);
        for k in (0..ends.len()).rev() {
            // Advance to the segment, keeping states on the way while there is room.
            let (mut at, mut states) = kept.last().cloned().expect("the first is kept until the end");
            while at < k {
                let free = (plan.slots + 1).saturating_sub(kept.len());
                let stop = if free > 0 { at + stride(k + 1 - at, free) } else { k };
                for segment in (at..stop).map(segment) {
                    states = self.advance(params, sequence, states, segment);
                }
                at = stop;
                if free > 0 {
                    kept.push((at, states.clone()));
                    self.kept_bytes = all(&kept);
                }
            }
            let found = self.sweep_segment(params, sequence, (&states, &adjoint), segment(k));
            if k + 1 == ends.len() {
                last = found.kept;
            }
            adjoint = found.adjoint;
            losses.extend(found.losses.into_iter().rev());
            kept.pop_if(|(before, _)| *before == k && k > 0);
            self.kept_bytes = all(&kept);
        }
        let loss = losses.into_iter().rev().fold(T::zero(), |sum, loss| sum + loss);
        Ok(Swept { loss, carried: if sequence.carries() { last } else { States::new() } })
    }

    fn memory(&mut self, part: usize) -> Option<&mut Memory<T>> {
        (part == 0).then_some(&mut self.memory)
    }
}

fn bytes<T: Scalar>(states: &[DMatrix<T>]) -> usize {
    states.iter().map(|s| s.len() * size_of::<T>()).sum()
}
