//! `Model`: an embedding under a [`SequenceClassifier`].
//! ```text
//! x_t = W_e[:, w_t],   h_1 … h_T = stack(x_1 … x_T),   z = W_y h_T + b_y,   P(class k) = softmax(z)_k
//! ```
//! w_t (a token's index), x_t (D), h_t (H), z (K): for an RNN, the lecture's h_t = tanh(W_x x_t + W_h h_{t−1} + b) and
//! y_T = f(W_y h_T + b) with f the softmax.

use autograd::{Tape, Var};
use models::layers::Embedding;
use models::stacks::{ConfigError, SequenceClassifier, TokenBatch};
use models::{Bound, CellScalar, Group, Params, Phase, Registry};
use rayon::prelude::*;

use super::config::Config;
use crate::answers::argmax;

/// See the module documentation.
#[derive(Debug)]
pub struct Model {
    embedding: Embedding,
    words: Group,
    net: SequenceClassifier,
}

/// Texts of one evaluation's tape.
const CHUNK: usize = 64;

impl Model {
    /// For so many tokens and classes; its parameters are drawn from the seed.
    ///
    /// # Errors
    /// If there is no such cell.
    pub fn new<T: CellScalar>(
        config: &Config,
        registry: &Registry,
        vocabulary: usize,
        classes: usize,
    ) -> Result<(Self, Params<T>), ConfigError> {
        let stack = config.stack().build(registry, config.embedding, config.longest)?;
        let mut params = Params::new();
        let embedding = Embedding::new(vocabulary, config.embedding);
        let words = params.add("embedding", embedding.specs(), config.seed);
        let net = SequenceClassifier::new(stack, config.read, classes, &mut params, config.seed);
        Ok((Self { embedding, words, net }, params))
    }

    /// x, D × (T·B).
    pub fn embed<'t, T: CellScalar>(&self, bound: &Bound<'t, T>, batch: &TokenBatch) -> Var<'t, T> {
        self.embedding.apply(bound.of(self.words), &batch.tokens)
    }

    /// z, K × B.
    pub fn logits<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        x: Var<'t, T>,
        lengths: &[usize],
        phase: Phase,
    ) -> Var<'t, T> {
        self.net.logits(bound, x, lengths, phase)
    }

    /// ln P(class) of each text. Texts of like lengths are read together, on as many threads as there are.
    pub fn log_probabilities<T: CellScalar>(&self, params: &Params<T>, texts: &[&[usize]]) -> Vec<Vec<f64>> {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&i| texts[i].len());
        let read = |chunk: &[usize]| -> Vec<Vec<f64>> {
            let batch = TokenBatch::new(&chunk.iter().map(|&i| texts[i]).collect::<Vec<_>>());
            let tape = Tape::new();
            let bound = params.bind(&tape);
            let z = self.logits(&bound, self.embed(&bound, &batch), &batch.lengths, Phase::Evaluation).value();
            z.column_iter().map(|z| log_softmax(&z.iter().map(|x| x.re()).collect::<Vec<_>>())).collect()
        };
        let chunks: Vec<_> = order.chunks(CHUNK).collect();
        let read: Vec<Vec<f64>> = chunks.par_iter().flat_map_iter(|chunk| read(chunk)).collect();
        let mut found = vec![Vec::new(); texts.len()];
        for (i, log_p) in order.into_iter().zip(read) {
            found[i] = log_p;
        }
        found
    }
}

/// z_k − ln Σ_j exp z_j
fn log_softmax(z: &[f64]) -> Vec<f64> {
    let most = z[argmax(z)];
    let log_sum = z.iter().map(|z_k| (z_k - most).exp()).sum::<f64>().ln();
    z.iter().map(|z_k| z_k - most - log_sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Scale, Settings};

    #[test]
    fn log_probabilities_are_those_of_each_text_alone() {
        let config = Config { embedding: 3, hidden: 4, bidirectional: true, ..Config::at(Scale::Quick) };
        let (model, params) = Model::new::<f64>(&config, &Registry::builtin(), 9, 3).expect("built in");
        let texts: Vec<Vec<usize>> = (0..150).map(|i| (0..1 + i * 7 % 11).map(|t| (i + t * t) % 9).collect()).collect();
        let texts: Vec<&[usize]> = texts.iter().map(Vec::as_slice).collect();
        let all = model.log_probabilities(&params, &texts);
        for (text, log_p) in texts.iter().zip(&all) {
            let alone = &model.log_probabilities(&params, &[text])[0];
            assert!(alone.iter().zip(log_p).all(|(a, b)| (a - b).abs() < 1e-12), "{text:?}");
            assert!((log_p.iter().map(|x| x.exp()).sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert!(all.windows(2).any(|pair| (pair[0][0] - pair[1][0]).abs() > 1e-3), "texts differ");
    }

    #[test]
    fn large_logits_overflow_nothing() {
        assert!(log_softmax(&[1000.0, 0.0]).iter().zip([0.0, -1000.0]).all(|(a, b)| (a - b).abs() < 1e-9));
    }
}
