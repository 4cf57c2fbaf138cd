use std::fmt;
use std::ops::Range;

use autograd::Scalar;
use nalgebra::DMatrix;

use super::memory::{States, Stretch, Update, Used};
use super::schedule::{Cost, Plan, stride};
use super::{Engine, Extent, Memory, Outcome, ParamGrads, Schedule, Sequence, Swept};
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
    peak_bytes: usize,
    computed_steps: usize,
    foreseen: Option<Foreseen>,
}

/// Who is told of a plan.
struct Foreseen(Box<dyn Fn(usize, usize) + Send>);

impl fmt::Debug for Foreseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Foreseen").finish_non_exhaustive()
    }
}

impl<T: Scalar> Checkpointed<T> {
    /// K, the most steps of a block. Blocks are counted from the end of a sequence, so that the first may be shorter.
    pub const BLOCK: usize = BLOCK;

    /// By this schedule.
    pub fn new(schedule: Schedule) -> Self {
        Self { schedule, memory: Memory::default(), peak_bytes: 0, computed_steps: 0, foreseen: None }
    }

    /// The same, which calls `tell` before each sweep with how many steps it will compute, or a few more, and how many there are.
    #[must_use]
    pub fn telling(self, tell: impl Fn(usize, usize) + Send + 'static) -> Self {
        Self { foreseen: Some(Foreseen(Box::new(tell))), ..self }
    }

    /// The most bytes held at a time in the last sweep: tape, gradients and states that were kept.
    pub fn peak_bytes(&self) -> usize {
        self.peak_bytes
    }

    /// How many steps the last sweep computed: T if each was computed once, 2 T if each was computed twice.
    pub fn computed_steps(&self) -> usize {
        self.computed_steps
    }

    /// What a pass takes, measured on the first block but one, which is a whole one; and the bytes of the values of the
    /// parameters, and of a block.
    #[track_caller]
    fn cost(&mut self, update: Update<'_, T>, blocks: &[Range<usize>], before: &[DMatrix<T>]) -> (Cost, [usize; 2]) {
        // In one piece: what memory leaves free when it grows would count for the block.
        let room = ROOM + update.params.count() * size_of::<T>();
        self.memory.reserve(room);
        let (whole, mut states) = (blocks.len().min(2) - 1, before.to_vec());
        self.memory.advance(update, &blocks[..whole], &mut states);
        let (blocks, keep_at) = (&blocks[whole..=whole], Some(blocks[whole].end));
        let stretch = Stretch { blocks, counts_from: 0, states: &states, keep_at, later: Some(&states) };
        let found = self.memory.sweep(update, &stretch);
        let Used { parameters, steps, values } = found.used_bytes;
        let (states, (tape, all)) = (bytes(&found.kept), self.memory.bytes());
        // Other memory than that of values grows in leaps: up to twice what is used is held.
        let fixed = tape - room + 2 * (parameters + all - tape + states) - values[0];
        let block = 2 * steps - values[1];
        (Cost { fixed, block, states }, values)
    }
}

/// The bytes in which a block is measured, of which most are never touched.
const ROOM: usize = 1 << 26;

impl<T: Scalar> Engine<T> for Checkpointed<T> {
    fn sweep(&mut self, params: &Params<T>, sequence: &dyn Sequence<T>, carried: &[DMatrix<T>]) -> Outcome<T> {
        let extent = sequence.extent().cut_in_time()?;
        let (before, update) = (extent.taken_over(carried), Update { params, sequence });
        let Extent { steps, carries, .. } = extent;
        let blocks: Vec<_> = blocks(steps.clone()).collect();
        // What a traced tape takes is more, and nothing that was planned for.
        let schedule = if self.memory.is_traced() || blocks.is_empty() { Schedule::Sqrt } else { self.schedule };
        if let Schedule::Budget(_) = schedule {
            // What fits depends on the sequence alone, not on what was swept before.
            self.memory = Memory::default();
        }
        *self.memory.gradients() = ParamGrads::zeros(params);
        let mut values = None;
        let plan = Plan::new(schedule, blocks.len(), || {
            let (cost, measured) = self.cost(update, &blocks, before);
            values = Some(measured);
            cost
        })?;
        if let Some([parameters, block]) = values {
            self.memory = Memory::default();
            self.memory.reserve(parameters + plan.segment * block);
        }
        if let Some(Foreseen(tell)) = &self.foreseen {
            tell(steps.len() + plan.again(blocks.len()) * BLOCK, steps.len());
        }
        *self.memory.gradients() = ParamGrads::zeros(params);
        (self.peak_bytes, self.computed_steps) = (0, 0);

        // Segments are counted from the end, too: the first may be shorter.
        let count = blocks.len().div_ceil(plan.segment);
        let start = |segment: usize| blocks.len().saturating_sub((count - segment) * plan.segment);
        let steps_of = |blocks: &[Range<usize>]| blocks.iter().map(Range::len).sum::<usize>();
        let (mut losses, mut adjoint, mut last) = (Vec::new(), States::new(), before.to_vec());
        // The states kept, each with the segment that they stand before.
        let mut kept = vec![(0, before.to_vec())];
        for k in (0..count).rev() {
            // Advance to the segment, keeping states on the way while there is room.
            let (mut at, mut states) = kept.last().cloned().expect("the first is kept until the end");
            while at < k {
                let free = (plan.slots + 1).saturating_sub(kept.len());
                let stop = if free > 0 { at + stride(k + 1 - at, free) } else { k };
                let ahead = &blocks[start(at)..start(stop)];
                self.memory.advance(update, ahead, &mut states);
                self.computed_steps += steps_of(ahead);
                at = stop;
                if free > 0 {
                    kept.push((at, states.clone()));
                }
            }
            let (segment, keep_at) = (&blocks[start(k)..start(k + 1)], carries.then_some(steps.end));
            let later = Some(&adjoint[..]);
            let found = self
                .memory
                .sweep(update, &Stretch { blocks: segment, counts_from: 0, states: &states, keep_at, later });
            self.computed_steps += steps_of(segment);
            let kept_bytes: usize = kept.iter().map(|(_, states)| bytes(states)).sum();
            self.peak_bytes = self.peak_bytes.max(self.memory.bytes().1 + kept_bytes);
            if k + 1 == count {
                last = found.kept;
            }
            adjoint = found.adjoint;
            // What was found before is of later steps.
            losses.splice(..0, found.losses);
            kept.pop_if(|(before, _)| *before == k && k > 0);
        }
        Ok(Swept::new(losses, last))
    }

    fn memory(&mut self, part: usize) -> Option<&mut Memory<T>> {
        (part == 0).then_some(&mut self.memory)
    }
}

fn bytes<T: Scalar>(states: &[DMatrix<T>]) -> usize {
    states.iter().map(|s| s.len() * size_of::<T>()).sum()
}
