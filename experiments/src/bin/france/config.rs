//! `Config`: what decides a run's results.

use experiments::Stop;
use experiments::by_distance::round_distances;
use experiments::settings::{Admits, Key, Kind, Scale, Settings, TrainingConfig, each_once};
use experiments::tasks::france_text::{FranceTextConfig, LONGEST_OPENING, SHORTEST};
use experiments::tasks::{FranceText, Mix};
use models::{Dims, Registry};
use serde::{Deserialize, Serialize};

/// What decides the results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub cells: Vec<String>,
    pub embedding: usize,
    pub hidden: usize,
    pub seed: u64,
    pub seeds: u64,
    pub longest: usize,
    pub mix: Mix,
    pub test_examples: usize,
    pub examples: usize,
    pub shown: usize,
    #[serde(flatten)]
    pub training: TrainingConfig,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        let model = |name, kind, help| Key::new("Models", name, kind, help);
        let measured = |name, kind, help| Key::new("Measurement", name, kind, help);
        let shortest = SHORTEST as u64;
        vec![
            model("cells", Kind::Cells, "Cells to compare, by name, separated by commas; --list-cells lists them"),
            model("embedding", Kind::Count(1, 1024), "Numbers that a word is"),
            model("hidden", Kind::Count(1, 1024), "Hidden units H"),
            model("seed", Kind::Count(0, 1 << 53), "The first seed: it draws weights and paragraphs"),
            model("seeds", Kind::Count(1, 10_000), "How many seeds, counted on from the first"),
            measured("test_examples", Kind::Count(1, 100_000), "Test paragraphs per seed and distance"),
            measured("examples", Kind::Count(1, 1000), "Paragraphs per seed and distance for the gradients"),
            measured("shown", Kind::Count(shortest, 400), "The distance of the paragraph that is drawn, in words"),
            Key::training(
                "longest",
                Kind::Count(shortest, 5000),
                "The longest distance from the country to the answer, in words",
            ),
            Key::training("mix", Kind::one_of(&["uniform", "log-uniform"]), "How often training meets each distance"),
            Key::updates("Updates"),
            Key::batch("Paragraphs per update"),
            Key::learning_rate(),
        ]
    }

    fn at(scale: Scale) -> Self {
        Self {
            cells: ["rnn", "gru", "lstm"].map(String::from).to_vec(),
            embedding: 16,
            hidden: 32,
            seed: 1,
            seeds: scale.or_quick(3, 1),
            longest: scale.or_quick(200, 20),
            mix: Mix::Uniform,
            test_examples: scale.or_quick(200, 50),
            examples: 8,
            shown: 40,
            training: TrainingConfig::new(scale.or_quick(3000, 150), 0.005).unclipped(),
        }
    }

    fn check(&self) -> Result<(), String> {
        each_once("cells", &self.cells)
    }

    fn admits(&self) -> Admits {
        Admits { omega: Ok(()), ..Admits::layers(self.training.batch) }
    }
}

impl Config {
    /// The task of the training.
    pub fn task(&self) -> FranceText {
        FranceText::new(FranceTextConfig { longest: self.longest, mix: self.mix })
    }

    /// The distances of the tests: round ones below the longest, and that.
    pub fn distances(&self) -> Vec<usize> {
        round_distances(SHORTEST, self.longest)
    }

    /// The sizes of the cells.
    ///
    /// # Errors
    /// Refused, if one is not there.
    pub fn dims(&self, registry: &Registry) -> Result<Dims, Stop> {
        let horizon = self.longest + LONGEST_OPENING + 5;
        let dims = Dims { input: self.embedding, hidden: self.hidden, horizon };
        for cell in &self.cells {
            registry.build(cell, dims).map_err(|e| Stop::Refused(format!("--cells: {e}")))?;
        }
        Ok(dims)
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
