//! The settings of the study: the word, and how it is learnt.

use serde::{Deserialize, Serialize};

use super::word::Word;
use crate::settings::{Admits, Key, Kind, Scale, Settings};

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is said at its key
pub struct Config {
    pub word: String,
    pub hidden: usize,
    pub updates: u64,
    pub learning_rate: f64,
    pub seed: u64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        let model = |name, kind, help| Key::new("Model", name, kind, help);
        let training = |name, kind, help| Key::new("Training", name, kind, help);
        vec![
            model("word", Kind::Text, "The word or sentence to spell, in any script; a letter is a Unicode character"),
            model("hidden", Kind::Count(1, 512), "D_h, the numbers of the state h_t"),
            training("updates", Kind::Count(1, 1_000_000), "Updates, each on the whole word"),
            Key::learning_rate(),
            training("seed", Kind::Count(0, i64::MAX as u64), "What the first weights are drawn by"),
        ]
    }

    fn at(scale: Scale) -> Self {
        let updates = if scale == Scale::Quick { 100 } else { 200 };
        Self { word: "hello".into(), hidden: 3, updates, learning_rate: 0.03, seed: 1 }
    }

    fn check(&self) -> Result<(), String> {
        Word::new(&self.word).map(|_| ()).map_err(|why| format!("--word {why}"))
    }

    fn admits(&self) -> Admits {
        Admits { omega: Ok(()), ..Admits::layers(1) }
    }
}
