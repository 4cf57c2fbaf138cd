//! `Engine`: how the gradient of one update is computed. [`Whole`], [`Checkpointed`] and [`Truncated`] sweep over time in
//! their ways; [`Sharded`] cuts the batch and lets any of them sweep the parts. What they sweep is a [`Sequence`].

use std::fmt::{self, Debug};
use std::ops::Range;

use autograd::{Anomaly, Gradients, Scalar, Tape};
use nalgebra::DMatrix;
use rayon::prelude::*;

use crate::{Block, BlockEnd, Checkpointing, ParamGrads, Params, Schedule, TruncatedBptt};

/// The loss of one update: a batch of sequences, recorded in whatever blocks an engine asks for.
pub trait Sequence<T: Scalar>: Sync {
    /// B.
    fn examples(&self) -> usize;

    /// The steps whose losses count. Where they begin at 0, nothing is taken over from the update before.
    fn steps(&self) -> Range<usize>;

    /// Why it cannot be cut in time, if so: "it reads from both ends".
    fn in_one_piece(&self) -> Option<&'static str> {
        None
    }

    /// Whether the next update goes on where this one ends.
    fn carries(&self) -> bool {
        false
    }

    /// Records a block: its share of the loss, and the states after it. The same block may be asked for several times.
    fn record<'t>(&self, block: Block<'_, 't, T>) -> BlockEnd<'t, T>;
}

/// A [`Sequence`] whose blocks a function records.
pub struct Recorded<F> {
    examples: usize,
    steps: Range<usize>,
    in_one_piece: Option<&'static str>,
    carries: bool,
    record: F,
}

impl<F> Recorded<F> {
    /// So many examples over these steps.
    pub fn new<T: Scalar>(examples: usize, steps: Range<usize>, record: F) -> Self
    where
        F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T> + Sync,
    {
        Self { examples, steps, in_one_piece: None, carries: false, record }
    }

    /// The same, which cannot be cut in time, for this reason: "it reads from both ends".
    #[must_use]
    pub fn in_one_piece(self, why: &'static str) -> Self {
        Self { in_one_piece: Some(why), ..self }
    }

    /// The same, where the next update goes on.
    #[must_use]
    pub fn carrying(self) -> Self {
        Self { carries: true, ..self }
    }
}

impl<F> Debug for Recorded<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} examples, steps {:?}", self.examples, self.steps)
    }
}

impl<T: Scalar, F> Sequence<T> for Recorded<F>
where
    F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T> + Sync,
{
    fn examples(&self) -> usize {
        self.examples
    }
    fn steps(&self) -> Range<usize> {
        self.steps.clone()
    }
    fn in_one_piece(&self) -> Option<&'static str> {
        self.in_one_piece
    }
    fn carries(&self) -> bool {
        self.carries
    }
    fn record<'t>(&self, block: Block<'_, 't, T>) -> BlockEnd<'t, T> {
        (self.record)(block)
    }
}

/// What an engine found; the gradients are in [`Engine::gradients`].
#[derive(Clone, Debug, PartialEq)]
pub struct Swept<T: Scalar> {
    /// The loss.
    pub loss: T,
    /// What the next update takes over, if its steps go on.
    pub carried: Vec<DMatrix<T>>,
}

/// How the gradient of one update is computed. An engine keeps memory, but nothing that changes a result.
pub trait Engine<T: Scalar>: Debug + Send {
    /// Loss and gradients of `sequence`, after `carried`.
    ///
    /// # Errors
    /// If the engine cannot do it: one line.
    fn sweep(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        carried: &[DMatrix<T>],
    ) -> Result<Swept<T>, String>;

    /// Those of the last sweep.
    fn gradients(&mut self) -> &mut ParamGrads<T>;

    /// What was not finite first in the update: it is swept once more on a traced tape.
    fn culprit(&mut self, params: &Params<T>, sequence: &dyn Sequence<T>, carried: &[DMatrix<T>]) -> Option<Anomaly> {
        let mut whole = Whole { tape: Tape::traced(), ..Whole::default() };
        let _ = whole.sweep(params, sequence, carried);
        whole.tape.anomaly().or_else(|| whole.sweep.anomaly().cloned())
    }
}

/// One block, one tape, one sweep.
#[derive(Debug)]
pub struct Whole<T: Scalar> {
    tape: Tape<T>,
    sweep: Gradients<T>,
    grads: ParamGrads<T>,
}

impl<T: Scalar> Default for Whole<T> {
    fn default() -> Self {
        Self { tape: Tape::new(), sweep: Gradients::new(), grads: ParamGrads::zeros(&Params::new()) }
    }
}

impl<T: Scalar> Engine<T> for Whole<T> {
    fn sweep(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        carried: &[DMatrix<T>],
    ) -> Result<Swept<T>, String> {
        self.tape.reset();
        let (tape, bound, steps) = (&self.tape, params.bind(&self.tape), sequence.steps());
        let states: Vec<_> =
            if steps.start == 0 { Vec::new() } else { carried.iter().map(|s| tape.constant(s)).collect() };
        let examples = 0..sequence.examples();
        let end = sequence.record(Block { tape, bound: &bound, examples, states: &states, steps, loss_wanted: true });
        let loss = end.loss.ok_or("the sequence has no loss")?;
        tape.backward_into(loss, &mut self.sweep);
        if self.grads.iter().len() != params.iter().len() {
            self.grads = ParamGrads::zeros(params);
        }
        self.grads.read(&bound, &self.sweep);
        let carried = if sequence.carries() { end.states.iter().map(|s| s.value()).collect() } else { Vec::new() };
        let extra = end.term.map(|term| term(&self.sweep, &mut self.grads));
        Ok(Swept { loss: extra.map_or(loss.item(), |extra| loss.item() + extra), carried })
    }

    fn gradients(&mut self) -> &mut ParamGrads<T> {
        &mut self.grads
    }
}

/// Bounded memory: see [`Checkpointing`].
#[derive(Debug)]
pub struct Checkpointed<T: Scalar>(Checkpointing<T>);

impl<T: Scalar> Checkpointed<T> {
    /// By this schedule.
    pub fn new(schedule: Schedule) -> Self {
        Self(Checkpointing::new(schedule))
    }
}

/// `block`, as the sequence counts: it has all examples, and its steps are those of the sequence.
fn placed<'a, 't, T: Scalar>(sequence: &dyn Sequence<T>, block: Block<'a, 't, T>) -> Block<'a, 't, T> {
    let first = sequence.steps().start;
    let steps = block.steps.start + first..block.steps.end + first;
    Block { examples: 0..sequence.examples(), steps, ..block }
}

impl<T: Scalar> Engine<T> for Checkpointed<T> {
    fn sweep(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        carried: &[DMatrix<T>],
    ) -> Result<Swept<T>, String> {
        if let Some(why) = sequence.in_one_piece() {
            return Err(format!("checkpoints are between steps, but {why}"));
        }
        let steps = sequence.steps();
        let before = if steps.start == 0 { &[][..] } else { carried };
        let pass = self.0.pass(params, before, steps.len(), |block| sequence.record(placed(sequence, block)));
        let pass = pass.map_err(|why| why.to_string())?;
        Ok(Swept { loss: pass.loss, carried: pass.last })
    }

    fn gradients(&mut self) -> &mut ParamGrads<T> {
        self.0.gradients_mut()
    }
}

/// Back through the last k₂ steps, every k₁ steps, and the sum of all: see [`TruncatedBptt`].
#[derive(Debug)]
pub struct Truncated<T: Scalar>(TruncatedBptt<T>);

impl<T: Scalar> Truncated<T> {
    /// A sweep every `k1` steps, back through `k2`.
    pub fn new(k1: usize, k2: usize) -> Self {
        Self(TruncatedBptt::new(k1, k2))
    }
}

impl<T: Scalar> Engine<T> for Truncated<T> {
    fn sweep(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        carried: &[DMatrix<T>],
    ) -> Result<Swept<T>, String> {
        if let Some(why) = sequence.in_one_piece() {
            return Err(format!("a gradient is cut between steps, but {why}"));
        }
        let steps = sequence.steps();
        let before = if steps.start == 0 { &[][..] } else { carried };
        let pass = self.0.pass(params, before, steps.len(), |block| sequence.record(placed(sequence, block)));
        Ok(Swept { loss: pass.loss, carried: pass.last })
    }

    fn gradients(&mut self) -> &mut ParamGrads<T> {
        self.0.gradients_mut()
    }
}

/// The batch in parts, each swept by an engine of its own, on as many threads as there are. Their gradients are added in
/// their order.
#[derive(Debug)]
pub struct Sharded<T: Scalar>(Vec<Box<dyn Engine<T>>>);

impl<T: Scalar> Sharded<T> {
    /// So many parts, each swept by what `engine` makes.
    pub fn new(parts: usize, engine: impl Fn() -> Box<dyn Engine<T>>) -> Self {
        assert!(parts > 0, "sharded: a batch has at least one part");
        Self((0..parts).map(|_| engine()).collect())
    }
}

/// Some examples of a sequence, counted from 0.
struct Part<'a, T: Scalar>(&'a dyn Sequence<T>, Range<usize>);

impl<T: Scalar> Sequence<T> for Part<'_, T> {
    fn examples(&self) -> usize {
        self.1.len()
    }
    fn steps(&self) -> Range<usize> {
        self.0.steps()
    }
    fn in_one_piece(&self) -> Option<&'static str> {
        self.0.in_one_piece()
    }
    fn carries(&self) -> bool {
        self.0.carries()
    }
    fn record<'t>(&self, block: Block<'_, 't, T>) -> BlockEnd<'t, T> {
        let examples = block.examples.start + self.1.start..block.examples.end + self.1.start;
        self.0.record(Block { examples, ..block })
    }
}

impl<T: Scalar> Engine<T> for Sharded<T> {
    fn sweep(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        carried: &[DMatrix<T>],
    ) -> Result<Swept<T>, String> {
        let batch = sequence.examples();
        let count = self.0.len().min(batch.max(1)); // no part is empty
        let part = |(k, engine): (usize, &mut Box<dyn Engine<T>>)| {
            let examples = k * batch / count..(k + 1) * batch / count;
            let own: Vec<_> = carried.iter().map(|s| s.columns_range(examples.clone()).into_owned()).collect();
            engine.sweep(params, &Part(sequence, examples), &own)
        };
        let found: Result<Vec<_>, String> = match count {
            1 => self.0[..1].iter_mut().enumerate().map(part).collect(),
            _ => self.0[..count].par_iter_mut().enumerate().map(part).collect(),
        };
        let found = found?;
        let (first, others) = self.0[..count].split_first_mut().expect("at least one part");
        others.iter_mut().for_each(|other| first.gradients().add(other.gradients()));
        let loss = found[1..].iter().fold(found[0].loss, |sum, part| sum + part.loss);
        let beside = |k: usize| {
            let columns: Vec<_> = found.iter().flat_map(|part| part.carried[k].column_iter()).collect();
            if columns.is_empty() { found[0].carried[k].clone() } else { DMatrix::from_columns(&columns) }
        };
        Ok(Swept { loss, carried: (0..found[0].carried.len()).map(beside).collect() })
    }

    fn gradients(&mut self) -> &mut ParamGrads<T> {
        self.0[0].gradients()
    }
}
