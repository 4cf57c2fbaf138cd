//! The settings of the study: the text, the network, its training, and what is written with it.

use experiments::settings::{Admits, Key, Kind, Scale, Settings, TrainingConfig};
use models::stacks::RecurrentConfig;
use serde::{Deserialize, Serialize};

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub text: String,
    pub vocabulary: usize,
    pub cell: String,
    pub hidden: usize,
    pub layers: usize,
    pub embedding: usize,
    pub dropout: f64,
    pub model: String,
    pub batch: usize,
    pub steps: usize,
    #[serde(flatten)]
    pub training: TrainingConfig,
    pub seed: u64,
    pub temperature: f64,
    pub length: usize,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        use Kind::{Cell, Count, File, Real};
        let text = |name, kind, help| Key::new("Text", name, kind, help);
        let model = |name, kind, help| Key::new("Model", name, kind, help);
        let writing = |name, kind, help| Key::new("Writing", name, kind, help);
        vec![
            text("text", File, "UTF-8 text to learn, of any language; none: pages of Unroll's own book"),
            text("vocabulary", Count(2, 100_000), "The most characters told apart; rarer ones are one token, <unk>"),
            model("cell", Cell, "The cell of every layer, by name; --list-cells lists them"),
            model("hidden", Count(1, 4096), "Hidden units H of every layer"),
            model("layers", Count(1, 16), "Layers, one on the other"),
            model("embedding", Count(1, 4096), "Rows of a character's vector"),
            model("dropout", Real(0.0, 0.95), "Share of every layer's outputs dropped in training"),
            model(
                "model",
                File,
                "Start from the model.safetensors of another run on the same text and of the same sizes",
            ),
            Key::training(
                "batch",
                Count(1, 4096),
                "Streams B: the training part is cut into B pieces, read in parallel",
            ),
            Key::training(
                "steps",
                Count(1, 10_000),
                "Characters T of an update: the gradient goes back so far, the state goes on (with --bptt, k1 instead)",
            ),
            Key::training("updates", Count(0, 100_000_000), "Updates; 0 with --model only writes"),
            Key::learning_rate(),
            Key::clip(),
            Key::validate_every("Updates between validations; the best model is kept"),
            Key::seed("What weights, dropout and samples are drawn by"),
            writing(
                "temperature",
                Real(0.0, 100.0),
                "0: the likeliest character each time; 1: as the model says; more: wilder",
            ),
            writing("length", Count(1, 1_000_000), "Characters to write"),
        ]
    }

    fn at(scale: Scale) -> Self {
        Self {
            text: String::new(),
            vocabulary: 1000,
            cell: "lstm".into(),
            hidden: scale.or_quick(128, 32),
            layers: 2,
            embedding: scale.or_quick(32, 16),
            dropout: 0.4,
            model: String::new(),
            batch: scale.or_quick(16, 8),
            steps: scale.or_quick(64, 32),
            training: TrainingConfig {
                batch: 0,
                validate_every: scale.or_quick(50, 20),
                ..TrainingConfig::new(scale.or_quick(2000, 60), scale.or_quick(0.006, 0.01))
            },
            seed: 1,
            temperature: 0.7,
            length: scale.or_quick(300, 60),
        }
    }

    fn admits(&self) -> Admits {
        Admits::layers(self.batch)
    }
}

impl Config {
    /// The recurrent layers; between them there is dropout if there are two or more.
    pub(super) fn recurrent(&self) -> RecurrentConfig {
        let dropout = if self.layers > 1 { self.dropout } else { 0.0 };
        RecurrentConfig { layers: self.layers, dropout, ..RecurrentConfig::new(self.cell.clone(), self.hidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_conform() {
        runs::testing::conform::<Config>();
    }
}
