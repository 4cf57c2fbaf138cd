//! The training loop: what it learns, where it stops, and what it goes on from.

use std::sync::atomic::{AtomicUsize, Ordering};

use autograd::Scalar;
use models::networks::{Network, NetworkConfig};
use models::stacks::RecurrentConfig;
use models::{About, BlockEnd, Cell, Describe, Draws, Handle, Phase, Recorded, Registry, Sequence, Step, Whole};

use crate::Examples;
use crate::answers::evaluate;
use crate::task::{AtDistance, Batch, Score, Task};
use crate::tasks::{France, Mix};
use models::optim::{LrSchedule, OptimizerConfig};
use models::{Engine, Params};
use runs::testing::Memory;
use runs::train::*;

fn network(config: &NetworkConfig, registry: &Registry) -> (Network, Params<f32>) {
    let mut params = Params::new();
    (Network::new(config, registry, 4, params.at("", 1)).expect("a cell of the registry"), params)
}

fn rnn(task: &France) -> (Network, Params<f32>) {
    network(&task.network(RecurrentConfig::new("rnn", 16)), &Registry::builtin())
}

fn learn<K: Task>(
    task: &K,
    (network, mut params): (Network, Params<f32>),
    training: &Training,
    keeper: &mut impl Keeper<f32>,
) -> (Result<Trained, Ended>, Params<f32>) {
    let objective = Examples { network: &network, task, batch: 16, seed: 1 };
    let ended = train(&objective, &mut params, training, &mut Whole::default(), keeper);
    (ended, params)
}

/// How the training ends that does not come to its end.
fn end<K: Task>(task: &K, model: (Network, Params<f32>), learning_rate: f64) -> String {
    let (ended, _) = learn(task, model, &Training::new(50, learning_rate), &mut Forgetful);
    ended.expect_err("diverges").to_string()
}

#[test]
fn a_short_distance_is_learnt_and_the_record_says_so() {
    let task = France { longest: 2, mix: Mix::Uniform };
    let (network, _) = rnn(&task);
    let mut memory = Memory::default();
    let (trained, params) = learn(&task, rnn(&task), &Training::new(200, 0.01), &mut memory);
    assert_eq!(trained, Ok(Trained { updates: 200, solved: false, skipped: 0, best: None }));
    let metrics = memory.rows;
    assert_eq!(metrics.last().map(|m| m.update), Some(200));
    assert!(metrics[0].loss > 1.0 && metrics[metrics.len() - 1].loss < 0.2, "{metrics:?}");
    let test = task.at_distance(2, &mut Draws::at(2, "test", &[]), 200);
    assert!(evaluate(&network, &params, &test, 0.0).right > 190);
}

#[test]
fn a_loss_that_is_no_number_ends_the_training_and_names_the_update() {
    let task = France { longest: 2, mix: Mix::Uniform };
    let (ended, _) = learn(&task, rnn(&task), &Training::new(50, 1e38), &mut Forgetful);
    assert!(matches!(ended, Err(Ended::Diverged { update: 2..=10, .. })), "{ended:?}");
}

/// France with a token's one-hot column spoilt at time step 1 of some batches, by the order in which they are drawn.
struct Spoilt(France, AtomicUsize, std::ops::Range<usize>);

impl Spoilt {
    /// The third batch, and as many after it.
    fn third(task: &France, more: usize) -> Self {
        Self(task.clone(), AtomicUsize::new(0), 2..3 + more)
    }
}

impl Task for Spoilt {
    fn inputs(&self) -> usize {
        self.0.inputs()
    }
    fn outputs(&self) -> usize {
        self.0.outputs()
    }
    fn baseline(&self) -> Score {
        self.0.baseline()
    }
    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
        let mut batch = self.0.batch(draws, examples);
        if self.2.contains(&self.1.fetch_add(1, Ordering::Relaxed)) {
            batch.x[(0, examples)] = f64::NAN;
        }
        batch
    }
}

#[test]
fn the_culprit_of_a_divergence_is_in_the_error() {
    let task = France { longest: 2, mix: Mix::Uniform };
    let text = end(&task, rnn(&task), 1e38);
    let start = "diverged at update 2: the loss is NaN; it began here: leaf `layers.0.fwd.w";
    assert!(text.starts_with(start), "{text}");

    // Weights that are finite still, with products that are not.
    let text = end(&task, rnn(&task), 3e37);
    assert!(text.contains(": the loss is inf; it began here: matmul gave "), "{text}");
    assert!(text.contains("models/src/cells/rnn.rs:") && text.contains(", layers.0.fwd, time step "), "{text}");

    // The update is drawn once more for the trace.
    let text = end(&Spoilt::third(&task, 1), rnn(&task), 0.01);
    let start = "diverged at update 3: the loss is NaN; it began here: constant `x` holds NaN";
    assert!(text.starts_with(start) && text.contains(" at row 0, column 16 ("), "{text}");
}

#[test]
fn what_the_last_update_made_is_looked_at_where_a_divergence_ends_the_training() {
    let task = France { longest: 2, mix: Mix::Uniform };
    let with = |non_finite| {
        let training = Training { non_finite, ..Training::new(1, 1e38) };
        let mut memory = Memory::default();
        (learn(&task, rnn(&task), &training, &mut memory).0, memory.kept.map(|(snapshot, _)| snapshot.counters.update))
    };
    let (ended, kept) = with(NonFinite::Stop);
    let text = ended.expect_err("diverges").to_string();
    let start = "diverged at update 1: after it, the loss is NaN; it began here: leaf `layers.0.fwd.w";
    assert!(text.starts_with(start) && kept == Some(1), "{text}, {kept:?}");
    for policy in [NonFinite::Skip, NonFinite::Propagate] {
        assert!(with(policy).0.is_ok(), "{policy:?}");
    }
}

#[test]
fn a_policy_may_skip_the_update_or_go_on_with_it() {
    let task = France { longest: 2, mix: Mix::Uniform };
    let with = |non_finite| {
        let training = Training { non_finite, record_every: 1, ..Training::new(6, 0.01) };
        let mut memory = Memory::default();
        let (ended, params) = learn(&Spoilt::third(&task, 0), rnn(&task), &training, &mut memory);
        (ended.expect("no divergence"), params, memory.rows)
    };
    let (trained, params, rows) = with(NonFinite::Skip);
    assert_eq!((trained.updates, trained.skipped), (6, 1));
    assert!(params.iter().all(|p| p.value.iter().all(|x| x.is_finite())));
    let skipped: Vec<u64> = rows.iter().map(|row| row.skipped).collect();
    assert_eq!(skipped, [0, 0, 1, 1, 1, 1]);
    assert!(rows[2].loss.is_nan() && rows[3].loss.is_finite());
    let (trained, params, rows) = with(NonFinite::Propagate);
    assert_eq!((trained.updates, trained.skipped), (6, 0));
    assert!(params.iter().any(|p| p.value.iter().any(|x| x.is_nan())) && rows[5].loss.is_nan());
}

/// h_t = √relu(W x_t): finite at W = 0, but of infinite slope.
#[derive(Debug)]
struct Rooted(About, Handle);

impl Describe for Rooted {
    fn about(&self) -> &About {
        &self.0
    }
}

impl<T: Scalar> Cell<T> for Rooted {
    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        s.give(self.0.output(), s[self.1].matmul(s.x).sqrt());
    }
}

#[test]
fn a_gradient_that_is_not_finite_has_a_culprit_too() {
    let task = France { longest: 2, mix: Mix::Uniform };
    let registry = Registry::builtin().with("rooted", |dims, _| {
        let mut about = About::new("rooted", dims.input);
        about.state("h", dims.hidden);
        let w = about.param("w", (dims.hidden, dims.input), models::init::zeros());
        Box::new(Rooted(about, w))
    });
    let text = end(&task, network(&task.network(RecurrentConfig::new("rooted", 4)), &registry), 0.01);
    assert!(text.contains("update 1: the gradient of `layers.0.fwd.w` is not finite"), "{text}");
    assert!(text.contains("; it began here: backward of sqrt `h` gave its input the gradient "), "{text}");
}

/// All that a training leaves.
type Left = (Trained, Params<f32>, Vec<Metric>);

/// A task with a validation, whose state goes on from update to update.
struct Carrying<'a>(Examples<'a, France>);

impl Objective<f32> for Carrying<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let Examples { network, task, batch: size, seed } = self.0;
        let batch = task.batch(&mut Draws::at(seed, "train", &[update]), size);
        // Update 1 has the first step of all.
        let first = update as usize - 1;
        let recorded = Recorded::new::<f32>(size, first..first + batch.steps(), move |block| {
            let x = network.inputs(block.tape, block.bound, &batch);
            let run = network.stack().unroll(block.bound).over(&block).run(x, size);
            let z = network.readout().apply(block.bound, network.stack().last_output(&run), Phase::Evaluation);
            BlockEnd::new(run.last, Some(batch.targets.loss(z, &vec![1.0; size])))
        });
        Box::new(recorded.carrying())
    }

    fn validate(&self, params: &Params<f32>) -> Option<f64> {
        let swept = Whole::default().sweep(params, &*self.0.sequence(0), &[]);
        Some(f64::from(swept.expect("it can").loss))
    }
}

/// Every optimizer and schedule, mid-epoch and between records and validations: stopped after each update once.
#[test]
fn a_training_that_is_stopped_after_any_update_goes_on_with_the_same_bits() {
    let task = France { longest: 3, mix: Mix::Uniform };
    let plateau = LrSchedule::Plateau { factor: 0.5, patience: 0, threshold: 0.0, floor: 0.01 };
    let warmup = LrSchedule::Warmup { updates: 3, then: Box::new(LrSchedule::Cosine { updates: 6, floor: 0.1 }) };
    let optimizers = [
        ("{ kind = 'adam', learning_rate = 0.05 }", plateau.clone()),
        ("{ kind = 'sgd', learning_rate = 0.5, momentum = 0.9, nesterov = true }", warmup),
        ("{ kind = 'rms_prop_graves', learning_rate = 0.01 }", LrSchedule::Step { every: 4, factor: 0.3 }),
        ("{ kind = 'adam_w', learning_rate = 0.05, weight_decay = 0.1 }", LrSchedule::Exponential { factor: 0.9 }),
    ];
    for (optimizer, schedule) in optimizers {
        #[derive(serde::Deserialize)]
        struct Line {
            optimizer: OptimizerConfig,
        }
        let Line { optimizer } = toml::from_str(&format!("optimizer = {optimizer}")).expect("an optimizer");
        let training = Training {
            optimizer,
            schedule,
            record_every: 3,
            validate_every: 2,
            patience: Some(2),
            ..Training::new(9, 0.0)
        };
        let run = |memory: &mut Memory| -> Result<Left, Ended> {
            let (network, mut params) = rnn(&task);
            let objective = Carrying(Examples { network: &network, task: &task, batch: 4, seed: 1 });
            let trained = train(&objective, &mut params, &training, &mut Whole::default(), memory)?;
            Ok((trained, params, memory.rows.clone()))
        };
        let whole = run(&mut Memory::default()).expect("not stopped");
        for stop in 1..=whole.0.updates {
            let mut memory = Memory { stop_after: Some(stop), ..Memory::default() };
            assert_eq!(run(&mut memory), Err(Ended::Interrupted));
            memory.stop_after = None;
            // What comes after the checkpoint is lost.
            memory.rows.push(whole.2[0].clone());
            assert_eq!(run(&mut memory), Ok(whole.clone()), "stopped after update {stop}");
        }
    }
}

#[test]
fn patience_ends_a_training_and_the_best_parameters_are_kept() {
    /// Whose validation is best after update 4.
    struct Best<'a>(Examples<'a, France>, AtomicUsize);
    impl Objective<f32> for Best<'_> {
        fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
            self.0.sequence(update)
        }
        fn validate(&self, _: &Params<f32>) -> Option<f64> {
            Some([f64::INFINITY, 1.0, 2.0, f64::NAN, 1.0, 0.5][self.1.fetch_add(1, Ordering::Relaxed)])
        }
    }
    let task = France { longest: 2, mix: Mix::Uniform };
    let run = |training: &Training, validated: bool| {
        let (network, mut params) = rnn(&task);
        let examples = Examples { network: &network, task: &task, batch: 4, seed: 1 };
        let trained = match validated {
            true => train(
                &Best(examples, AtomicUsize::new(0)),
                &mut params,
                training,
                &mut Whole::default(),
                &mut Forgetful,
            ),
            false => train(&examples, &mut params, training, &mut Whole::default(), &mut Forgetful),
        };
        (trained.expect("not stopped"), params)
    };
    let training = Training { validate_every: 2, patience: Some(2), ..Training::new(12, 0.01) };
    // What is infinite is no best, and could not be saved as one.
    assert_eq!(run(&Training { updates: 2, ..training.clone() }, true).0.best, None);
    let (trained, params) = run(&training, true);
    // Update 4 is the best; 6, 8 (NaN) and 10 (as good, not better) are not.
    assert_eq!(trained, Trained { updates: 10, solved: false, skipped: 0, best: Some((4, 1.0)) });
    assert_eq!(params, run(&Training { updates: 4, ..Training::new(4, 0.01) }, false).1);
}

/// A task that counts as solved after the update 7.
struct SolvedAtSeven<'a>(Examples<'a, France>);

impl Objective<f32> for SolvedAtSeven<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        self.0.sequence(update)
    }

    fn solved(&self, update: u64, _: &Params<f32>) -> bool {
        update == 7
    }
}

#[test]
fn a_training_ends_with_the_update_that_solves_its_task() {
    let task = France { longest: 2, mix: Mix::Uniform };
    let ((network, mut params), mut memory) = (rnn(&task), Memory::default());
    let objective = SolvedAtSeven(Examples { network: &network, task: &task, batch: 4, seed: 1 });
    let training = Training { record_every: 5, ..Training::new(20, 0.01) };
    let trained = train(&objective, &mut params, &training, &mut Whole::default(), &mut memory);
    assert_eq!(trained, Ok(Trained { updates: 7, solved: true, skipped: 0, best: None }));
    assert_eq!(memory.rows.iter().map(|row| row.update).collect::<Vec<_>>(), [5, 7]);
}
