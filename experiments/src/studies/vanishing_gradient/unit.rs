//! One unit of the study: one cell with one seed on one task, trained and measured. Units run in parallel and are saved
//! each when it is finished.

use models::networks::Network;
use models::stacks::RecurrentConfig;
use models::{Address, Draws, Params, Registry, Sequence};
use serde::{Deserialize, Serialize};

use super::Input;
use super::config::Config;
use crate::answers::{Evaluation, evaluate};
use crate::by_distance::{Phase, tested};
use crate::disturbance::{Disturbance, disturb};
use crate::gradient_flow::{PartFlow, gradient_flow};
use crate::spectrum::{largest_singular_value, spectral_radius};
use crate::task::{Batch, Task};
use crate::train::{Ended, Metric, Objective, Training};
use crate::{Stop, run};

/// How many examples of each seed are disturbed, and by how much of the state's own length.
const DISTURBED: usize = 20;
pub const NOISE: f64 = 0.1;

/// The source of the units whose task is the next character of a real text; that of all others is `--task`.
pub const TEXT: &str = "text";

/// A unit to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its task's name.
    pub source: String,
    /// Its cell's name.
    pub cell: String,
    /// Its seed.
    pub seed: u64,
}

/// The gradient of one state part along one path in one phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// When.
    pub phase: Phase,
    /// Of which state part.
    pub part: String,
    /// Whether the way through the output part is cut: the direct path along the others.
    pub direct: bool,
    /// By example, then by lag, relative to lag 0.
    #[serde(deserialize_with = "null_is_infinite")]
    pub norms: Vec<Vec<f64>>,
}

/// JSON has no number for an overflowed gradient: it is written as null, and read as ∞.
fn null_is_infinite<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<f64>>, D::Error> {
    let rows = Vec::<Vec<Option<f64>>>::deserialize(deserializer)?;
    Ok(rows.into_iter().map(|row| row.into_iter().map(|x| x.unwrap_or(f64::INFINITY)).collect()).collect())
}

/// What theory predicts from a unit's own weights, in one phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Theory {
    /// When.
    pub phase: Phase,
    /// ρ(W_h), for the plain RNN.
    pub rho: Option<f64>,
    /// σ_max(W_h), for the plain RNN.
    pub sigma_max: Option<f64>,
    /// σ(b_f), for an LSTM whose forget biases are all equal.
    pub forget: Option<f64>,
}

/// How good the answers to the test examples at one distance are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Score {
    pub distance: usize,
    pub right: usize,
    pub of: usize,
    /// Of answers that are numbers.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::number::option")]
    pub squared_error: Option<f64>,
}

/// Everything measured of a unit: the content of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Outcome {
    pub source: String,
    pub cell: String,
    pub seed: u64,
    pub hidden: usize,
    /// Of the whole model, readout included.
    pub parameters: usize,
    /// Why training ended early, if it diverged; measured then is the model before the update that could not be made.
    pub diverged: Option<String>,
    pub metrics: Vec<Metric>,
    pub scores: Vec<Score>,
    /// What becomes of noise in the middle, at five times the longest distance of the training.
    pub disturbance: Option<Disturbance>,
    pub flows: Vec<Flow>,
    pub theory: Vec<Theory>,
}

impl Unit {
    /// The name of its files.
    pub fn name(&self) -> String {
        format!("{}-{}-seed{}", self.source, self.cell, self.seed)
    }

    /// All units of a configuration, in the order of the report.
    pub fn all(config: &Config) -> Vec<Self> {
        let unit = |source: &str, cell: &String, seed| Self { source: source.into(), cell: cell.clone(), seed };
        let of = |source, seeds| config.cells.iter().flat_map(move |c| (1..=seeds).map(move |s| unit(source, c, s)));
        of(&*config.task, config.seeds).chain(of(TEXT, config.text.seeds)).collect()
    }

    /// How many updates it takes.
    pub fn updates(&self, config: &Config) -> u64 {
        if self.source == TEXT { config.text.updates } else { config.updates }
    }

    /// Trains in f32, measures in f64.
    ///
    /// # Errors
    /// If the training was stopped or could not be kept, or the registry lacks the cell.
    pub fn run(
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
        let network = Network::new(&net, registry, dims.horizon, initial.at("", seed));
        let network = network.map_err(|e| Stop::Refused(e.to_string()))?;

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
        let diverged = match unit.train(&Drawn { network: &network, draw: &draw, seed }, &mut params, &training) {
            Ok(_) => None,
            Err(ended @ Ended::Diverged { .. }) => Some(ended.to_string()),
            Err(ended) => return Err(ended.into()),
        };
        let trained = params.cast::<f64>();

        let mut outcome = Outcome {
            source: self.source.clone(),
            cell: self.cell.clone(),
            seed,
            hidden: dims.hidden,
            parameters: params.count(),
            diverged,
            metrics: unit.metrics(),
            scores: Vec::new(),
            disturbance: None,
            flows: Vec::new(),
            theory: Vec::new(),
        };
        let mut draws = Draws::at(seed, "flow", &[]);
        let batch = match on_text {
            true => text.batch(&mut draws, config.examples),
            false => task.at_distance(longest, &mut draws, config.examples),
        };
        for (phase, params) in Phase::BOTH.into_iter().zip([&initial, &trained]) {
            outcome.flows.extend(flows(&network, params, &batch, phase));
            outcome.theory.push(theory(&network, params, phase));
        }
        if !on_text {
            let within = task.criterion().map_or(0.0, |criterion| criterion.within);
            for distance in config.distances() {
                let test = |draws: &mut Draws, examples| {
                    evaluate(&network, &params, &task.at_distance(distance, draws, examples), within)
                };
                let found = tested((seed, distance), (config.test_examples, 50), test);
                let Evaluation { right, of, squared_error } = found;
                outcome.scores.push(Score { distance, right, of, squared_error });
            }
            let mut draws = Draws::at(seed, "disturbance", &[]);
            let batch = task.at_distance(5 * longest, &mut draws, DISTURBED);
            let at = (config.steps / 2, NOISE);
            outcome.disturbance = Some(disturb(&network, &trained, &batch, at, within, &mut draws));
        }
        Ok(outcome)
    }
}

impl Outcome {
    /// What [`rows`](crate::by_distance::rows) pools.
    pub fn tests(&self) -> impl Iterator<Item = (&str, u64, usize, Evaluation)> {
        self.scores.iter().map(|score| {
            let Score { distance, right, of, squared_error } = *score;
            (&*self.cell, self.seed, distance, Evaluation { right, of, squared_error })
        })
    }
}

/// The loss on new examples at each update.
struct Drawn<'a> {
    network: &'a Network,
    draw: &'a (dyn Fn(&mut Draws) -> Batch + Sync),
    seed: u64,
}

impl Objective<f32> for Drawn<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let batch = (self.draw)(&mut Draws::at(self.seed, "train", &[update]));
        let phase = models::Phase::Training(Address { seed: self.seed, update, ..Address::default() });
        Box::new(self.network.on(batch, phase))
    }
}

/// The curves of every state part, and, where there is more than one part, those of the direct path.
fn flows(network: &Network, params: &Params<f64>, batch: &Batch, phase: Phase) -> Vec<Flow> {
    let about = network.stack().cells().next().expect("a layer");
    let output = about.states[about.output].name;
    let of = |cut: Option<&str>| {
        let flow = |PartFlow { part, norms }| Flow { phase, part: part.into(), direct: cut.is_some(), norms };
        gradient_flow(network, params, batch, cut).into_iter().map(flow).collect::<Vec<_>>()
    };
    let mut flows = of(None);
    if about.states.len() > 1 {
        flows.extend(of(Some(output)).into_iter().filter(|flow| flow.part != output));
    }
    flows
}

/// What the literature has a formula for: the plain RNN's matrix, the LSTM's forget bias.
fn theory(network: &Network, params: &Params<f64>, phase: Phase) -> Theory {
    let about = network.stack().cells().next().expect("a layer");
    let value = |name: &str| params.get(&format!("layers.0.fwd.{name}")).map(|p| &p.value);
    let matrix = value("w_h").filter(|_| about.name == "rnn");
    let forget = value("b").filter(|_| about.name == "lstm").and_then(|b| {
        let hidden = about.states[0].width;
        let block = b.rows(hidden, hidden);
        let first = block[0];
        block.iter().all(|b| b.to_bits() == first.to_bits()).then(|| 1.0 / (1.0 + (-first).exp()))
    });
    Theory { phase, rho: matrix.map(spectral_radius), sigma_max: matrix.map(largest_singular_value), forget }
}
