//! `Stream`: a network that reads a sequence as it comes, in memory that does not grow.

use std::fmt;

use autograd::{Scalar, Tape, Var};
use nalgebra::DMatrix;

use crate::unroll::{BLOCK, whole_steps};
use crate::{Block, Params};

/// Records a block of steps, given their input: the outputs, and the states after it.
type Record<'a, T> = dyn for<'t> Fn(Block<'_, 't, T>, Var<'t, T>) -> (Var<'t, T>, Vec<Var<'t, T>>) + 'a;

/// Evaluation step after step: the states are plain matrices, and the tape is reset every few steps.
///
/// The network is what `record` records: outputs and states of a [`Block`] of steps whose input it is given.
/// [`SequenceModel::stream`](crate::stacks::SequenceModel::stream) and
/// [`Placed::stream`](crate::Placed::stream), of a stack, make one of theirs.
///
/// ```
/// use models::{Dims, Params, Stream, cells::Gru};
/// use nalgebra::DMatrix;
///
/// let mut params = Params::<f64>::new();
/// let cell = params.place("layers.0.fwd", Gru::new(Dims { input: 2, hidden: 3, horizon: 10 }), 1);
///
/// let mut stream = Stream::new(&params, vec![DMatrix::zeros(3, 1)], 1, |block, x| {
///     let run = cell.unroll(block.bound).initial(block.states).segment(block.steps.start).run(x, 1);
///     (run.outputs, run.last)
/// });
/// for t in 0..100 {
///     let h = stream.step(&DMatrix::from_element(2, 1, (t as f64).sin()));
///     assert_eq!(h.shape(), (3, 1));
/// }
/// assert_eq!(stream.steps(), 100);
/// ```
pub struct Stream<'a, T: Scalar> {
    params: &'a Params<T>,
    record: Box<Record<'a, T>>,
    batch: usize,
    tape: Tape<T>,
    states: Vec<DMatrix<T>>,
    outputs: DMatrix<T>,
    steps: usize,
}

impl<'a, T: Scalar> Stream<'a, T> {
    /// From the `initial` states, for `batch` examples at a time.
    ///
    /// # Panics
    /// If there are no examples: their steps could not be counted.
    #[track_caller]
    pub fn new(
        params: &'a Params<T>,
        initial: Vec<DMatrix<T>>,
        batch: usize,
        record: impl for<'t> Fn(Block<'_, 't, T>, Var<'t, T>) -> (Var<'t, T>, Vec<Var<'t, T>>) + 'a,
    ) -> Self {
        assert!(batch > 0, "stream: a batch has at least one example");
        let outputs = DMatrix::zeros(0, 0);
        Self { params, record: Box::new(record), batch, tape: Tape::new(), states: initial, outputs, steps: 0 }
    }

    /// Reads the next step, D × B, or several, D × (n·B) time-major, and gives their outputs.
    ///
    /// The parameters are copied once a call, or every few steps of a long one: many steps a call are faster.
    ///
    /// # Panics
    /// If the columns are no whole steps, and as the network does.
    #[track_caller]
    pub fn step(&mut self, x: &DMatrix<T>) -> &DMatrix<T> {
        let (columns, batch) = (x.ncols(), self.batch);
        let steps = whole_steps("stream", columns, batch);
        // No steps are a piece, too: their outputs have rows.
        for first in (0..steps.max(1)).step_by(BLOCK) {
            let count = BLOCK.min(steps - first);
            self.read(&x.columns(first * batch, count * batch).into_owned(), first * batch, columns);
            self.steps += count;
        }
        &self.outputs
    }

    /// Reads a few steps, whose outputs begin at column `at` of `columns`.
    #[track_caller]
    fn read(&mut self, x: &DMatrix<T>, at: usize, columns: usize) {
        let bound = self.params.bind(&self.tape);
        let states: Vec<_> = self.states.iter().map(|s| self.tape.constant(s)).collect();
        let steps = self.steps..self.steps + x.ncols() / self.batch;
        let block = Block {
            tape: &self.tape,
            bound: &bound,
            examples: 0..self.batch,
            states: &states,
            steps,
            loss_wanted: false,
        };
        let (outputs, last) = (self.record)(block, self.tape.constant(x));
        let (given, got) = (states.len(), last.len());
        assert!(given == got, "stream: {given} states turn into {got}");
        for (state, last) in self.states.iter_mut().zip(&last) {
            last.read(|last| state.copy_from(&last));
        }
        let rows = outputs.shape().0;
        if self.outputs.shape() != (rows, columns) {
            self.outputs = DMatrix::zeros(rows, columns);
        }
        outputs.read(|outputs| self.outputs.columns_mut(at, outputs.ncols()).copy_from(&outputs));
        drop((bound, states, last));
        self.tape.reset();
    }

    /// The states after the last step read.
    pub fn states(&self) -> &[DMatrix<T>] {
        &self.states
    }

    /// How many steps were read.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Bytes held: by the tape, the states and the last outputs.
    pub fn bytes(&self) -> usize {
        let numbers = self.states.iter().map(DMatrix::len).sum::<usize>() + self.outputs.len();
        self.tape.bytes() + numbers * size_of::<T>()
    }
}

impl<T: Scalar> fmt::Debug for Stream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("steps", &self.steps).field("states", &self.states).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stacks::{RecurrentConfig, SequenceModel};
    use crate::{Dims, Registry};

    fn x(steps: usize, batch: usize) -> DMatrix<f64> {
        DMatrix::from_fn(2, steps * batch, |i, j| ((3 * i + j) as f64).sin())
    }

    #[test]
    fn memory_does_not_grow_with_the_steps() {
        let cell = Registry::builtin().build("lstm", Dims { input: 2, hidden: 5, horizon: 10 }).expect("built in");
        let (model, params) = SequenceModel::new::<f64>(cell, 3, 1);
        let mut stream = model.stream(&params, 2);
        let mut held = Vec::new();
        for t in 0..1000 {
            stream.step(&x(1, 2));
            if t % 100 == 99 {
                held.push(stream.bytes());
            }
        }
        assert!(held.iter().all(|bytes| *bytes == held[0]), "{held:?}");
        let mut whole = model.stream(&params, 2);
        whole.step(&x(1000, 2));
        assert!(whole.bytes() < 30 * held[0] + 1000 * 2 * 3 * 8, "{} for all at once, {}", whole.bytes(), held[0]);
    }

    #[test]
    fn however_the_steps_are_given_the_outputs_are_those_of_the_whole_run() {
        let cell = Registry::builtin().build("gru", Dims { input: 2, hidden: 5, horizon: 10 }).expect("built in");
        let (model, params) = SequenceModel::new::<f64>(cell, 3, 1);
        let (tape, x) = (Tape::new(), x(50, 2));
        let bound = params.bind(&tape);
        let run = model.unroll(&bound).run(tape.constant(&x), 2);
        let whole = model.read(&bound, run.outputs).value();
        for pieces in [vec![50], vec![1; 50], vec![0, 17, 33, 0]] {
            let (mut stream, mut at) = (model.stream(&params, 2), 0);
            for piece in pieces {
                let outputs = stream.step(&x.columns(at, piece * 2).into_owned());
                assert_eq!(outputs.shape(), (3, piece * 2));
                assert!(piece == 0 || (outputs - whole.columns(at, piece * 2)).amax() < 1e-12);
                at += piece * 2;
            }
            assert_eq!(stream.steps(), 50);
            assert!((&stream.states()[0] - run.last[0].value()).amax() < 1e-12);
        }
    }

    #[test]
    fn a_stack_streams_unless_it_looks_ahead() {
        let config = RecurrentConfig { layers: 2, learned_initial: true, ..RecurrentConfig::new("lstm", 4) };
        let mut params = Params::<f64>::new();
        let stack = params.place("", config.build(&Registry::builtin(), 2, 10).expect("valid"), 1);
        params.iter_mut().filter(|p| p.name.contains("initial")).for_each(|p| p.value.fill(0.4));
        let (tape, x) = (Tape::new(), x(20, 3));
        let bound = params.bind(&tape);
        let whole = stack.unroll(&bound).run(tape.constant(&x), 3);
        let mut stream = stack.stream(&params, 3).expect("forward alone");
        for t in 0..20 {
            let outputs = stream.step(&x.columns(t * 3, 3).into_owned());
            assert!((outputs - whole.outputs.value().columns(t * 3, 3)).amax() < 1e-12, "step {t}");
        }
        for (state, last) in stream.states().iter().zip(&whole.last) {
            assert!((state - last.value()).amax() < 1e-12);
        }

        let both = RecurrentConfig { bidirectional: true, ..config }.build(&Registry::builtin(), 2, 10).expect("valid");
        let mut params = Params::<f64>::new();
        let refusal = params.place("", both, 1).stream(&params, 3).expect_err("it looks ahead").to_string();
        assert_eq!(refusal, "a bidirectional stack cannot stream: its first output depends on the last input");
    }
}
