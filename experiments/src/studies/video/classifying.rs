//! The training of a network.

use autograd::Tape;
use models::{Draws, Params, Sequence};

use super::network::AT_ONCE;
use super::{Config, Input, Kind, Network};
use crate::loaders::clips::Clip;
use crate::train::Objective;

/// The cross-entropy of a clip's class, in nats, on clips of the training split.
#[derive(Debug)]
pub struct Classifying<'a> {
    network: &'a Network,
    input: &'a Input,
    config: &'a Config,
}

impl<'a> Classifying<'a> {
    /// On the training clips of `input`.
    pub fn new(network: &'a Network, input: &'a Input, config: &'a Config) -> Self {
        Self { network, input, config }
    }

    /// How many times more the last frame may be shown in an update: not at all in the first half of a training, for before
    /// there is an answer to be kept, waiting only makes it harder to find.
    fn longest_wait(&self, update: u64) -> usize {
        let waits = self.network.kind() == Kind::LstmFrozen && update > self.config.training.updates / 2;
        if waits { self.config.frozen_training } else { 0 }
    }

    fn classes(&self, clips: &[&Clip]) -> Vec<usize> {
        clips.iter().map(|clip| self.input.class(clip)).collect()
    }
}

impl Objective<f32> for Classifying<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let mut draws = Draws::at(self.config.seed, "train", &[update]);
        let train = &self.input.splits.train;
        let clips: Vec<&Clip> = (0..self.config.training.batch).map(|_| &train[draws.below(train.len())]).collect();
        let frozen: Vec<usize> = clips.iter().map(|_| draws.below(self.longest_wait(update) + 1)).collect();
        let classes = self.classes(&clips);
        self.network.sequence((clips, classes), frozen)
    }

    /// Of the last answer.
    fn validate(&self, params: &Params<f32>) -> Option<f64> {
        let clips = &self.input.splits.validation;
        let every = |k: usize| k % (self.longest_wait(u64::MAX) + 1);
        let (mut tape, mut total) = (Tape::new(), 0.0);
        for (n, chunk) in clips.chunks(AT_ONCE).enumerate() {
            tape.reset();
            let frozen: Vec<usize> = (0..chunk.len()).map(|k| every(n * AT_ONCE + k)).collect();
            let chunk: Vec<&Clip> = chunk.iter().collect();
            let z = self.network.logits(&tape, &params.bind(&tape), &chunk, &frozen);
            total += f64::from(z.softmax_cross_entropy(&self.classes(&chunk)).item()) * chunk.len() as f64;
        }
        (!clips.is_empty()).then(|| total / clips.len() as f64)
    }
}
