//! The network, an embedding, recurrent layers, and a softmax; and what it is trained on.
//! ```text
//! x_t = W_e[:, w_t],   h_1 … h_T = stack(x_1 … x_T),   z = W_y h_T + b_y,   P(class k) = softmax(z)_k
//! ```
//! w_t (a token's index), x_t (D), h_t (H), z (K): for an RNN, the lecture's h_t = tanh(W_x x_t + W_h h_{t−1} + b) and
//! y_T = f(W_y h_T + b) with f the softmax.

use experiments::Stop;
use experiments::answers::{all_finite, answers, log_softmax};
use experiments::train::Objective;
use models::networks::{Batch, Input, Network, NetworkConfig, Targets};
use models::stacks::{ConfigError, TokenBatch};
use models::{Address, CellScalar, Draws, Params, Phase, Registry, Sequence};

use super::config::Config;
use super::data::Encoded;

/// What is on a tape at once when nothing is trained.
const AT_ONCE: usize = 64;

/// For these numbers of tokens and classes; its parameters are drawn from the seed.
///
/// # Errors
/// If there is no such cell.
pub fn network<T: CellScalar>(
    config: &Config,
    vocabulary: usize,
    classes: usize,
) -> Result<(Network, Params<T>), ConfigError> {
    let mut params = Params::new();
    let words = Input::Tokens { name: "embedding".into(), vocabulary, rows: config.embedding };
    let net =
        NetworkConfig { inputs: vec![words], read: config.read, ..NetworkConfig::new(1, config.stack(), classes) };
    let network = Network::new(&net, &Registry::builtin(), config.longest, params.at("", config.seed))?;
    Ok((network, params))
}

/// Texts with their classes.
pub fn batch<S: AsRef<[usize]>>(texts: &[S], classes: Vec<usize>) -> Batch {
    Batch::of_tokens([TokenBatch::new(texts)], Targets::Classes(classes))
}

/// ln P(class) of each text. Texts of like lengths are read together, on as many threads as there are.
///
/// # Errors
/// Diverged, if the network says no numbers.
pub fn log_probabilities<T: CellScalar>(
    network: &Network,
    params: &Params<T>,
    texts: &[&[usize]],
) -> Result<Vec<Vec<f64>>, Stop> {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&i| texts[i].len());
    let batch = |chunk: &[usize]| batch(&chunk.iter().map(|&i| texts[i]).collect::<Vec<_>>(), Vec::new());
    let read = all_finite(answers((network, params), (&order, AT_ONCE), batch, |z| z))?;
    let mut found = vec![Vec::new(); texts.len()];
    for (i, z) in order.into_iter().zip(read) {
        found[i] = log_softmax(&z.iter().map(|x| x.re()).collect::<Vec<_>>());
    }
    Ok(found)
}

/// The cross-entropy of random batches of the training texts.
#[derive(Debug)]
pub struct Texts<'a> {
    /// What is trained.
    pub network: &'a Network,
    /// To train on.
    pub train: &'a [Encoded],
    /// To stop by.
    pub validation: &'a [Encoded],
    /// How.
    pub config: &'a Config,
}

impl Objective<f32> for Texts<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let seed = self.config.seed;
        let mut draws = Draws::at(seed, "train", &[update]);
        let drawn = (0..self.config.training.batch).map(|_| &self.train[draws.below(self.train.len())]);
        let (texts, classes): (Vec<_>, _) = drawn.map(|example| (&example.tokens, example.class)).unzip();
        let phase = Phase::Training(Address { seed, update, ..Address::default() });
        Box::new(self.network.on(batch(&texts, classes), phase))
    }

    /// The mean of −ln P(class).
    fn validate(&self, params: &Params<f32>) -> Option<f64> {
        let texts: Vec<_> = self.validation.iter().map(|example| example.tokens.as_slice()).collect();
        let Ok(log_p) = log_probabilities(self.network, params, &texts) else { return Some(f64::NAN) };
        let loss: f64 = self.validation.iter().zip(&log_p).map(|(example, log_p)| -log_p[example.class]).sum();
        Some(loss / self.validation.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use experiments::settings::{Scale, Settings};

    use super::*;

    #[test]
    fn log_probabilities_are_those_of_each_text_alone() {
        let config = Config { embedding: 3, hidden: 4, bidirectional: true, ..Config::at(Scale::Quick) };
        let (net, params) = network::<f64>(&config, 9, 3).expect("built in");
        let texts: Vec<Vec<usize>> = (0..150).map(|i| (0..1 + i * 7 % 11).map(|t| (i + t * t) % 9).collect()).collect();
        let texts: Vec<&[usize]> = texts.iter().map(Vec::as_slice).collect();
        let all = log_probabilities(&net, &params, &texts).expect("numbers");
        for (text, log_p) in texts.iter().zip(&all) {
            let alone = &log_probabilities(&net, &params, &[text]).expect("numbers")[0];
            assert!(alone.iter().zip(log_p).all(|(a, b)| (a - b).abs() < 1e-12), "{text:?}");
            assert!((log_p.iter().map(|x| x.exp()).sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert!(all.windows(2).any(|pair| (pair[0][0] - pair[1][0]).abs() > 1e-3), "texts differ");
    }
}
