//! `Task`: a problem that networks are trained and tested on.

use autograd::Scalar;
use models::Draws;
use nalgebra::DMatrix;

/// What a network should answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labels {
    /// A class for each example, asked after the last step: B of them.
    Last(Vec<usize>),
    /// A class for each example at every step, time-major: T·B of them.
    Every(Vec<usize>),
}

/// Some examples of a task, all of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Inputs, D × (T·B), time-major: step t is the columns t·B .. (t+1)·B.
    pub x: DMatrix<f64>,
    /// B, how many examples.
    pub batch: usize,
    /// The right answers.
    pub labels: Labels,
}

impl Batch {
    /// The inputs as other numbers.
    pub fn inputs<T: Scalar>(&self) -> DMatrix<T> {
        self.x.map(T::from_f64)
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

/// A problem: how its examples are drawn, and what no memory at all would score.
pub trait Task: Send + Sync {
    /// D, the rows of the input.
    fn inputs(&self) -> usize;

    /// How many classes there are.
    fn classes(&self) -> usize;

    /// `batch` examples, as training meets them.
    fn batch(&self, draws: &mut Draws, batch: usize) -> Batch;

    /// The accuracy of the best answer that ignores what must be remembered, derived in the task's documentation.
    fn baseline(&self) -> f64;
}
