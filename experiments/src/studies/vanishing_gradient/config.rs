//! `Config`: what decides a run's results.

use models::{Dims, Registry};
use serde::{Deserialize, Serialize};

use crate::Stop;
use crate::by_distance::round_distances;
use crate::settings::{Admits, Key, Kind, Scale, Settings, each_once};
use crate::task::Task;
use crate::tasks::Mix;
use crate::train::NonFinite;

/// The cells of the study, unless `--cells` says otherwise; a user's own come after them.
const CELLS: [&str; 6] = ["rnn", "irnn", "gru", "lstm_forget0", "lstm", "lstm_chrono"];

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // each is said at its key
pub struct Config {
    /// Not written where it is the usual one, so that a run is called as it was before there was a choice.
    #[serde(default = "france", skip_serializing_if = "is_france")]
    pub task: String,
    pub cells: Vec<String>,
    pub hidden: usize,
    pub match_parameters: bool,
    pub seeds: u64,
    pub steps: usize,
    pub examples: usize,
    pub test_examples: usize,
    pub updates: u64,
    pub mix: Mix,
    pub batch: usize,
    pub learning_rate: f64,
    pub clip: f64,
    pub non_finite: NonFinite,
    pub text: TextConfig,
}

fn france() -> String {
    super::FRANCE.into()
}

fn is_france(task: &str) -> bool {
    task == super::FRANCE
}

/// The part of the configuration that is about the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TextConfig {
    pub file: String,
    pub updates: u64,
    pub seeds: u64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        const MANY: u64 = 100_000_000;
        let model = |name, kind, help| Key::new("Models", name, kind, help);
        let measured = |name, kind, help| Key::new("Measurement", name, kind, help);
        let text = |name, kind, help| Key::new("Text", name, kind, help);
        vec![
            model("cells", Kind::Cells, "Cells to compare, by name, separated by commas; --list-cells lists them"),
            model("hidden", Kind::Count(1, 4096), "Hidden units H of every cell"),
            model(
                "match_parameters",
                Kind::Switch,
                "Give every cell the H that comes nearest to the parameters of the largest at --hidden, not the same H",
            ),
            model("seeds", Kind::Count(1, 10_000), "Seeds 1 … N: each draws its own weights and examples"),
            measured(
                "steps",
                Kind::Count(2, 100_000),
                "Time steps T of the gradient curves; the task is trained to distance T − 1",
            ),
            measured("examples", Kind::Count(1, 10_000), "Examples per seed for the gradient curves"),
            measured("test_examples", Kind::Count(1, 1_000_000), "Test examples per seed and distance"),
            Key::training("task", Kind::Text, "What to train and to test on: france, adding, or a task of your own")
                .unwritten(super::FRANCE),
            Key::updates("Updates of each model on the task"),
            Key::training("mix", Kind::one_of(&["uniform", "log-uniform"]), "How often training meets each distance"),
            Key::batch("Examples per update"),
            Key::learning_rate(),
            Key::clip(),
            Key::training(
                "non_finite",
                Kind::one_of(&NonFinite::NAMES),
                "What to do about a loss or gradient that is not finite: stop, leave the update out, or go on with it",
            ),
            text(
                "text.file",
                Kind::File,
                "UTF-8 text for the character models, of any language; none: pages of Unroll's own book",
            )
            .flag("text"),
            text("text.updates", Kind::Count(1, MANY), "Updates of each character model"),
            text("text.seeds", Kind::Count(1, 10_000), "Seeds of the character models"),
        ]
    }

    fn at(scale: Scale) -> Self {
        let of = |usual, quick, paper| if scale == Scale::Paper { paper } else { scale.or_quick(usual, quick) };
        Self {
            task: france(),
            cells: CELLS.map(String::from).to_vec(),
            hidden: 32,
            match_parameters: false,
            seeds: of(5, 2, 10),
            steps: of(200, 64, 200) as usize,
            examples: 8,
            test_examples: of(200, 50, 500) as usize,
            updates: of(1500, 300, 6000),
            mix: Mix::Uniform,
            batch: 32,
            learning_rate: 0.003,
            clip: 1.0,
            non_finite: NonFinite::Stop,
            text: TextConfig { file: String::new(), updates: of(300, 60, 3000), seeds: of(3, 1, 5) },
        }
    }

    fn paper() -> Option<&'static str> {
        Some("Longer training, more seeds: an estimated 15 minutes on 2 cores")
    }

    fn check(&self) -> Result<(), String> {
        if self.cells.iter().all(String::is_empty) {
            return Err("--cells names no cell; leave it out for the usual ones".into());
        }
        each_once("cells", &self.cells)
    }

    fn admits(&self) -> Admits {
        Admits { examples: self.batch, omega: Err("this study looks at gradients as they are"), ..Admits::default() }
    }
}

impl Config {
    /// The settings at a scale, with the cells that a user added.
    pub fn with_cells_of(registry: &Registry, scale: Scale) -> Self {
        let builtin = Registry::builtin();
        let added = registry.names().filter(|name| builtin.names().all(|known| known != *name));
        let cells = CELLS.into_iter().chain(added).map(String::from).collect();
        Self { cells, ..Self::at(scale) }
    }

    /// The longest distance of the training.
    pub fn longest(&self) -> usize {
        self.steps - 1
    }

    /// The distances of the tests: 1, 2, 3, 5, 10, 20, 30, 50, … up to the longest of the training, that, and five times
    /// that.
    pub fn distances(&self) -> Vec<usize> {
        round_distances(1, self.longest()).into_iter().chain([5 * self.longest()]).collect()
    }

    /// T of the character models' training.
    pub fn window(&self) -> usize {
        self.steps.min(64)
    }

    /// The sizes of the cell `name` on a task: --hidden, or what comes nearest to the parameters of the largest cell.
    ///
    /// # Errors
    /// Refused, if no cell has that name.
    pub fn dims(&self, registry: &Registry, name: &str, task: &dyn Task) -> Result<Dims, Stop> {
        let dims = |hidden| Dims { input: task.inputs(), hidden, horizon: self.steps };
        let count = |name: &str, hidden| {
            let cell = registry.build(name, dims(hidden)).map_err(|e| Stop::Refused(format!("--cells: {e}")))?;
            Ok::<_, Stop>(cell.about().specs.count())
        };
        let counts = self.cells.iter().map(|cell| count(cell, self.hidden)).collect::<Result<Vec<_>, _>>()?;
        let largest = counts.into_iter().max().unwrap_or(0);
        let most = if self.match_parameters { 4 * self.hidden } else { self.hidden };
        let off = |hidden| Ok((count(name, hidden)?.abs_diff(largest), hidden));
        let off = (self.hidden..=most).map(off).collect::<Result<Vec<_>, Stop>>()?;
        Ok(dims(off.into_iter().min().map_or(self.hidden, |(_, hidden)| hidden)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::France;

    #[test]
    fn the_settings_conform() {
        runs::testing::conform::<Config>();
    }

    #[test]
    fn distances_are_round_reach_the_longest_and_go_beyond_it() {
        let distances = |steps| Config { steps, ..Config::at(Scale::Usual) }.distances();
        assert_eq!(distances(200), [1, 2, 3, 5, 10, 20, 30, 50, 100, 199, 995]);
        assert_eq!(distances(2), [1, 5]);
    }

    #[test]
    fn matched_parameters_are_nearly_equal() {
        let registry = Registry::builtin();
        let config = Config { match_parameters: true, ..Config::at(Scale::Usual) };
        let counts: Vec<usize> = config
            .cells
            .iter()
            .map(|name| {
                let dims = config.dims(&registry, name, &France { longest: 1, mix: Mix::Uniform }).expect("built in");
                registry.build(name, dims).expect("built in").about().specs.count()
            })
            .collect();
        let (least, most) = (counts.iter().min().expect("cells"), counts.iter().max().expect("cells"));
        assert!(*most - *least < *most / 20, "{counts:?}");
    }
}
