//! `Shown`: a text and each word's share in the decision, as rows.

use models::networks::Network;
use models::{CellScalar, Params};
use serde::{Deserialize, Serialize};

use super::attribution::Attribution;
use super::config::Config;
use super::data::Data;
use super::model::log_probabilities;

/// A row of `figures/attribution.csv`: a word of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The text's number, from 1.
    pub text: usize,
    /// Its class; empty if nobody knows.
    pub label: String,
    /// What the network says.
    pub predicted: String,
    /// P of that.
    pub probability: f64,
    /// The next class.
    pub next: String,
    /// z of the predicted class less z of the next.
    pub margin: f64,
    /// The word's number, from 1.
    pub position: usize,
    /// The word.
    pub word: String,
    /// Whether it is in the vocabulary; else it was read as `<unk>`.
    pub known: bool,
    /// a_t, its share by gradient × input.
    pub gradient_input: f64,
    /// A_t, its share by integrated gradients.
    pub integrated: f64,
}

impl Shown {
    /// The rows of a text that is not empty.
    pub fn rows<T: CellScalar>(
        (network, params): (&Network, &Params<T>),
        data: &Data,
        config: &Config,
        (number, label, text): (usize, &str, &str),
    ) -> Vec<Self> {
        let words = data.tokens(config, text);
        let tokens = data.vocabulary.encode(&words);
        let found = Attribution::of(network, params, &tokens);
        let probability = log_probabilities(network, params, &[&tokens])[0][found.class].exp();
        let mut rows = Vec::new();
        for (i, word) in words.into_iter().enumerate() {
            rows.push(Self {
                text: number,
                label: label.into(),
                predicted: data.classes[found.class].clone(),
                probability,
                next: data.classes[found.other].clone(),
                margin: found.margin,
                position: i + 1,
                known: tokens[i] != 0,
                word,
                gradient_input: found.gradient_input[i],
                integrated: found.integrated[i],
            });
        }
        rows
    }

    /// The word as it is shown: a star says that the network does not know it.
    pub fn shown(&self) -> String {
        if self.known { self.word.clone() } else { format!("{}*", self.word) }
    }
}
