//! `Examples`, `Drawn` and `Learning`: batches as an objective.

use models::networks::{Network, Read};
use models::{Address, CellScalar, Draws, Params, Phase, Sequence};

use crate::chunks::mean_loss;
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

/// What draws the examples of an update.
type Draw<'a, E> = Box<dyn Fn(&mut Draws) -> Vec<E> + Sync + 'a>;
/// What a network reads of some examples, and what it should answer.
type Reading<'a, E> = Box<dyn Fn(&[E]) -> Batch + Sync + 'a>;

/// The loss of a network in which nothing is dropped: on examples that are drawn at each update, and on others for the validation.
pub struct Learning<'a, E> {
    /// What is trained.
    pub network: &'a Network,
    /// The examples of an update.
    pub draw: Draw<'a, E>,
    /// What the draws are addressed by, besides the update.
    pub seed: (u64, &'static str),
    /// Those for the validation.
    pub validation: Vec<E>,
    /// How many of them are on a tape at once.
    pub at_once: usize,
    /// What the network reads of some examples, and what it should answer.
    pub batch: Reading<'a, E>,
}

impl<T: CellScalar, E: Sync> Objective<T> for Learning<'_, E> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<T> + '_> {
        let examples = (self.draw)(&mut Draws::at(self.seed.0, self.seed.1, &[update]));
        Box::new(self.network.on((self.batch)(&examples), Phase::Evaluation))
    }

    fn validate(&self, params: &Params<T>) -> Option<f64> {
        mean_loss(params, &self.validation, self.at_once, |examples| {
            let batch = (self.batch)(examples);
            let every = self.network.read() == Read::Every;
            let answers = if every { batch.lengths.iter().sum() } else { batch.examples() };
            (Box::new(self.network.on(batch, Phase::Evaluation)), answers)
        })
    }
}
