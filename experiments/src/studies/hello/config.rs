//! The settings of the study: the word, and how it is learnt.

use serde::{Deserialize, Serialize};

use super::word::Word;
use crate::settings::{Admits, Key, Kind, Scale, Settings, TrainingConfig};

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // each is said at its key
pub struct Config {
    pub word: String,
    pub hidden: usize,
    #[serde(flatten)]
    pub training: TrainingConfig,
    pub seed: u64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        let model = |name, kind, help| Key::new("Model", name, kind, help);
        vec![
            model("word", Kind::Text, "The word or sentence to spell, in any script; a letter is a Unicode character"),
            model("hidden", Kind::Count(1, 512), "D_h, the numbers of the state h_t"),
            Key::updates("Updates, each on the whole word"),
            Key::learning_rate(),
            Key::seed("What the first weights are drawn by"),
        ]
    }

    fn at(scale: Scale) -> Self {
        let updates = if scale == Scale::Quick { 100 } else { 200 };
        Self {
            word: "hello".into(),
            hidden: 3,
            training: TrainingConfig { updates, learning_rate: 0.03, ..TrainingConfig::default() },
            seed: 1,
        }
    }

    fn check(&self) -> Result<(), String> {
        Word::new(&self.word).map(|_| ()).map_err(|why| format!("--word {why}"))
    }

    fn admits(&self) -> Admits {
        Admits { omega: Ok(()), ..Admits::layers(1) }
    }
}
