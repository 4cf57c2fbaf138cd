//! `Config`: what decides a run's results.

use experiments::settings::{Admits, Key, Kind, Scale, Settings, TrainingConfig};
use serde::{Deserialize, Serialize};

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub train: String,
    pub test: String,
    pub sentences: usize,
    pub test_sentences: usize,
    pub after: f64,
    pub cell: String,
    pub hidden: usize,
    pub embedding: usize,
    pub hide: f64,
    #[serde(flatten)]
    pub training: TrainingConfig,
    pub seed: u64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        let data = |name, kind, help| Key::new("Data", name, kind, help);
        let model = |name, kind, help| Key::new("Model", name, kind, help);
        vec![
            data(
                "train",
                Kind::File,
                "Sentences of your own to train on: UTF-8, `token … tag` on every line, tags O, B-type, I-type, a blank line \
                 after each sentence (CoNLL); a tenth is for validation. None: generated ones",
            ),
            data("test", Kind::File, "Sentences to report on, as --train; none: a tenth of --train"),
            data("sentences", Kind::Count(1, 100_000), "Generated sentences to train on"),
            data("test_sentences", Kind::Count(1, 20_000), "Generated sentences to report on"),
            data(
                "after",
                Kind::Real(0.0, 1.0),
                "The share of generated names whose type is told by what comes after them, not before",
            ),
            model("cell", Kind::Cell, "The cell, by name"),
            model(
                "hidden",
                Kind::Count(1, 4096),
                "Hidden units H of the network from left to right; both directions share them",
            ),
            model("embedding", Kind::Count(1, 4096), "Numbers of a word's vector"),
            Key::training(
                "hide",
                Kind::Real(0.0, 0.9),
                "The share of words that training hides as <unk>, so that unseen words have a meaning",
            ),
            Key::updates("Updates of each of the two networks"),
            Key::batch("Sentences per update"),
            Key::first_learning_rate(),
            Key::clip(),
            Key::seed("Of weights, sentences and batches"),
        ]
    }

    fn at(scale: Scale) -> Self {
        Self {
            train: String::new(),
            test: String::new(),
            sentences: scale.of(4000, 500),
            test_sentences: scale.of(1000, 100),
            after: 0.5,
            cell: "lstm".into(),
            hidden: scale.of(48, 16),
            embedding: scale.of(32, 16),
            hide: 0.1,
            training: TrainingConfig::new(scale.of(800, 60), scale.of(0.005, 0.02)),
            seed: 1,
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.train.is_empty() && !self.test.is_empty() {
            return Err("--test needs --train: give the sentences to train on, too".into());
        }
        Ok(())
    }

    fn admits(&self) -> Admits {
        Admits {
            examples: self.training.batch,
            in_time: Err("one of the two networks reads from both ends"),
            omega: Err("these networks have vectors for words and their shapes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_conform() {
        runs::testing::conform::<Config>();
    }

    #[test]
    fn a_test_file_alone_is_refused() {
        let config = Config { test: "test.conll".into(), ..Config::at(Scale::Usual) };
        assert!(config.check().is_err_and(|why| why.contains("--train")));
    }
}
