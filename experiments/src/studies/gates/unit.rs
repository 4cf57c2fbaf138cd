//! One cell with one seed: trained on the France task, then looked into.

use autograd::{Tape, Var};
use models::networks::Network;
use models::stacks::{RecurrentConfig, UnrolledStack};
use models::{AnyCell, Bound, Draws, Params, Phase, Registry, Unroll};
use nalgebra::DMatrix;

use super::config::Config;
use super::outcome::{Hand, Mean, Memory, Outcome, Role, Score, Shown};
use crate::Examples;
use crate::answers::Evaluation;
use crate::gradient_flow::state_gradients;
use crate::stats::half_life_between_steps;
use crate::task::{AtDistance, Batch, Task};
use crate::tasks::France;
use crate::train::{Ended, Training};
use crate::{Stop, run};

/// The gates, in the order of the figures.
pub const GATES: [&str; 4] = ["i", "f", "o", "g"];

/// A cell with a seed.
#[derive(Clone, Debug)]
pub struct Unit {
    pub cell: String,
    pub seed: u64,
}

/// The gates that a cell names.
pub fn gate_names(cell: &dyn AnyCell) -> Vec<&'static str> {
    let mut params = Params::<f64>::new();
    params.place("cell", cell.about().specs.clone(), 1);
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let run = Unroll::<f64>::new(cell, bound.all()).record().run(tape.zeros(cell.about().input, 1), 1);
    run.gates.iter().map(|(name, _)| *name).collect()
}

/// A sentence in a hand: the first step is the country's, and no memory is there before it.
fn run_in<'t>(
    hand: Hand,
    network: &Network,
    bound: &Bound<'t, f64>,
    x: Var<'t, f64>,
    batch: usize,
) -> Vec<UnrolledStack<'t, f64>> {
    let unroll = || network.stack().unroll(bound).phase(Phase::Evaluation).record();
    let rest = x.shape().1 - batch;
    match hand {
        Hand::Free => vec![unroll().run(x, batch)],
        Hand::NoMemory => vec![unroll().hold("f", 0.0).run(x, batch)],
        Hand::NoInput => {
            let country = unroll().run(x.columns(0, batch), batch);
            let after = unroll().initial(&country.last).segment(1).hold("i", 0.0).run(x.columns(batch, rest), batch);
            vec![country, after]
        }
    }
}

/// Every value of a gate or state part, H × (T·B).
fn values(runs: &[UnrolledStack<'_, f64>], name: &str) -> DMatrix<f64> {
    let of = |run: &UnrolledStack<'_, f64>| match GATES.contains(&name) {
        true => run.gate(name).value(),
        false => run.part(name).value(),
    };
    let parts: Vec<DMatrix<f64>> = runs.iter().map(of).collect();
    let columns: Vec<_> = parts.iter().flat_map(DMatrix::column_iter).collect();
    DMatrix::from_columns(&columns)
}

impl Unit {
    pub fn all(config: &Config) -> Vec<Self> {
        let seeds = || config.seed..config.seed + config.seeds;
        config.cells.iter().flat_map(|cell| seeds().map(|seed| Self { cell: cell.clone(), seed })).collect()
    }

    pub fn name(&self) -> String {
        format!("{}-seed{}", self.cell, self.seed)
    }

    /// Trains in f32, measures in f64.
    pub fn run(&self, config: &Config, registry: &Registry, unit: &mut run::Unit) -> Result<Outcome, Stop> {
        let task = config.france();
        let dims = config.dims(registry, &self.cell)?;
        let (net, mut params) = (task.network(RecurrentConfig::new(&*self.cell, dims.hidden)), Params::<f32>::new());
        let network = Network::new(&net, registry, dims.horizon, params.at("", self.seed));
        let network = network.map_err(|e| Stop::Refused(e.to_string()))?;
        let objective = Examples { network: &network, task: &task, batch: config.batch, seed: self.seed };
        let training = Training::new(config.updates, config.learning_rate);
        let diverged = match unit.train(&objective, &mut params, &training) {
            Ok(_) => None,
            Err(ended @ Ended::Diverged { .. }) => Some(ended.to_string()),
            Err(ended) => return Err(ended.into()),
        };
        let params = params.cast();
        let draws = |purpose| Draws::at(self.seed, purpose, &[]);
        let test = task.at_distance(config.longest, &mut draws("test"), config.test_examples);
        let shown = task.at_distance(config.shown, &mut draws("shown"), 1);
        let far = task.at_distance(config.far(), &mut draws("flow"), config.examples);
        Ok(Outcome {
            diverged,
            scores: Hand::ALL.map(|hand| self.score(hand, &network, &params, &test)).to_vec(),
            means: self.means(config.longest, &network, &params, &test),
            shown: self.shown(&network, &params, &shown),
            memory: self.memory(&network, &params, &far),
        })
    }

    fn score(&self, hand: Hand, network: &Network, params: &Params<f64>, test: &Batch) -> Score {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let runs = run_in(hand, network, &bound, tape.constant(&test.x), test.examples());
        let last = network.stack().last_output(&runs[runs.len() - 1]);
        let right =
            Evaluation::of(&network.readout().apply(&bound, last, Phase::Evaluation).value(), &test.targets, 0.0).right;
        Score { cell: self.cell.clone(), seed: self.seed, hand, right, of: test.examples() }
    }

    fn means(&self, distance: usize, network: &Network, params: &Params<f64>, test: &Batch) -> Vec<Mean> {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let runs = run_in(Hand::Free, network, &bound, tape.constant(&test.x), test.examples());
        let mut means = Vec::new();
        for gate in GATES {
            let values = values(&runs, gate).map(f64::abs);
            for role in Role::ALL.into_iter().filter(|role| !role.steps(distance).is_empty()) {
                let steps = role.steps(distance);
                let of_role = values.columns(steps.start * test.examples(), steps.len() * test.examples());
                means.extend(of_role.row_iter().enumerate().map(|(unit, row)| Mean {
                    cell: self.cell.clone(),
                    seed: self.seed,
                    gate: gate.into(),
                    unit,
                    role,
                    mean: row.mean(),
                }));
            }
        }
        means
    }

    fn shown(&self, network: &Network, params: &Params<f64>, sentence: &Batch) -> Vec<Shown> {
        let words: Vec<&str> = sentence.x.column_iter().map(|x| France::word(x.imax())).collect();
        let mut rows = Vec::new();
        for hand in Hand::ALL {
            let tape = Tape::new();
            let bound = params.bind(&tape);
            let runs = run_in(hand, network, &bound, tape.constant(&sentence.x), 1);
            for what in GATES.into_iter().chain(["c", "h"]) {
                let values = values(&runs, what);
                let places = (0..values.nrows()).flat_map(|unit| (0..values.ncols()).map(move |step| (unit, step)));
                rows.extend(places.map(|(unit, step)| Shown {
                    cell: self.cell.clone(),
                    seed: self.seed,
                    hand,
                    what: what.into(),
                    unit,
                    step,
                    word: words[step].into(),
                    value: values[(unit, step)],
                }));
            }
        }
        rows
    }

    fn memory(&self, network: &Network, params: &Params<f64>, far: &Batch) -> Vec<Memory> {
        let steps = far.x.ncols() / far.examples();
        // From the last distractor, before the question, back to the first.
        let distractors = 1..steps - 1;
        let forget = {
            let tape = Tape::new();
            let bound = params.bind(&tape);
            values(&run_in(Hand::Free, network, &bound, tape.constant(&far.x), far.examples()), "f")
        };
        let gradients = |cut| {
            let found = state_gradients(network, params, far, cut);
            found.into_iter().find(|(part, _)| *part == "c").expect("a cell with a memory c").1
        };
        let half_life = |gradient: &DMatrix<f64>, unit: usize, sentence: usize| {
            let at = |t: usize| gradient[(unit, t * far.examples() + sentence)].abs();
            let first = at(distractors.end - 1);
            let curve: Vec<f64> = distractors.clone().rev().map(|t| at(t) / first).collect();
            (first, (first > 0.0).then(|| half_life_between_steps(&curve)).flatten())
        };
        let (direct, whole) = (gradients(Some("h")), gradients(None));
        let places = (0..far.examples()).flat_map(|sentence| (0..forget.nrows()).map(move |unit| (sentence, unit)));
        let mean = |(sentence, unit): (usize, usize), of: fn(f64) -> f64| {
            let sum: f64 = distractors.clone().map(|t| of(forget[(unit, t * far.examples() + sentence)])).sum();
            sum / distractors.len() as f64
        };
        places
            .map(|place @ (sentence, unit)| {
                let (direct_gradient, direct) = half_life(&direct, unit, sentence);
                let (whole_gradient, whole) = half_life(&whole, unit, sentence);
                Memory {
                    cell: self.cell.clone(),
                    seed: self.seed,
                    sentence,
                    unit,
                    forget: mean(place, |f| f),
                    forget_geometric: mean(place, f64::ln).exp(),
                    direct_gradient,
                    direct,
                    whole_gradient,
                    whole,
                }
            })
            .collect()
    }
}
