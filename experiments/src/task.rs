//! `Task`: a problem that networks are trained and tested on.

use models::Draws;
pub use models::networks::{Batch, Targets};
use models::networks::{NetworkConfig, Read};
use models::stacks::RecurrentConfig;

/// A problem: how its examples are drawn, and what no memory at all would score. Its answers are classes or numbers, as its
/// [`Targets`] are.
pub trait Task: Send + Sync {
    /// D, the rows of numbers that a step reads.
    fn inputs(&self) -> usize;

    /// The rows of an answer: as many as there are classes, or numbers to be said.
    fn outputs(&self) -> usize;

    /// When it asks: after the last step or at every one.
    fn read(&self) -> Read {
        Read::Last
    }

    /// So many `examples`, as training meets them.
    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch;

    /// What the best answer scores that ignores what must be remembered, derived in the task's documentation.
    fn baseline(&self) -> Score;

    /// When it counts as solved, if anybody has said so.
    fn criterion(&self) -> Option<Criterion> {
        None
    }

    /// The network for it whose recurrent layers are `stack`.
    fn network(&self, stack: RecurrentConfig) -> NetworkConfig {
        NetworkConfig { read: self.read(), ..NetworkConfig::new(self.inputs(), stack, self.outputs()) }
    }
}

/// How good answers are: of classes and of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Score {
    /// The share of right classes; more is better.
    Accuracy(f64),
    /// The mean of (z − y)²; less is better.
    SquaredError(f64),
}

impl Score {
    /// The number alone.
    pub fn value(self) -> f64 {
        match self {
            Self::Accuracy(value) | Self::SquaredError(value) => value,
        }
    }
}

/// When a task counts as solved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criterion {
    /// ε: an answer of numbers is right if none is further off. Of classes it means nothing.
    pub within: f64,
    /// The share of right answers that it takes.
    pub share: f64,
    /// Who says so.
    pub source: &'static str,
}
