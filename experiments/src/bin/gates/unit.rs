//! One cell with one seed: trained on the France task, then looked into.

use autograd::Tape;
use experiments::Examples;
use experiments::answers::Evaluation;
use experiments::gradient_flow::state_gradients;
use experiments::stats::half_life_between_steps;
use experiments::task::{AtDistance, Batch, Task};
use experiments::tasks::France;
use experiments::train::Training;
use experiments::trial::Trial;
use experiments::{Stop, run};
use models::networks::Network;
use models::stacks::{RecurrentConfig, UnrolledStack};
use models::{AnyCell, Bound, Draws, Params, Phase, Registry, Unroll};
use nalgebra::DMatrix;

use super::config::Config;
use super::outcome::{Hand, Mean, Memory, Outcome, Role, Score, Shown};

/// The gates, in the order of the figures.
pub const GATES: [&str; 4] = ["i", "f", "o", "g"];

/// The gates that a cell names.
pub fn gate_names(cell: &dyn AnyCell) -> Vec<&'static str> {
    let mut params = Params::<f64>::new();
    params.place("cell", cell.about().specs.clone(), 1);
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let run = Unroll::<f64>::new(cell, bound.all()).record().run(tape.zeros(cell.about().input, 1), 1);
    run.gates.iter().map(|(name, _)| *name).collect()
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

/// Trains in f32, measures in f64.
pub fn run(trial: &Trial, config: &Config, registry: &Registry, unit: &mut run::Unit) -> Result<Outcome, Stop> {
    let (task, seed) = (config.france(), trial.seed);
    let dims = config.dims(registry, &trial.cell)?;
    let (net, mut params) = (task.network(RecurrentConfig::new(&*trial.cell, dims.hidden)), Params::<f32>::new());
    let network = Network::new(&net, registry, dims.horizon, params.at("", seed))?;
    let objective = Examples { network: &network, task: &task, batch: config.batch, seed };
    let training = Training::new(config.updates, config.learning_rate);
    let diverged = unit.train_until_diverged(&objective, &mut params, &training)?;
    let trained = Trained { trial, network: &network, params: params.cast() };
    let draws = |purpose| Draws::at(seed, purpose, &[]);
    let test = task.at_distance(config.longest, &mut draws("test"), config.test_examples);
    let shown = task.at_distance(config.shown, &mut draws("shown"), 1);
    let far = task.at_distance(config.far(), &mut draws("flow"), config.examples);
    Ok(Outcome {
        diverged,
        scores: Hand::ALL.map(|hand| trained.score(hand, &test)).to_vec(),
        means: trained.means(config.longest, &test),
        shown: trained.shown(&shown),
        memory: trained.memory(&far),
    })
}

/// A network that is looked into.
struct Trained<'a> {
    trial: &'a Trial,
    network: &'a Network,
    params: Params<f64>,
}

impl Trained<'_> {
    /// What `find` says of sentences in a hand: the first step is the country's, and no memory is there before it.
    fn run<R>(
        &self,
        hand: Hand,
        sentences: &Batch,
        find: impl for<'t> FnOnce(&Bound<'t, f64>, &[UnrolledStack<'t, f64>]) -> R,
    ) -> R {
        let tape = Tape::new();
        let bound = self.params.bind(&tape);
        let (x, batch) = (tape.constant(&sentences.x), sentences.examples());
        let unroll = || self.network.stack().unroll(&bound).phase(Phase::Evaluation).record();
        let runs = match hand {
            Hand::Free => vec![unroll().run(x, batch)],
            Hand::NoMemory => vec![unroll().hold("f", 0.0).run(x, batch)],
            Hand::NoInput => {
                let country = unroll().run(x.columns(0, batch), batch);
                let rest = x.columns(batch, x.shape().1 - batch);
                let after = unroll().initial(&country.last).segment(1).hold("i", 0.0).run(rest, batch);
                vec![country, after]
            }
        };
        find(&bound, &runs)
    }

    fn score(&self, hand: Hand, test: &Batch) -> Score {
        let (network, phase) = (self.network, Phase::Evaluation);
        let z = self.run(hand, test, |bound, runs| {
            let last = network.stack().last_output(&runs[runs.len() - 1]);
            network.readout().apply(bound, last, phase).value()
        });
        let right = Evaluation::of(&z, &test.targets, 0.0).right;
        Score { cell: self.trial.cell.clone(), seed: self.trial.seed, hand, right, of: test.examples() }
    }

    fn means(&self, distance: usize, test: &Batch) -> Vec<Mean> {
        let gates = self.run(Hand::Free, test, |_, runs| GATES.map(|gate| values(runs, gate).map(f64::abs)));
        let mut means = Vec::new();
        for (gate, values) in GATES.into_iter().zip(gates) {
            for role in Role::ALL.into_iter().filter(|role| !role.steps(distance).is_empty()) {
                let steps = role.steps(distance);
                let of_role = values.columns(steps.start * test.examples(), steps.len() * test.examples());
                means.extend(of_role.row_iter().enumerate().map(|(unit, row)| Mean {
                    cell: self.trial.cell.clone(),
                    seed: self.trial.seed,
                    gate: gate.into(),
                    unit,
                    role,
                    mean: row.mean(),
                }));
            }
        }
        means
    }

    fn shown(&self, sentence: &Batch) -> Vec<Shown> {
        let words: Vec<&str> = sentence.x.column_iter().map(|x| France::word(x.imax())).collect();
        let parts = || GATES.into_iter().chain(["c", "h"]);
        let mut rows = Vec::new();
        for hand in Hand::ALL {
            let found = self.run(hand, sentence, |_, runs| parts().map(|what| values(runs, what)).collect::<Vec<_>>());
            for (what, values) in parts().zip(found) {
                let places = (0..values.nrows()).flat_map(|unit| (0..values.ncols()).map(move |step| (unit, step)));
                rows.extend(places.map(|(unit, step)| Shown {
                    cell: self.trial.cell.clone(),
                    seed: self.trial.seed,
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

    fn memory(&self, far: &Batch) -> Vec<Memory> {
        let (steps, sentences) = (far.steps(), far.examples());
        // From the last distractor, before the question, back to the first.
        let distractors = 1..steps - 1;
        let forget = self.run(Hand::Free, far, |_, runs| values(runs, "f"));
        let gradients = |cut| {
            let found = state_gradients(self.network, &self.params, far, cut);
            found.into_iter().find(|(part, _)| *part == "c").expect("a cell with a memory c").1
        };
        let half_life = |gradient: &DMatrix<f64>, unit: usize, sentence: usize| {
            let at = |t: usize| gradient[(unit, t * sentences + sentence)].abs();
            let first = at(distractors.end - 1);
            let curve: Vec<f64> = distractors.clone().rev().map(|t| at(t) / first).collect();
            (first, (first > 0.0).then(|| half_life_between_steps(&curve)).flatten())
        };
        let (direct, whole) = (gradients(Some("h")), gradients(None));
        let places = (0..sentences).flat_map(|sentence| (0..forget.nrows()).map(move |unit| (sentence, unit)));
        let memory = |(sentence, unit): (usize, usize)| {
            let mean = |of: fn(f64) -> f64| {
                let sum: f64 = distractors.clone().map(|t| of(forget[(unit, t * sentences + sentence)])).sum();
                sum / distractors.len() as f64
            };
            let (direct_gradient, direct) = half_life(&direct, unit, sentence);
            let (whole_gradient, whole) = half_life(&whole, unit, sentence);
            Memory {
                cell: self.trial.cell.clone(),
                seed: self.trial.seed,
                sentence,
                unit,
                forget: mean(|f| f),
                forget_geometric: mean(f64::ln).exp(),
                direct_gradient,
                direct,
                whole_gradient,
                whole,
            }
        };
        places.map(memory).collect()
    }
}
