use experiments::answers::right_answers;
use experiments::stats::Share;
use experiments::train::Ended;
use experiments::{Stop, run};
use serde::{Deserialize, Serialize};

use super::Config;
use super::network::{Model, Network};
use super::problem::{Problem, majority};

/// One network on one problem with one seed.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    pub problem: &'a Problem,
    pub network: Network,
    pub shuffled: bool,
    pub seed: u64,
}

/// What it came to: a row of `figures/accuracy.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub problem: String,
    pub kind: String,
    pub network: String,
    pub shuffled: bool,
    pub seed: u64,
    pub parameters: usize,
    /// Test examples answered right.
    pub right: usize,
    pub of: usize,
    /// The share of the class that is most frequent in training.
    pub majority: f64,
    pub classes: usize,
    /// The update of the best validation.
    pub best_update: Option<u64>,
    pub diverged: bool,
}

impl<'a> Unit<'a> {
    /// All of a run.
    pub fn all(config: &Config, problems: &'a [Problem]) -> Vec<Self> {
        let orders: &[bool] = if config.shuffled { &[false, true] } else { &[false] };
        let mut units = Vec::new();
        for problem in problems {
            for network in Network::ALL {
                for &shuffled in orders {
                    let seeds = config.seed..config.seed + config.seeds;
                    units.extend(seeds.map(|seed| Self { problem, network, shuffled, seed }));
                }
            }
        }
        units
    }

    /// Its folder.
    pub fn name(&self) -> String {
        let order = if self.shuffled { "-shuffled" } else { "" };
        format!("{}-{}{order}-seed{}", self.problem.form.kind.name(), self.network.key(), self.seed)
    }

    /// Trains it, and tests it with the parameters of the best validation.
    pub fn run(&self, config: &Config, unit: &mut run::Unit) -> Result<Score, Stop> {
        let Self { problem, network, shuffled, seed } = *self;
        let splits = problem.splits(config, seed).map_err(|why| Stop::Refused(why.to_string()))?;
        let (model, mut params) = Model::widest(self, config)?;
        let learning = model.learning(&splits, config.training.batch, seed);
        let training = config.training.along_a_cosine();
        let (best, diverged) = match unit.train(&learning, &mut params, &training) {
            Ok(trained) => (trained.best, false),
            Err(Ended::Diverged { .. }) => (None, true),
            Err(ended) => return Err(ended.into()),
        };
        let classes: Vec<usize> = splits.test.iter().map(|example| example.class).collect();
        let right = Share::count(right_answers(&model.answers(&params, &splits.test), &classes));
        Ok(Score {
            problem: problem.name.clone(),
            kind: problem.form.kind.name().into(),
            network: network.name().into(),
            shuffled,
            seed,
            parameters: params.count(),
            right: right.part,
            of: right.of,
            majority: majority(&splits),
            classes: problem.classes.len(),
            best_update: best.map(|(update, _)| update),
            diverged,
        })
    }
}
