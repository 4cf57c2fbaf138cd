//! `Config`: what decides a run's results.

use experiments::settings::{Admits, Key, Kind, Scale, Settings, TrainingConfig};
use experiments::tokenizer::Tokenizer;
use models::stacks::{Read, RecurrentConfig};
use serde::{Deserialize, Serialize};

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub train: String,
    pub test: String,
    pub examples: usize,
    pub twins: f64,
    pub validation_share: f64,
    pub test_share: f64,
    pub tokens: Tokenizer,
    pub vocabulary: usize,
    pub at_least: usize,
    pub longest: usize,
    pub cell: String,
    pub embedding: usize,
    pub hidden: usize,
    pub layers: usize,
    pub bidirectional: bool,
    pub read: Read,
    pub dropout: f64,
    #[serde(flatten)]
    pub training: TrainingConfig,
    pub seed: u64,
    pub shown: usize,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        let texts = |name, kind, help| Key::new("Texts", name, kind, help);
        let model = |name, kind, help| Key::new("Model", name, kind, help);
        let share = || Kind::Real(0.01, 0.49);
        vec![
            texts("train", Kind::File, "Examples of yours, `label TAB text` a line, UTF-8; none: generated ones"),
            texts("test", Kind::File, "Examples to test on, of the same form; none: a share of --train is kept for it"),
            texts("examples", Kind::Count(30, 100_000), "Generated texts, all splits together"),
            texts(
                "twins",
                Kind::Real(0.0, 1.0),
                "Share of generated texts whose class is in the order of their words alone; see the rule in the report",
            ),
            texts("validation_share", share(), "Share of the examples to stop by"),
            texts("test_share", share(), "Share of the examples to test on, if there is no --test"),
            texts("tokens", Kind::one_of(&["words", "characters"]), "What a time step reads"),
            texts("vocabulary", Kind::Count(1, 1_000_000), "Known tokens at most: the most frequent in training"),
            texts("at_least", Kind::Count(1, 1_000_000), "Times that training must hold a token for it to be known"),
            texts("longest", Kind::Count(1, 100_000), "Tokens of a text that are read; the rest is cut off"),
            model("cell", Kind::Cell, "The recurrent cell, by name; see --list-cells"),
            model("embedding", Kind::Count(1, 4096), "D, the numbers that stand for a token"),
            model("hidden", Kind::Count(1, 4096), "H, the hidden units of a layer and direction"),
            model("layers", Kind::Count(1, 64), "Recurrent layers on top of each other"),
            model("bidirectional", Kind::Switch, "Read each text also from its end to its start"),
            model(
                "read",
                Kind::one_of(&["last", "mean"]),
                "What stands for the text: the last step's h, or the mean of all",
            ),
            model("dropout", Kind::Real(0.0, 0.95), "p of variational dropout on the input of each layer"),
            Key::updates("Updates at most"),
            Key::batch("Texts per update"),
            Key::learning_rate(),
            Key::clip(),
            Key::validate_every("Updates from one validation to the next"),
            Key::patience(),
            Key::seed("Seed of the texts, their split, the weights and the batches"),
            Key::new("Examples", "shown", Kind::Count(1, 100), "Test texts whose words are shown with their shares"),
        ]
    }

    fn at(scale: Scale) -> Self {
        Self {
            train: String::new(),
            test: String::new(),
            examples: scale.of(6000, 1500),
            twins: 0.5,
            validation_share: 0.1,
            test_share: 0.2,
            tokens: Tokenizer::Words,
            vocabulary: 20_000,
            at_least: 2,
            longest: 200,
            cell: "lstm".into(),
            embedding: 32,
            hidden: 32,
            layers: 1,
            bidirectional: false,
            read: Read::Last,
            dropout: 0.0,
            training: TrainingConfig {
                validate_every: 50,
                patience: 12,
                ..TrainingConfig::new(scale.of(3000, 300), 0.003)
            },
            seed: 1,
            shown: 6,
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.train.is_empty() && !self.test.is_empty() {
            return Err("--test needs --train: give the file to train on, too".into());
        }
        Ok(())
    }

    fn admits(&self) -> Admits {
        Admits {
            examples: self.training.batch,
            in_time: if self.bidirectional {
                Err("with --bidirectional each text is read from both ends")
            } else {
                Ok(())
            },
            omega: Err("this network has a vector for each token and perhaps layers on it"),
        }
    }
}

impl Config {
    /// The recurrent stack.
    pub fn stack(&self) -> RecurrentConfig {
        RecurrentConfig {
            layers: self.layers,
            bidirectional: self.bidirectional,
            input_dropout: self.dropout,
            ..RecurrentConfig::new(&*self.cell, self.hidden)
        }
    }

    /// The network in a few words.
    pub fn network(&self) -> String {
        let layers = if self.layers == 1 { String::new() } else { format!("{} layers of ", self.layers) };
        let both = if self.bidirectional { ", both directions" } else { "" };
        format!("{layers}{}, H = {}{both}", self.cell, self.hidden)
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
        let config = Config { test: "t.tsv".into(), ..Config::at(Scale::Usual) };
        assert!(config.check().is_err_and(|why| why.contains("--test needs --train")));
    }
}
