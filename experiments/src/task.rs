//! `Task`: a problem that networks are trained and tested on.

use std::fmt;

use models::Draws;
pub use models::networks::{Batch, Targets};
use models::networks::{NetworkConfig, Read};
use models::stacks::RecurrentConfig;
use nalgebra::DMatrix;

use crate::answers::Evaluation;

/// A problem: how its examples are drawn, and what no memory at all would score. Its answers are classes or numbers, as its
/// [`Targets`] are.
///
/// ```
/// use experiments::task::{Batch, Score, Targets, Task};
/// use models::Draws;
/// use nalgebra::DMatrix;
///
/// /// What was the first of three bits? Who forgets it is right half of the time.
/// struct FirstBit;
///
/// impl Task for FirstBit {
///     fn inputs(&self) -> usize {
///         1
///     }
///
///     fn outputs(&self) -> usize {
///         2
///     }
///
///     fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
///         let x = DMatrix::from_fn(1, 3 * examples, |_, _| draws.below(2) as f64);
///         // Step t of example j is column t·B + j.
///         let first = (0..examples).map(|j| x[(0, j)] as usize).collect();
///         Batch::new(x, examples, Targets::Classes(first))
///     }
///
///     fn baseline(&self) -> Score {
///         Score::Accuracy(0.5)
///     }
/// }
///
/// let batch = FirstBit.batch(&mut Draws::at(1, "example", &[]), 32);
/// assert_eq!(batch.lengths, [3; 32]);
/// ```
pub trait Task: Send + Sync {
    /// D, the rows of numbers that a step reads.
    fn inputs(&self) -> usize;

    /// The rows of an answer: as many as there are classes, or numbers to be said.
    fn outputs(&self) -> usize;

    /// When it asks: after the last step or at every one.
    fn read(&self) -> Read {
        Read::Last
    }

    /// Who posed it, to the section; lists show it.
    fn source(&self) -> &'static str {
        "no paper"
    }

    /// `examples` examples, as training meets them.
    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch;

    /// What the best answer scores that ignores what must be remembered, derived in the task's documentation.
    fn baseline(&self) -> Score;

    /// When it counts as solved, if anybody has said so.
    fn criterion(&self) -> Option<Criterion> {
        None
    }

    /// How good the answers `z` to a batch are, outputs × B or outputs × (T·B). If a sequence of answers counts as one, or a
    /// set of answers is right, the task says so here.
    fn judge(&self, z: &DMatrix<f64>, batch: &Batch) -> Evaluation {
        Evaluation::of_batch(z, batch, self.read(), self.criterion().map_or(0.0, |criterion| criterion.within))
    }

    /// The network for it whose recurrent layers are `stack`.
    fn network(&self, stack: RecurrentConfig) -> NetworkConfig {
        NetworkConfig { read: self.read(), ..NetworkConfig::new(self.inputs(), stack, self.outputs()) }
    }
}

/// A task that can be drawn at any distance: how many time steps lie between what must be remembered and the question. The main
/// study measures every such task.
pub trait AtDistance: Task {
    /// `examples` examples at distance `d`, which is 1 or more: more than d steps, the same number in every example, and one
    /// answer after the last.
    fn at_distance(&self, d: usize, draws: &mut Draws, examples: usize) -> Batch;

    /// What tables and figures call it.
    fn wording(&self) -> Wording;
}

impl dyn AtDistance {
    /// # Errors
    /// If it cannot be measured at these `distances`, as two examples of each show; one line.
    pub fn check(&self, distances: impl IntoIterator<Item = usize>) -> Result<(), String> {
        if self.read() != Read::Last {
            return Err("it does not ask after the last step alone, so its answers have no distance".into());
        }
        for d in distances {
            let Batch { x, lengths, targets, .. } = self.at_distance(d, &mut Draws::at(1, "check", &[]), 2);
            let answers = match &targets {
                Targets::Classes(classes) => classes.iter().filter(|class| **class < self.outputs()).count(),
                Targets::Numbers(numbers) if numbers.nrows() == self.outputs() => numbers.ncols(),
                Targets::Numbers(_) => 0,
            };
            let alike = lengths.iter().all(|length| *length > d && *length == lengths[0]);
            if x.nrows() != self.inputs() || answers != 2 || lengths.len() != 2 || !alike {
                return Err(format!(
                    "two examples at distance {d} have {} rows, the steps {lengths:?} and {answers} fitting answers; give {} \
                     rows, alike many steps, more than the distance, and an answer each",
                    x.nrows(),
                    self.inputs()
                ));
            }
        }
        Ok(())
    }
}

/// What tables and figures call a task and its distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording {
    /// Its name as a title: `The adding problem`.
    pub title: &'static str,
    /// Its examples: `sequences`.
    pub examples: &'static str,
    /// What must be remembered, without an article: `first number`.
    pub from: &'static str,
    /// Where it is asked for, without an article: `sum`.
    pub to: &'static str,
}

/// How good answers are: of classes and of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Score {
    /// The share of right classes; more is better.
    Accuracy(f64),
    /// The mean of (z − y)²; less is better.
    SquaredError(f64),
    /// The mean of −ln P(the right class) in nats; less is better.
    CrossEntropy(f64),
}

impl Score {
    /// The number alone.
    pub fn value(self) -> f64 {
        match self {
            Self::Accuracy(value) | Self::SquaredError(value) | Self::CrossEntropy(value) => value,
        }
    }
}

/// What a baseline scores, as reports say it.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accuracy(chance) => write!(f, "chance {chance:.3}"),
            Self::SquaredError(error) => write!(f, "baseline {error:.3}"),
            Self::CrossEntropy(nats) => write!(f, "baseline {nats:.3} nats"),
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
