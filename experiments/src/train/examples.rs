//! `Examples`: a task's batches as an objective.

use autograd::Var;
use models::stacks::SequenceModel;
use models::{BlockEnd, Bound, CellScalar, Draws, Recorded, Sequence, Unrolled};

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
    fn sequence(&self, update: u64) -> Box<dyn Sequence<T> + '_> {
        let batch = self.task.batch(&mut Draws::at(self.seed, "train", &[update]), self.batch);
        let x = batch.inputs();
        Box::new(Recorded::new(1, 0..1, move |block| {
            let run = self.model.unroll(block.bound).run(block.tape.constant(&x).named("x"), batch.batch);
            BlockEnd::loss(loss(self.model, block.bound, &run, &batch.labels))
        }))
    }
}
