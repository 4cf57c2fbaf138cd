//! `Examples` and `Drawn`: batches as an objective.

use models::networks::Network;
use models::{Address, CellScalar, Draws, Phase, Sequence};

use crate::task::{Batch, Task};
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
        sequence(self.network, self.seed, update, |draws| self.task.batch(draws, self.batch))
    }
}

/// The loss of a network on a new batch of anything at each update.
pub(crate) struct Drawn<'a> {
    pub network: &'a Network,
    pub draw: &'a (dyn Fn(&mut Draws) -> Batch + Sync),
    pub seed: u64,
}

impl<T: CellScalar> Objective<T> for Drawn<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<T> + '_> {
        sequence(self.network, self.seed, update, self.draw)
    }
}

fn sequence<T: CellScalar>(
    network: &Network,
    seed: u64,
    update: u64,
    draw: impl Fn(&mut Draws) -> Batch,
) -> Box<dyn Sequence<T> + '_> {
    let batch = draw(&mut Draws::at(seed, "train", &[update]));
    Box::new(network.on(batch, Phase::Training(Address { seed, update, ..Address::default() })))
}
