use models::networks::Network;
use models::{Address, Draws, Params, Phase, Sequence};

use super::data::Encoded;
use super::model::{batch, log_probabilities};
use crate::train::Objective;

/// The cross-entropy of random batches of the training texts.
#[derive(Debug)]
pub struct Texts<'a> {
    /// What is trained.
    pub network: &'a Network,
    /// To train on.
    pub train: &'a [Encoded],
    /// To stop by.
    pub validation: &'a [Encoded],
    /// B, texts per update.
    pub batch: usize,
    /// Of the batches and of dropout.
    pub seed: u64,
}

impl Objective<f32> for Texts<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let mut draws = Draws::at(self.seed, "train", &[update]);
        let drawn: Vec<_> = (0..self.batch).map(|_| &self.train[draws.below(self.train.len())]).collect();
        let texts: Vec<_> = drawn.iter().map(|example| &example.tokens).collect();
        let classes = drawn.iter().map(|example| example.class).collect();
        let phase = Phase::Training(Address { seed: self.seed, update, ..Address::default() });
        Box::new(self.network.on(batch(&texts, classes), phase))
    }

    /// The mean of −ln P(class).
    fn validate(&self, params: &Params<f32>) -> Option<f64> {
        let texts: Vec<_> = self.validation.iter().map(|example| example.tokens.as_slice()).collect();
        let log_p = log_probabilities(self.network, params, &texts);
        let loss: f64 = self.validation.iter().zip(&log_p).map(|(example, log_p)| -log_p[example.class]).sum();
        Some(loss / self.validation.len() as f64)
    }
}
