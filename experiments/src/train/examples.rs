//! `Examples`: a task's batches as an objective.

use autograd::{Tape, Var};
use models::stacks::SequenceModel;
use models::{Bound, CellScalar, Draws, Unrolled};
use nalgebra::DMatrix;

use super::Objective;
use crate::task::{Labels, Task};

/// The cross-entropy of a model on a new batch of a task at each update.
#[derive(Debug)]
pub struct Examples<'a, K> {
    /// What is trained.
    pub model: &'a SequenceModel,
    /// On what.
    pub task: &'a K,
    /// B, the examples of one update.
    pub batch: usize,
    /// The seed of the examples.
    pub seed: u64,
}

/// The cross-entropy of `model` on one batch.
pub fn loss<'t, T: CellScalar>(
    model: &SequenceModel,
    bound: &Bound<'t, T>,
    run: &Unrolled<'t, T>,
    labels: &Labels,
) -> Var<'t, T> {
    match labels {
        Labels::Last(labels) => {
            let last = run.last[model.cell().about().output];
            model.read(bound, last).softmax_cross_entropy(labels)
        }
        Labels::Every(labels) => model.read(bound, run.outputs).softmax_cross_entropy(labels),
    }
}

impl<T: CellScalar, K: Task> Objective<T> for Examples<'_, K> {
    fn loss<'t>(
        &self,
        tape: &'t Tape<T>,
        bound: &Bound<'t, T>,
        update: u64,
        _: &[DMatrix<T>],
    ) -> (Var<'t, T>, Vec<DMatrix<T>>) {
        let batch = self.task.batch(&mut Draws::at(self.seed, "train", &[update]), self.batch);
        let run = self.model.unroll(bound).run(tape.constant(&batch.inputs()).named("x"), batch.batch);
        (loss(self.model, bound, &run, &batch.labels), Vec::new())
    }
}
