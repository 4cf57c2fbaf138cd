//! One unit of the study: one cell with one seed on one task, trained and measured. Units run in parallel and are saved
//! each when it is finished.

use models::networks::Network;
use models::stacks::RecurrentConfig;
use models::{Draws, Params, Registry};
use serde::{Deserialize, Serialize};

use super::config::Config;
use crate::Examples;
use crate::Stop;
use crate::answers::{Evaluation, evaluate};
use crate::disturbance::{Disturbance, disturb};
use crate::gradient_flow::gradient_flow;
use crate::run;
use crate::spectrum::{largest_singular_value, spectral_radius};
use crate::task::{Batch, Task};
use crate::tasks::Text;
use crate::train::{Ended, Metric, Training};

/// How many examples of each seed are disturbed, and by how much of the state's own length.
const DISTURBED: usize = 20;
pub const NOISE: f64 = 0.1;

/// Which task a unit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// "I grew up in France … I speak ___".
    France,
    /// The next character of a real text.
    Text,
}

/// When the gradient was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Before any update.
    Initial,
    /// After training.
    Trained,
}

/// A unit to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its task.
    pub source: Source,
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

/// How many of the test examples at one distance were answered right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// In time steps.
    pub distance: usize,
    /// Right answers.
    pub right: usize,
    /// Examples.
    pub of: usize,
}

/// Everything measured of a unit: the content of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Outcome {
    pub source: Source,
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
        let source = match self.source {
            Source::France => "france",
            Source::Text => "text",
        };
        format!("{source}-{}-seed{}", self.cell, self.seed)
    }

    /// All units of a configuration, in the order of the report.
    pub fn all(config: &Config) -> Vec<Self> {
        let of = |source, seeds: u64| {
            config
                .cells
                .iter()
                .flat_map(move |cell| (1..=seeds).map(move |seed| Self { source, cell: cell.clone(), seed }))
        };
        of(Source::France, config.seeds).chain(of(Source::Text, config.text.seeds)).collect()
    }

    /// How many updates it takes.
    pub fn updates(&self, config: &Config) -> u64 {
        match self.source {
            Source::France => config.updates,
            Source::Text => config.text.updates,
        }
    }

    /// Trains in f32, measures in f64.
    ///
    /// # Errors
    /// If the training was stopped or could not be kept, or the registry lacks the cell.
    pub fn run(
        &self,
        config: &Config,
        registry: &Registry,
        text: &Text,
        unit: &mut run::Unit,
    ) -> Result<Outcome, Stop> {
        let mut draws = Draws::at(self.seed, "flow", &[]);
        match self.source {
            Source::France => {
                let task = config.france();
                let batch = task.at_distance(config.steps - 1, &mut draws, config.examples);
                let (network, mut outcome, params) = self.learn(config, registry, &task, &batch, unit)?;
                for distance in config.distances() {
                    let right = self.test(config, &network, &params, distance);
                    outcome.scores.push(Score { distance, right, of: config.test_examples });
                }
                let mut draws = Draws::at(self.seed, "disturbance", &[]);
                let batch = task.at_distance(5 * task.longest, &mut draws, DISTURBED);
                outcome.disturbance =
                    Some(disturb(&network, &params.cast(), &batch, (config.steps / 2, NOISE), 0.0, &mut draws));
                Ok(outcome)
            }
            Source::Text => {
                let batch = text.batch(&mut draws, config.examples);
                let task = text.with_steps(config.window());
                self.learn(config, registry, &task, &batch, unit).map(|(_, outcome, _)| outcome)
            }
        }
    }

    /// How many of the test examples at `distance` are answered right. They are drawn and tested some at a time: what is
    /// on the tape grows with the distance.
    fn test(&self, config: &Config, network: &Network, params: &Params<f32>, distance: usize) -> usize {
        const AT_ONCE: usize = 50;
        let starts = (0..config.test_examples).step_by(AT_ONCE);
        let found = starts.map(|start| {
            let mut draws = Draws::at(self.seed, "test", &[distance as u64, start as u64]);
            let count = AT_ONCE.min(config.test_examples - start);
            let test = config.france().at_distance(distance, &mut draws, count);
            evaluate(network, params, &test, 0.0)
        });
        found.reduce(Evaluation::and).map_or(0, |found| found.right)
    }

    /// Draws a model, trains it on `task`, and measures on `batch` before and after.
    fn learn(
        &self,
        config: &Config,
        registry: &Registry,
        task: &impl Task,
        batch: &Batch,
        unit: &mut run::Unit,
    ) -> Result<(Network, Outcome, Params<f32>), Stop> {
        let dims = config.dims(registry, &self.cell, task)?;
        let (net, mut initial) = (task.network(RecurrentConfig::new(&*self.cell, dims.hidden)), Params::<f64>::new());
        let network = Network::new(&net, registry, dims.horizon, initial.at("", self.seed));
        let network = network.map_err(|e| Stop::Refused(e.to_string()))?;
        let mut params = initial.cast::<f32>();
        let training = Training {
            clip: config.clip,
            non_finite: config.non_finite,
            ..Training::new(self.updates(config), config.learning_rate)
        };
        let objective = Examples { network: &network, task, batch: config.batch, seed: self.seed };
        let diverged = match unit.train(&objective, &mut params, &training) {
            Ok(_) => None,
            Err(ended @ Ended::Diverged { .. }) => Some(ended.to_string()),
            Err(ended) => return Err(ended.into()),
        };
        let mut outcome = Outcome {
            source: self.source,
            cell: self.cell.clone(),
            seed: self.seed,
            hidden: dims.hidden,
            parameters: params.count(),
            diverged,
            metrics: unit.metrics(),
            scores: Vec::new(),
            disturbance: None,
            flows: Vec::new(),
            theory: Vec::new(),
        };
        for (phase, params) in [(Phase::Initial, &initial), (Phase::Trained, &params.cast())] {
            outcome.flows.extend(flows(&network, params, batch, phase));
            outcome.theory.push(theory(&network, params, phase));
        }
        Ok((network, outcome, params))
    }
}

/// The curves of every state part, and, where there is more than one part, those of the direct path.
fn flows(network: &Network, params: &Params<f64>, batch: &Batch, phase: Phase) -> Vec<Flow> {
    let about = network.stack().cells().next().expect("a layer");
    let output = about.states[about.output].name;
    let of = |cut: Option<&str>| {
        let flow = |flow: crate::gradient_flow::PartFlow| Flow {
            phase,
            part: flow.part.into(),
            direct: cut.is_some(),
            norms: flow.norms,
        };
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
