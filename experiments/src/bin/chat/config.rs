//! `Config`: what decides a run's results.

use experiments::settings::{Admits, Key, Kind, Scale, Settings, TrainingConfig};
use experiments::tasks::chat::Language;
use experiments::translator::Sizes;
use experiments::translator::own::{Tokens, longest};
use serde::{Deserialize, Serialize};

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub language: Language,
    pub pairs: String,
    pub tokens: Tokens,
    pub longest: usize,
    #[serde(flatten)]
    pub network: Sizes,
    pub hide: f64,
    #[serde(flatten)]
    pub training: TrainingConfig,
    pub seed: u64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        let data = |name, kind, help| Key::new("Data", name, kind, help);
        let [cell, hidden, embedding] = Sizes::keys();
        vec![
            data("language", Kind::one_of(&["english", "korean"]), "The language of the built-in small talk"),
            data(
                "pairs",
                Kind::File,
                "Questions and answers of your own in place of it: UTF-8, `question TAB answer` on every line",
            ),
            data(
                "tokens",
                Kind::one_of(&["auto", "words", "characters"]),
                "What a token is; auto: characters (syllables) for Korean, words for all else",
            ),
            longest(),
            cell,
            hidden,
            embedding,
            Key::training(
                "hide",
                Kind::Real(0.0, 0.9),
                "The share of a question's tokens that training hides as <unk>, so that unseen words have a meaning",
            ),
            Key::updates("Updates of the network"),
            Key::batch("Pairs per update"),
            Key::first_learning_rate(),
            Key::clip(),
            Key::seed("Of weights, of what is held out, and of batches"),
        ]
    }

    fn admits(&self) -> Admits {
        Admits::not_in_time(self.training.batch, "the attention sees all words of the question at once")
    }

    fn at(scale: Scale) -> Self {
        Self {
            language: Language::English,
            pairs: String::new(),
            tokens: Tokens::Auto,
            longest: 100,
            network: Sizes::new(scale.or_quick(96, 32), scale.or_quick(48, 16)),
            hide: 0.15,
            training: TrainingConfig::new(scale.or_quick(800, 60), scale.or_quick(0.005, 0.02)),
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
