//! `Batch`: some examples, as a network reads them, and the right answers.

use std::ops::Range;

use autograd::{Scalar, Var};
use nalgebra::DMatrix;

use crate::stacks::TokenBatch;
use crate::unroll::whole_steps;

/// B examples of at most T steps, time-major: step t of example e is column t·B + e. What stands behind an example's end is
/// padding; nothing depends on it, but tokens must be in their vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// T·B tokens for each input of tokens, in the order of the network's inputs.
    pub tokens: Vec<Vec<usize>>,
    /// The rows of all other inputs, one below the other in their order, × (T·B); no rows if there are none.
    pub x: DMatrix<f64>,
    /// The steps of each example.
    pub lengths: Vec<usize>,
    /// The right answers.
    pub targets: Targets,
}

/// What a network should answer: once for each example, B answers, or at every step, T·B answers, time-major.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// A class each.
    Classes(Vec<usize>),
    /// A column of numbers each.
    Numbers(DMatrix<f64>),
}

impl Targets {
    /// How many answers there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Numbers(numbers) => numbers.ncols(),
        }
    }

    /// The answers number `first`, `first` + 1, …
    pub fn range(&self, range: Range<usize>) -> Self {
        self.select(&range.collect::<Vec<_>>())
    }

    /// The answers of these numbers.
    pub fn select(&self, which: &[usize]) -> Self {
        match self {
            Self::Classes(classes) => Self::Classes(which.iter().map(|j| classes[*j]).collect()),
            Self::Numbers(numbers) => Self::Numbers(numbers.select_columns(which)),
        }
    }

    /// The loss of the answers `z`, outputs × n, where `weights` says how much each counts: the mean cross-entropy in nats
    /// against classes, the mean squared error against numbers, 1×1.
    ///
    /// # Panics
    /// If the targets do not fit z, or no answer counts.
    #[track_caller]
    pub fn loss<'t, T: Scalar>(&self, z: Var<'t, T>, weights: &[f64]) -> Var<'t, T> {
        match self {
            Self::Classes(classes) => z.softmax_cross_entropy_weighted(classes, weights),
            Self::Numbers(numbers) => {
                z.mean_squared_error_weighted(z.tape().constant(&numbers.map(T::from_f64)), weights)
            }
        }
    }
}

impl Batch {
    /// Of numbers alone, D × (T·B), all `examples` of one length.
    ///
    /// # Panics
    /// If the columns are no whole steps.
    #[track_caller]
    pub fn new(x: DMatrix<f64>, examples: usize, targets: Targets) -> Self {
        let lengths = vec![whole_steps("batch", x.ncols(), examples); examples];
        Self { tokens: Vec::new(), x, lengths, targets }
    }

    /// Of tokens alone: one batch for each input, of the same lengths.
    pub fn of_tokens(inputs: impl IntoIterator<Item = TokenBatch>, targets: Targets) -> Self {
        let (mut tokens, mut lengths) = (Vec::new(), Vec::new());
        for input in inputs {
            tokens.push(input.tokens);
            lengths = input.lengths;
        }
        let x = DMatrix::zeros(0, tokens.first().map_or(0, Vec::len));
        Self { tokens, x, lengths, targets }
    }

    /// B.
    pub fn examples(&self) -> usize {
        self.lengths.len()
    }

    /// T.
    pub fn steps(&self) -> usize {
        let columns = self.tokens.first().map_or(self.x.ncols(), Vec::len);
        columns.checked_div(self.examples()).unwrap_or(0)
    }

    /// One-hot columns from tokens: column j has its 1 in row `tokens[j]`.
    pub fn one_hot(rows: usize, tokens: &[usize]) -> DMatrix<f64> {
        let mut x = DMatrix::zeros(rows, tokens.len());
        for (j, &token) in tokens.iter().enumerate() {
            x[(token, j)] = 1.0;
        }
        x
    }
}
