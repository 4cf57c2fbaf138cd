//! `Config`: what decides a run's results.

use experiments::Stop;
use experiments::settings::{Admits, Key, Kind, Scale, Settings, each_once};
use experiments::task::Task;
use experiments::tasks::{France, Mix};
use models::{Dims, Registry};
use serde::{Deserialize, Serialize};

/// What decides the results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub cells: Vec<String>,
    pub hidden: usize,
    pub seed: u64,
    pub seeds: u64,
    pub longest: usize,
    pub shown: usize,
    pub test_examples: usize,
    pub examples: usize,
    pub updates: u64,
    pub mix: Mix,
    pub batch: usize,
    pub learning_rate: f64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        use Kind::{Cells, Count};
        let model = |name, kind, help| Key::new("Models", name, kind, help);
        let measured = |name, kind, help| Key::new("Measurement", name, kind, help);
        vec![
            model("cells", Cells, "Cells with the gates i, f, g, o and a memory c, by name; two of them are drawn"),
            model("hidden", Count(1, 1024), "Hidden units H"),
            model("seed", Count(0, 1 << 53), "The first seed: it draws weights and examples"),
            model("seeds", Count(1, 10_000), "How many seeds, counted on from the first"),
            measured(
                "longest",
                Count(1, 10_000),
                "The longest distance of the training in steps; gradients are measured at five times that",
            ),
            measured("shown", Count(1, 200), "The distance of the sentence that is drawn, in steps"),
            measured("test_examples", Count(1, 100_000), "Test sentences per seed, for answers and mean gates"),
            measured(
                "examples",
                Count(1, 1000),
                "Sentences per seed for gradients and memory times; a unit has a time in each",
            ),
            Key::updates("Updates"),
            Key::training("mix", Kind::one_of(&["uniform", "log-uniform"]), "How often training meets each distance"),
            Key::batch("Examples per update"),
            Key::learning_rate(),
        ]
    }

    fn at(scale: Scale) -> Self {
        Self {
            cells: ["lstm", "lstm_chrono"].map(String::from).to_vec(),
            hidden: 32,
            seed: 1,
            seeds: scale.or_quick(3, 1),
            longest: scale.or_quick(100, 30),
            shown: 20,
            test_examples: scale.or_quick(200, 50),
            examples: 4,
            updates: scale.or_quick(2000, 300),
            mix: Mix::Uniform,
            batch: 32,
            learning_rate: 0.003,
        }
    }

    fn check(&self) -> Result<(), String> {
        each_once("cells", &self.cells)
    }

    fn admits(&self) -> Admits {
        Admits { examples: self.batch, omega: Err("this study looks at gradients as they are"), ..Admits::default() }
    }
}

impl Config {
    /// The task of the training.
    pub fn france(&self) -> France {
        France { longest: self.longest, mix: self.mix }
    }

    /// The distance at which gradients are measured.
    pub fn far(&self) -> usize {
        5 * self.longest
    }

    /// The sizes of the cell called `name`.
    ///
    /// # Errors
    /// Refused, if there is none, or it has not the gates and the memory of an LSTM.
    pub fn dims(&self, registry: &Registry, name: &str) -> Result<Dims, Stop> {
        let dims = Dims { input: self.france().inputs(), hidden: self.hidden, horizon: self.longest + 1 };
        let cell = registry.build(name, dims).map_err(|e| Stop::Refused(format!("--cells: {e}")))?;
        let gates = super::unit::gate_names(&*cell);
        let missing = super::unit::GATES.into_iter().find(|gate| !gates.contains(gate));
        let missing = missing.or_else(|| ["h", "c"].into_iter().find(|part| cell.about().part(part).is_none()));
        match missing {
            Some(missing) => {
                let why = format!("--cells: `{name}` has no `{missing}`; give cells such as lstm, lstm_chrono");
                Err(Stop::Refused(why))
            }
            None => Ok(dims),
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
    fn only_cells_with_the_lstms_gates_and_memory_are_taken() {
        let (config, registry) = (Config::at(Scale::Quick), Registry::builtin());
        for name in ["lstm", "lstm_forget0", "lstm_chrono", "lstm_peephole"] {
            assert!(config.dims(&registry, name).is_ok(), "{name}");
        }
        for (name, missing) in [("rnn", "`i`"), ("gru", "`i`")] {
            let why = config.dims(&registry, name).expect_err("no LSTM").to_string();
            assert!(why.contains(missing) && why.contains(name), "{why}");
        }
    }
}
