//! `Config`: what decides a run's results.

use models::{Dims, Registry};
use serde::{Deserialize, Serialize};

use crate::Stop;
use crate::task::Task;
use crate::tasks::{France, Mix};

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // each is said at its flag in `Args`
pub struct Config {
    pub study: String,
    pub version: String,
    pub cells: Vec<String>,
    pub hidden: usize,
    pub match_parameters: bool,
    pub seeds: u64,
    pub steps: usize,
    pub examples: usize,
    pub test_examples: usize,
    pub distances: Vec<usize>,
    pub updates: usize,
    pub mix: Mix,
    pub batch: usize,
    pub learning_rate: f64,
    pub clip: f64,
    pub quick: bool,
    pub text: TextConfig,
}

/// The part of the configuration that is about the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TextConfig {
    pub name: String,
    pub hash: String,
    pub characters: usize,
    pub window: usize,
    pub updates: usize,
    pub seeds: u64,
}

impl Config {
    /// As TOML: the canonical form, in the order of the fields.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("numbers, names and lists have a TOML form")
    }

    /// The France task of the training.
    pub fn france(&self) -> France {
        France { longest: self.steps - 1, mix: self.mix }
    }

    /// The sizes of the cell `name` on a task: --hidden, or what comes nearest to the parameters of the largest cell.
    ///
    /// # Errors
    /// Refused, if no cell has that name.
    pub fn dims(&self, registry: &Registry, name: &str, task: &dyn Task) -> Result<Dims, Stop> {
        let dims = |hidden| Dims { input: task.inputs(), hidden, horizon: self.steps };
        let count = |name: &str, hidden| {
            let cell = registry.build(name, dims(hidden)).map_err(|e| Stop::Refused(format!("--cells: {e}")))?;
            Ok(cell.about().specs.count())
        };
        let own = count(name, self.hidden)?;
        if !self.match_parameters {
            return Ok(dims(self.hidden));
        }
        let mut largest = own;
        for other in &self.cells {
            largest = largest.max(count(other, self.hidden)?);
        }
        let mut best = (largest.abs_diff(own), self.hidden);
        for hidden in self.hidden..=4 * self.hidden {
            best = best.min((largest.abs_diff(count(name, hidden)?), hidden));
        }
        Ok(dims(best.1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::Args;
    use super::*;
    use clap::Parser;

    fn resolve(flags: &[&str]) -> Result<Config, Stop> {
        let args = Args::try_parse_from(std::iter::once("study").chain(flags.iter().copied())).expect("flags parse");
        args.resolve(&Registry::builtin()).map(|resolved| resolved.config)
    }

    #[test]
    fn the_configuration_survives_its_file() {
        let config = resolve(&["--quick"]).expect("fine");
        assert_eq!(toml::from_str::<Config>(&config.to_toml()).expect("our own"), config);
    }

    #[test]
    fn matched_parameters_are_nearly_equal() {
        let registry = Registry::builtin();
        let config = resolve(&["--match-parameters"]).expect("fine");
        let counts: Vec<usize> = config
            .cells
            .iter()
            .map(|name| {
                let dims = config.dims(&registry, name, &config.france()).expect("built in");
                registry.build(name, dims).expect("built in").about().specs.count()
            })
            .collect();
        let (least, most) = (counts.iter().min().expect("cells"), counts.iter().max().expect("cells"));
        assert!(*most - *least < *most / 20, "{counts:?}");
    }
}
