//! `Network`: inputs, a recurrent stack, a read-out.

use std::ops::Range;

use autograd::{Tape, Var};
use nalgebra::DMatrix;

use super::{Answer, Batch, Input, NetworkConfig, OnBatch};
use crate::layers::{Embedding, Linear, Mlp, MlpConfig};
use crate::stacks::{Cnn, ConfigError, Read, Recurrent, UnrolledStack, blank_padding, mean};
use crate::{Bound, CellScalar, Params, Phase, Placed, Registry, Site};

/// See the [module's documentation](super). Its parts are there for who looks inside: [`stack`](Self::stack) to record, to hold
/// a gate or to cut a state, [`readout`](Self::readout) to read what was seen.
#[derive(Debug)]
pub struct Network {
    pub(super) fronts: Vec<Front>,
    pub(super) stack: Placed<Recurrent>,
    pub(super) readout: Mlp,
    pub(super) read: Read,
    pub(super) answer: Answer,
}

/// A part of what a step reads, and what becomes of it.
#[derive(Debug)]
pub(super) enum Front {
    Tokens(Placed<Embedding>),
    Numbers(usize),
    /// The rows of an image, and its convolutions.
    Frames(usize, Cnn),
}

/// Some examples of a batch, at some of its steps.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub examples: Range<usize>,
    pub steps: Range<usize>,
}

impl Piece {
    /// The numbers of its columns in the batch.
    pub(super) fn columns(&self, batch: &Batch) -> Vec<usize> {
        self.steps.clone().flat_map(|t| self.examples.clone().map(move |e| t * batch.examples() + e)).collect()
    }
}

impl Network {
    /// Draws its parameters at a site: those of the inputs, `layers.…` and those of the answer. The longest distance in steps that the
    /// task needs is `horizon`.
    ///
    /// # Errors
    /// If a value is out of its range, a kernel does not fit, or a name is unknown; one line. What comes before it is
    /// placed then.
    ///
    /// # Panics
    /// If a name is taken.
    #[track_caller]
    pub fn new<T: CellScalar>(
        config: &NetworkConfig,
        registry: &Registry,
        horizon: usize,
        mut site: Site<'_, T>,
    ) -> Result<Self, ConfigError> {
        ConfigError::positive("outputs", config.outputs)?;
        ConfigError::positive("inputs", config.inputs.len())?;
        if let Some(MlpConfig { hidden, dropout, .. }) = &config.mlp {
            if hidden.contains(&0) {
                return Err(ConfigError::out_of_range("mlp.hidden", format!("{hidden:?}"), "1 or more in every layer"));
            }
            if !(0.0..1.0).contains(dropout) {
                return Err(ConfigError::out_of_range("mlp.dropout", dropout, "in [0, 1)"));
            }
        }
        if let Some(init) = config.readout_init {
            if !(init >= 0.0 && init.is_finite()) {
                return Err(ConfigError::out_of_range("readout_init", init, "a finite number of 0 or more"));
            }
            if config.mlp.is_some() {
                return Err(ConfigError::out_of_range("readout_init", init, "of an affine readout, without an mlp"));
            }
        }
        let mut width = 0;
        let mut place = |input: &Input| {
            Ok(match input {
                Input::Tokens { name, vocabulary, rows } => {
                    ConfigError::positive("vocabulary", *vocabulary)?;
                    ConfigError::positive("rows", *rows)?;
                    width += rows;
                    Front::Tokens(site.place(name, Embedding::new(*vocabulary, *rows)))
                }
                Input::Numbers { rows } => {
                    ConfigError::positive("rows", *rows)?;
                    width += rows;
                    Front::Numbers(*rows)
                }
                Input::Frames { image, conv } => {
                    let cnn = Cnn::new(*image, conv, site.at("cnn"))?;
                    width += cnn.output().rows();
                    Front::Frames(image.rows(), cnn)
                }
            })
        };
        let fronts = config.inputs.iter().map(&mut place).collect::<Result<_, ConfigError>>()?;
        let stack = match &config.stack {
            Some(stack) => stack.build(registry, width, horizon)?,
            None if config.read == Read::Every => Recurrent::none(width),
            None => {
                return Err(ConfigError::out_of_range("read", format!("{:?}", config.read), "Every, without a stack"));
            }
        };
        let stack = site.place("", stack);
        let readout = match &config.mlp {
            Some(mlp) => Mlp::new(stack.output_width(), mlp, config.outputs, site.at("mlp")),
            None => {
                let (width, outputs) = (stack.output_width(), config.outputs);
                let linear = match config.readout_init {
                    Some(bound) => Linear::uniform(width, outputs, bound),
                    None => Linear::new(width, outputs),
                };
                Mlp::affine(site.place("readout", linear))
            }
        };
        Ok(Self { fronts, stack, readout, read: config.read, answer: config.answer })
    }

    /// Its recurrent layers.
    pub fn stack(&self) -> &Placed<Recurrent> {
        &self.stack
    }

    /// The layers of its answer.
    pub fn readout(&self) -> &Mlp {
        &self.readout
    }

    /// What of the stack's outputs is answered to.
    pub fn read(&self) -> Read {
        self.read
    }

    /// x of every step, D × (T·B).
    ///
    /// # Panics
    /// If the batch is another network's: it has other inputs.
    #[track_caller]
    pub fn inputs<'t, T: CellScalar>(&self, tape: &'t Tape<T>, bound: &Bound<'t, T>, batch: &Batch) -> Var<'t, T> {
        self.inputs_of(tape, bound, batch, &Piece { examples: 0..batch.examples(), steps: 0..batch.steps() })
    }

    /// z, outputs × B or outputs × (T·B), from `x`, D × (T·B), of examples with these numbers of steps.
    ///
    /// # Panics
    /// If x has not D rows or its columns are no whole steps, or a length is beyond T.
    #[track_caller]
    pub fn answers<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        x: Var<'t, T>,
        lengths: &[usize],
        phase: Phase,
    ) -> Var<'t, T> {
        let run = self.stack.unroll(bound).lengths(lengths).phase(phase).run(x, lengths.len());
        let h = self.read_out(&run, lengths, 0, None);
        self.answer.of(self.readout.apply_from(bound, h, phase, (0, lengths.len())))
    }

    /// z of a batch in evaluation, on a tape of its own.
    ///
    /// # Panics
    /// As [`inputs`](Self::inputs).
    #[track_caller]
    pub fn evaluate<T: CellScalar>(&self, params: &Params<T>, batch: &Batch) -> DMatrix<T> {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let x = self.inputs(&tape, &bound, batch);
        self.answers(&bound, x, &batch.lengths, Phase::Evaluation).value()
    }

    /// The network on a batch: what an engine sweeps.
    ///
    /// # Panics
    /// If the batch is another network's, has no examples, or not as many targets as it asks for.
    #[track_caller]
    pub fn on(&self, batch: Batch, phase: Phase) -> OnBatch<'_> {
        OnBatch::new(self, batch, phase)
    }

    /// How many inputs of tokens it has, and how many rows all others.
    pub(super) fn reads(&self) -> (usize, usize) {
        let is_tokens = |front: &&Front| matches!(front, Front::Tokens(_));
        let rows = |front: &Front| match front {
            Front::Tokens(_) => 0,
            Front::Numbers(rows) | Front::Frames(rows, _) => *rows,
        };
        (self.fronts.iter().filter(is_tokens).count(), self.fronts.iter().map(rows).sum())
    }

    #[track_caller]
    pub(super) fn inputs_of<'t, T: CellScalar>(
        &self,
        tape: &'t Tape<T>,
        bound: &Bound<'t, T>,
        batch: &Batch,
        piece: &Piece,
    ) -> Var<'t, T> {
        let (found, wanted) = ((batch.tokens.len(), batch.x.nrows()), self.reads());
        assert!(
            found == wanted,
            "network: a batch of {} inputs of tokens and {} rows of numbers for a network of {} and {}",
            found.0,
            found.1,
            wanted.0,
            wanted.1
        );
        let columns = piece.columns(batch);
        let mut tokens = batch.tokens.iter();
        let mut first = 0;
        let mut numbers = |rows: usize| {
            first += rows;
            batch.x.rows(first - rows, rows).select_columns(&columns).map(T::from_f64)
        };
        let part = |front: &Front| match front {
            Front::Tokens(table) => {
                let tokens = tokens.next().expect("one for each");
                table.apply(bound, &columns.iter().map(|j| tokens[*j]).collect::<Vec<_>>())
            }
            Front::Numbers(rows) => tape.constant(&numbers(*rows)).named("x"),
            Front::Frames(rows, cnn) => {
                let frames = tape.constant(&numbers(*rows)).named("x");
                cnn.apply(bound, blank_padding(frames, &batch.lengths[piece.examples.clone()], piece.steps.start))
            }
        };
        match self.fronts.iter().map(part).collect::<Vec<_>>()[..] {
            [only] => only,
            ref parts => tape.concat_rows(parts),
        }
    }

    /// What stands for each example, H × B, or for each step, H × (T·B), of a run from step `first` on. The mean is summed
    /// up from run to run: `before` is what was read so far.
    #[track_caller]
    pub(super) fn read_out<'t, T: CellScalar>(
        &self,
        run: &UnrolledStack<'t, T>,
        lengths: &[usize],
        first: usize,
        before: Option<Var<'t, T>>,
    ) -> Var<'t, T> {
        match self.read {
            Read::Every => run.outputs,
            Read::Last => self.stack.last_output(run),
            Read::Mean => {
                let read = mean(run.outputs, lengths, first);
                before.map_or(read, |before| before + read)
            }
        }
    }
}
