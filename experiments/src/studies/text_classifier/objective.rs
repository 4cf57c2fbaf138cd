//! `Texts`: the cross-entropy of random batches of the training texts.

use autograd::{Tape, Var};
use models::stacks::TokenBatch;
use models::{Address, Bound, Draws, Params, Phase};
use nalgebra::DMatrix;

use super::data::Encoded;
use super::model::Model;
use crate::train::Objective;

/// See the module documentation.
#[derive(Debug)]
pub struct Texts<'a> {
    /// What is trained.
    pub model: &'a Model,
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
    fn loss<'t>(
        &self,
        _: &'t Tape<f32>,
        bound: &Bound<'t, f32>,
        update: u64,
        _: &[DMatrix<f32>],
    ) -> (Var<'t, f32>, Vec<DMatrix<f32>>) {
        let mut draws = Draws::at(self.seed, "train", &[update]);
        let drawn: Vec<_> = (0..self.batch).map(|_| &self.train[draws.below(self.train.len())]).collect();
        let batch = TokenBatch::new(&drawn.iter().map(|example| &example.tokens).collect::<Vec<_>>());
        let classes: Vec<_> = drawn.iter().map(|example| example.class).collect();
        let phase = Phase::Training(Address { seed: self.seed, update, ..Address::default() });
        let z = self.model.logits(bound, self.model.embed(bound, &batch), &batch.lengths, phase);
        (z.softmax_cross_entropy(&classes), Vec::new())
    }

    /// The mean of −ln P(class).
    fn validate(&self, params: &Params<f32>) -> Option<f64> {
        let texts: Vec<_> = self.validation.iter().map(|example| example.tokens.as_slice()).collect();
        let log_p = self.model.log_probabilities(params, &texts);
        let loss: f64 = self.validation.iter().zip(&log_p).map(|(example, log_p)| -log_p[example.class]).sum();
        Some(loss / self.validation.len() as f64)
    }
}
