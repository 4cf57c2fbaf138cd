//! One unit of the study: one cell with one seed on one task, trained and measured. Units run in parallel and are saved
//! each when it is finished.

use models::networks::Network;
use models::stacks::RecurrentConfig;
use models::{Draws, Params, Registry};
use serde::{Deserialize, Serialize};

use super::Input;
use super::config::Config;
use crate::answers::evaluate;
use crate::by_distance::{Phase, Score, tested};
use crate::disturbance::{Disturbance, disturb};
use crate::examples::Drawn;
use crate::gradient_curves::GradientCurves;
use crate::task::Task;
use crate::train::{Metric, Training};
use crate::{Stop, run};

/// How many examples of each seed are disturbed, and by how much of the state's own length.
const DISTURBED: usize = 20;
pub(super) const NOISE: f64 = 0.1;

/// The source of the units whose task is the next character of a real text; that of all others is `--task`.
pub(super) const TEXT: &str = "text";

/// A unit to be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unit {
    /// Its task's name.
    pub source: String,
    /// Its cell's name.
    pub cell: String,
    /// Its seed.
    pub seed: u64,
}

/// Everything measured of a unit: the content of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Outcome {
    #[serde(flatten)]
    pub unit: Unit,
    pub hidden: usize,
    /// Of the whole model, readout included.
    pub parameters: usize,
    /// Why training ended early, if it diverged; measured then is the model before the update that could not be made.
    pub diverged: Option<String>,
    pub metrics: Vec<Metric>,
    pub scores: Vec<Score>,
    /// What becomes of noise in the middle, at five times the longest distance of the training.
    pub disturbance: Option<Disturbance>,
    #[serde(flatten)]
    pub gradient: GradientCurves,
}

impl Unit {
    /// The name of its files.
    pub(super) fn name(&self) -> String {
        format!("{}-{}-seed{}", self.source, self.cell, self.seed)
    }

    /// All units of a configuration, in the order of the report.
    pub(super) fn all(config: &Config) -> Vec<Self> {
        let unit = |source: &str, cell: &String, seed| Self { source: source.into(), cell: cell.clone(), seed };
        let of = |source, seeds| config.cells.iter().flat_map(move |c| (1..=seeds).map(move |s| unit(source, c, s)));
        of(&*config.task, config.seeds).chain(of(TEXT, config.text.seeds)).collect()
    }

    /// How many updates it takes.
    pub(super) fn updates(&self, config: &Config) -> u64 {
        if self.source == TEXT { config.text.updates } else { config.updates }
    }

    /// Trains in f32, measures in f64.
    ///
    /// # Errors
    /// If the training was stopped or could not be kept, or the registry lacks the cell.
    pub(super) fn run(
        &self,
        config: &Config,
        registry: &Registry,
        Input { task, text, .. }: &Input,
        unit: &mut run::Unit,
    ) -> Result<Outcome, Stop> {
        let (seed, longest, on_text) = (self.seed, config.longest(), self.source == TEXT);
        let windows = text.with_steps(config.window());
        let task_of_network: &dyn Task = if on_text { &windows } else { &**task };
        let dims = config.dims(registry, &self.cell, task_of_network)?;
        let net = task_of_network.network(RecurrentConfig::new(&*self.cell, dims.hidden));
        let mut initial = Params::<f64>::new();
        let network = Network::new(&net, registry, dims.horizon, initial.at("", seed))?;

        let training = Training {
            clip: config.clip,
            non_finite: config.non_finite,
            ..Training::new(self.updates(config), config.learning_rate)
        };
        let draw = |draws: &mut Draws| match on_text {
            true => windows.batch(draws, config.batch),
            false => task.at_distance(config.mix.distance(longest, draws), draws, config.batch),
        };
        let mut params = initial.cast::<f32>();
        let objective = Drawn { network: &network, draw: &draw, seed };
        let diverged = unit.train_until_diverged(&objective, &mut params, &training)?;
        let trained = params.cast::<f64>();

        let mut draws = Draws::at(seed, "flow", &[]);
        let batch = match on_text {
            true => text.batch(&mut draws, config.examples),
            false => task.at_distance(longest, &mut draws, config.examples),
        };
        let phases = [(Phase::Initial, &initial), (Phase::Trained, &trained)];
        let within = task.criterion().map_or(0.0, |criterion| criterion.within);
        let score = |distance: usize| {
            tested((seed, distance), (config.test_examples, 50), |draws, examples| {
                evaluate(&network, &params, &task.at_distance(distance, draws, examples), within)
            })
        };
        let disturbance = || {
            let mut draws = Draws::at(seed, "disturbance", &[]);
            let batch = task.at_distance(5 * longest, &mut draws, DISTURBED);
            disturb(&network, &trained, &batch, (config.steps / 2, NOISE), within, &mut draws)
        };
        let distances = if on_text { Vec::new() } else { config.distances() };
        Ok(Outcome {
            unit: self.clone(),
            hidden: dims.hidden,
            parameters: params.count(),
            diverged,
            metrics: unit.metrics()?,
            scores: distances.into_iter().map(score).collect(),
            disturbance: (!on_text).then(disturbance),
            gradient: GradientCurves::measured(&network, phases, &batch),
        })
    }
}

/// The outcomes of one task and cell, in order of seeds.
pub(super) fn of_cell<'a>(outcomes: &'a [Outcome], source: &str, cell: &str) -> Vec<&'a Outcome> {
    outcomes.iter().filter(|o| o.unit.source == source && o.unit.cell == cell).collect()
}
