//! `Examples`: a task's batches as an objective.

use models::networks::Network;
use models::{Address, CellScalar, Draws, Phase, Sequence};

use crate::task::Task;
use crate::train::Objective;

/// The loss of a network on a new batch of a task at each update.
#[derive(Debug)]
pub struct Examples<'a, K> {
    /// What is trained.
    pub network: &'a Network,
    /// On what.
    pub task: &'a K,
    /// B, the examples of one update.
    pub batch: usize,
    /// The seed of the examples, and of the network's masks if it has any.
    pub seed: u64,
}

impl<T: CellScalar, K: Task> Objective<T> for Examples<'_, K> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<T> + '_> {
        let batch = self.task.batch(&mut Draws::at(self.seed, "train", &[update]), self.batch);
        let phase = Phase::Training(Address { seed: self.seed, update, ..Address::default() });
        Box::new(self.network.on(batch, phase))
    }
}
