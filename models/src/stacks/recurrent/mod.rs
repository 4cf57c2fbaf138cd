//! Layers of a recurrent cell, one on the other, in one direction or both.
//!
//! ```text
//! yˡ_t = →hˡ_t,  or  [→hˡ_t; ←hˡ_t]  if bidirectional          layer l reads
//! xˡ_t = yˡ⁻¹_t  (x⁰ = x),  with dropout from the second layer on
//! yˡ_t ← yˡ_t + yˡ⁻¹_t  from the second layer on, if residual
//! ```

mod by_part;
mod config;
mod summary;
mod unroll_stack;

#[cfg(test)]
mod tests;

use std::fmt;

use autograd::Tape;
use nalgebra::DMatrix;

pub use by_part::ByPart;
pub use config::{ConfigError, RecurrentConfig};
pub use unroll_stack::{UnrollStack, UnrolledStack};

use crate::{About, AnyCell, Bound, CellScalar, Layer, Params, Phase, Placed, Specs, Stream};

/// A stack of recurrent layers, built by [`RecurrentConfig::build`].
///
/// As a cell, it holds no matrices and no scalar type: [`Params::place`] draws its parameters into a model's, named
/// `layers.{l}.{fwd|rev}.{param}`, and `unroll` runs it.
///
/// ```
/// # use autograd::Tape;
/// # use models::{Params, Registry, stacks::RecurrentConfig};
/// # use nalgebra::DMatrix;
/// let config = RecurrentConfig { layers: 2, bidirectional: true, ..RecurrentConfig::new("gru", 4) };
/// let mut params = Params::<f64>::new();
/// let stack = params.place("", config.build(&Registry::builtin(), 3, 10)?, 1);
///
/// let tape = Tape::new();
/// let bound = params.bind(&tape);
/// let x = tape.constant(&DMatrix::from_element(3, 5 * 2, 0.1)); // 5 steps of a batch of 2
/// let run = stack.unroll(&bound).lengths(&[5, 3]).run(x, 2);
/// assert_eq!(run.outputs.shape(), (4 + 4, 5 * 2));
/// let names: Vec<_> = stack.states().map(|state| state.to_string()).collect();
/// assert_eq!(names, ["layers.0.fwd.h", "layers.0.rev.h", "layers.1.fwd.h", "layers.1.rev.h"]);
/// assert_eq!(run.last.len(), 4);
/// # Ok::<(), models::stacks::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct Recurrent {
    input: usize,
    lanes: Vec<Lane>,
    /// Those of all lanes.
    specs: Specs,
    config: RecurrentConfig,
}

/// Which way a layer runs over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the first step to the last; `fwd` in names.
    Forward,
    /// From the last step to the first; `rev` in names.
    Reverse,
}

/// One state part of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StateName {
    /// The layer, 0 the lowest.
    pub layer: usize,
    /// Its direction.
    pub direction: Direction,
    /// The cell's name of the part.
    pub part: &'static str,
    /// Its rows.
    pub width: usize,
}

/// One direction of one layer.
#[derive(Debug)]
struct Lane {
    layer: usize,
    direction: Direction,
    cell: Box<dyn AnyCell>,
    /// The initial states, if they are parameters.
    initial: Specs,
    /// By state part.
    zoneout: Vec<f64>,
    /// By state part.
    leaky: Vec<f64>,
}

impl Lane {
    /// `layers.0.fwd`.
    fn name(&self) -> String {
        format!("layers.{}.{}", self.layer, self.direction)
    }

    /// What the cell calls it, if this lane has `name`, a full one or the cell's.
    fn own<'n>(&self, name: &'n str) -> Option<&'n str> {
        match name.rsplit_once('.') {
            Some((lane, own)) => (lane == self.name()).then_some(own),
            None => Some(name),
        }
    }

    fn params(&self) -> usize {
        self.cell.about().specs.iter().count() + self.initial.iter().count()
    }
}

impl Recurrent {
    /// No layer at all: its outputs are its inputs, with this number of rows.
    pub(crate) fn none(input: usize) -> Self {
        Self { input, lanes: Vec::new(), specs: Specs::default(), config: RecurrentConfig::new("", 0) }
    }

    /// D, the rows of its input.
    pub fn input(&self) -> usize {
        self.input
    }

    /// The rows of its outputs: both directions' together.
    pub fn output_width(&self) -> usize {
        if self.lanes.is_empty() {
            return self.input;
        }
        let top = self.lanes.iter().rev().take(self.config.directions().len());
        top.map(|lane| lane.cell.about().output_width()).sum()
    }

    /// What is known of its cells, layer by layer, forward before reverse.
    pub fn cells(&self) -> impl Iterator<Item = &About> {
        self.lanes.iter().map(|lane| lane.cell.about())
    }

    /// What it was built from.
    pub fn config(&self) -> &RecurrentConfig {
        &self.config
    }

    /// Its state parts in the order in which runs take and give them: layer by layer, forward before reverse, as the
    /// cell has them.
    pub fn states(&self) -> impl Iterator<Item = StateName> {
        self.lanes.iter().flat_map(|lane| {
            lane.cell.about().states.iter().map(|part| StateName {
                layer: lane.layer,
                direction: lane.direction,
                part: part.name,
                width: part.width,
            })
        })
    }
}

/// A stack that reads from the end cannot read a sequence as it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a bidirectional stack cannot stream: its first output depends on the last input")]
pub struct LooksAhead;

impl Layer for Recurrent {
    fn specs(&self) -> &Specs {
        &self.specs
    }
}

impl Placed<Recurrent> {
    /// The stack, ready to run over a sequence.
    ///
    /// # Panics
    /// If `bound` is another model's.
    #[track_caller]
    pub fn unroll<'a, 't, T: CellScalar>(&'a self, bound: &'a Bound<'t, T>) -> UnrollStack<'a, 't, T> {
        UnrollStack::new(self, self.on(bound))
    }

    /// The states that it starts from if none are given: zeros, or the learned ones.
    #[track_caller]
    pub fn initial_states<T: CellScalar>(&self, params: &Params<T>, batch: usize) -> Vec<DMatrix<T>> {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let run = self.unroll(&bound).phase(Phase::Evaluation).run(tape.zeros(self.input, 0), batch);
        run.last.iter().map(|state| state.value()).collect()
    }

    /// Evaluates `batch` sequences as they come, from the initial states.
    ///
    /// # Errors
    /// If it is bidirectional.
    #[track_caller]
    pub fn stream<'a, T: CellScalar>(
        &'a self,
        params: &'a Params<T>,
        batch: usize,
    ) -> Result<Stream<'a, T>, LooksAhead> {
        if self.config.bidirectional {
            return Err(LooksAhead);
        }
        let initial = self.initial_states(params, batch);
        Ok(Stream::new(params, initial, batch, move |block, x| {
            let unroll = self.unroll(block.bound).initial(block.states).segment(block.steps.start);
            let run = unroll.phase(Phase::Evaluation).run(x, batch);
            (run.outputs, run.last)
        }))
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forward => "fwd",
            Self::Reverse => "rev",
        })
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layers.{}.{}.{}", self.layer, self.direction, self.part)
    }
}
