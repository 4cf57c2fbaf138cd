//! `Config`: what decides a run's results.

use experiments::echo;
use experiments::settings;
use experiments::settings::{Admits, Key, Scale, Settings, TrainingConfig, each_once};
use serde::{Deserialize, Serialize};

use super::problem::Kind;

/// What decides the results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub problems: Vec<String>,
    pub table: String,
    pub class: String,
    pub train: usize,
    pub test: usize,
    pub shuffled: bool,
    pub parameters: usize,
    pub cell: String,
    #[serde(flatten)]
    pub training: TrainingConfig,
    pub seed: u64,
    pub seeds: u64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        use settings::Kind::{Cell, Count, File, Switch, Text, Words};
        let data = |name, kind, help| Key::new("Problems", name, kind, help);
        let network = |name, kind, help| Key::new("Networks", name, kind, help);
        let heading = "Training, the same for every network";
        let training = |name, kind, help| Key::new(heading, name, kind, help);
        vec![
            data("problems", Words, "Which of table, image, sequence, video, motion, separated by commas"),
            data(
                "table",
                File,
                "A table of your own in place of the generated one: CSV with a header, numbers, and a column of classes; a \
                 quarter of its rows is for test",
            ),
            data("class", Text, "The column of --table that is the class; none: the last one"),
            data("train", Count(10, 1_000_000), "Generated examples to train on; a fifth more are for validation"),
            data("test", Count(10, 1_000_000), "Generated examples to test on"),
            data(
                "shuffled",
                Switch,
                "Whether each network also learns every problem with its columns, pixels or steps in another order, one \
                 order for all examples",
            ),
            network(
                "parameters",
                Count(50, 10_000_000),
                "The most parameters of a network: each is as wide as they allow",
            ),
            network("cell", Cell, "The cell of the RNN and the CNN-LSTM, by name"),
            Key::updates("Updates").under(heading),
            Key::batch("Examples per update").under(heading),
            Key::first_learning_rate().under(heading),
            training("seed", Count(0, 1 << 53), "The first seed: it draws examples, weights and batches"),
            training("seeds", Count(1, 1000), "How many seeds, counted on from the first"),
        ]
    }

    fn admits(&self) -> Admits {
        Admits::not_in_time(self.training.batch, "some networks of this study have no steps")
    }

    fn at(scale: Scale) -> Self {
        Self {
            problems: Kind::ALL.map(|kind| kind.name().into()).to_vec(),
            table: String::new(),
            class: String::new(),
            train: scale.or_quick(2000, 200),
            test: scale.or_quick(1000, 100),
            shuffled: true,
            parameters: scale.or_quick(3000, 1000),
            cell: "lstm".into(),
            training: TrainingConfig::new(scale.or_quick(600, 20), 0.01).unclipped(),
            seed: 1,
            seeds: scale.or_quick(3, 1),
        }
    }

    fn check(&self) -> Result<(), String> {
        let known = || Kind::ALL.map(Kind::name).join(", ");
        if self.problems.is_empty() {
            return Err(format!("--problems names none; give some of {}", known()));
        }
        if let Some(name) = self.problems.iter().find(|name| Kind::of(name).is_none()) {
            return Err(format!("--problems: `{}` is none of {}", echo(name), known()));
        }
        each_once("problems", &self.problems)?;
        let table = self.problems.iter().any(|name| name == Kind::Table.name());
        match (table, self.table.is_empty(), self.class.is_empty()) {
            (_, true, false) => Err("--class names a column of --table: give that, too".into()),
            (false, false, _) => Err("--table needs the problem `table`: add it to --problems".into()),
            _ => Ok(()),
        }
    }
}

impl Config {
    /// The problems, each once.
    pub fn kinds(&self) -> Vec<Kind> {
        self.problems.iter().filter_map(|name| Kind::of(name)).collect()
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
    fn what_does_not_go_together_is_refused() {
        let refusal = |change: fn(&mut Config)| {
            let mut config = Config::at(Scale::Usual);
            change(&mut config);
            config.check().expect_err("refused")
        };
        assert!(refusal(|c| c.problems = vec![]).contains("names none"));
        assert!(refusal(|c| c.problems = vec!["imag\ne".into()]).contains("`imag\\ne` is none of table, image"));
        assert!(refusal(|c| c.problems = vec!["image".into(), "image".into()]).contains("named twice"));
        assert!(refusal(|c| c.class = "kind".into()).contains("--table"));
        let without = |c: &mut Config| (c.problems, c.table) = (vec!["image".into()], "f.csv".into());
        assert!(refusal(without).contains("--problems"));
    }
}
