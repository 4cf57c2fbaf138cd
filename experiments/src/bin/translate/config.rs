//! `Config`: what decides a run's results.

use experiments::settings::{Admits, Key, Kind, Scale, Settings, TrainingConfig};
use experiments::translator::Sizes;
use experiments::translator::own::{Tokens, longest};
use serde::{Deserialize, Serialize};

/// What is translated, if no file is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Dates as people write them → ISO 8601.
    Dates,
    /// Numbers in words → digits.
    Numbers,
}

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub task: Task,
    pub pairs: String,
    pub tokens: Tokens,
    pub longest: usize,
    pub train: usize,
    pub validation: usize,
    pub test: usize,
    #[serde(flatten)]
    pub network: Sizes,
    #[serde(flatten)]
    pub training: TrainingConfig,
    pub seed: u64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        let data = |name, kind, help| Key::new("Data", name, kind, help);
        let [cell, hidden, embedding] = Sizes::keys();
        vec![
            data(
                "task",
                Kind::one_of(&["dates", "numbers"]),
                "Dates as people write them → ISO 8601, or numbers in words → digits",
            ),
            data(
                "pairs",
                Kind::File,
                "Pairs of your own in place of the task: UTF-8, `source TAB target` on every line; a tenth each is for \
                 validation and test",
            ),
            data(
                "tokens",
                Kind::one_of(&["auto", "words", "characters"]),
                "What a token is, on both sides; auto: characters for dates, words → characters for numbers, words for --pairs",
            ),
            longest(),
            data("train", Kind::Count(1, 900_000), "Generated pairs to train on; with --pairs the file decides"),
            data("validation", Kind::Count(1, 10_000), "Generated pairs to choose the best moment by"),
            data("test", Kind::Count(1, 50_000), "Generated pairs to report on"),
            cell,
            hidden,
            embedding,
            Key::updates("Updates of each of the two networks"),
            Key::batch("Pairs per update"),
            Key::first_learning_rate(),
            Key::clip(),
            Key::seed("Of weights, pairs and batches"),
        ]
    }

    fn admits(&self) -> Admits {
        Admits::not_in_time(self.training.batch, "the attention sees all source words at once")
    }

    fn at(scale: Scale) -> Self {
        Self {
            task: Task::Dates,
            pairs: String::new(),
            tokens: Tokens::Auto,
            longest: 100,
            train: scale.of(10_000, 2000),
            validation: scale.of(200, 50),
            test: scale.of(1000, 100),
            network: Sizes::new(scale.of(64, 24), scale.of(32, 16)),
            training: TrainingConfig {
                batch: scale.of(64, 32),
                ..TrainingConfig::new(scale.of(1200, 100), scale.of(0.005, 0.01))
            },
            seed: 1,
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
}
