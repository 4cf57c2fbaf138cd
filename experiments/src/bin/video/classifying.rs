//! The training of a network.

use experiments::chunks::in_chunks;
use experiments::loaders::clips::Clip;
use experiments::train::Objective;
use models::{Draws, Params, Sequence};

use super::network::AT_ONCE;
use super::view::Shown;
use super::{Config, Input, Kind, Network};

/// The cross-entropy of a clip's class, in nats, on clips of the training split.
#[derive(Debug)]
pub struct Classifying<'a> {
    /// What is trained.
    pub network: &'a Network,
    /// On its training clips.
    pub input: &'a Input,
    /// How.
    pub config: &'a Config,
}

impl Classifying<'_> {
    /// How many times more the last frame may be shown in an update: not at all in the first half of a training, for before
    /// there is an answer to be kept, waiting only makes it harder to find.
    fn longest_wait(&self, update: u64) -> usize {
        let waits = self.network.kind == Kind::LstmFrozen && update > self.config.training.updates / 2;
        if waits { self.config.frozen_training } else { 0 }
    }

    fn classes(&self, clips: &[Shown<'_>]) -> Vec<usize> {
        clips.iter().map(|(clip, _)| self.input.class(clip)).collect()
    }
}

impl Objective<f32> for Classifying<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let mut draws = Draws::at(self.config.seed, "train", &[update]);
        let train = &self.input.splits.train;
        let clips: Vec<&Clip> = (0..self.config.training.batch).map(|_| &train[draws.below(train.len())]).collect();
        let shown: Vec<_> = clips.into_iter().map(|clip| (clip, draws.below(self.longest_wait(update) + 1))).collect();
        Box::new(self.network.sequence(&shown, &self.classes(&shown)))
    }

    /// Of the last answer.
    fn validate(&self, params: &Params<f32>) -> Option<f64> {
        let every = |k: usize| k % (self.longest_wait(u64::MAX) + 1);
        let clips = self.input.splits.validation.iter().enumerate();
        let shown: Vec<_> = clips.map(|(k, clip)| (clip, every(k))).collect();
        let losses = in_chunks(params, &shown, AT_ONCE, |tape, bound, chunk| {
            let mean = self.network.logits(tape, bound, chunk).softmax_cross_entropy(&self.classes(chunk));
            vec![f64::from(mean.item()) * chunk.len() as f64]
        });
        (!shown.is_empty()).then(|| losses.iter().sum::<f64>() / shown.len() as f64)
    }
}
