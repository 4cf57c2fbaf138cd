//! A training by any engine: it goes on with the same bits where it was stopped, and says where a divergence began.

use models::{BlockEnd, Dims, Recorded, Registry, Sequence, Whole};

use crate::settings::{EngineConfig, Scale, Settings};
use crate::studies::char_lm::corpus::Streams;
use crate::studies::char_lm::model::{CharModel, Windows};
use crate::studies::{char_lm, france};
use crate::tasks::france_text::FranceTextConfig;
use crate::tasks::{FranceText, Mix};
use crate::train_tests::Memory;
use models::{Engine, Params};
use nalgebra::DMatrix;
use runs::train::*;

fn engines() -> [(&'static str, EngineConfig); 7] {
    let of = |shards, budget: &str, bptt: &[usize], omega| {
        let (checkpoint_budget, bptt) = (budget.to_owned(), bptt.to_vec());
        EngineConfig { shards, checkpoint_budget, bptt, omega }
    };
    [
        ("the whole", of(1, "", &[], 0.0)),
        ("two shards", of(2, "", &[], 0.0)),
        ("checkpoints", of(1, "300kB", &[], 0.0)),
        ("two shards of checkpoints", of(2, "600kB", &[], 0.0)),
        ("truncation", of(1, "", &[5, 12], 0.0)),
        ("two shards, truncated", of(2, "", &[5, 5], 0.0)),
        ("the whole and Ω", of(1, "", &[], 0.5)),
    ]
}

/// Trains by the engine, stopped after each update once; gives what it leaves if nobody stops it.
fn resumed(
    objective: &impl Objective<f32>,
    params: &Params<f32>,
    engine: &EngineConfig,
    name: &str,
) -> (Params<f32>, Vec<Metric>) {
    const UPDATES: u64 = 6;
    let training = Training { record_every: 2, ..Training::new(UPDATES, 0.01) };
    let run = |memory: &mut Memory| {
        let mut params = params.clone();
        train(objective, &mut params, &training, &mut *engine.build(), memory)?;
        Ok::<_, Ended>((params, memory.rows.clone()))
    };
    let whole = run(&mut Memory::default()).expect("not stopped");
    for stop in 1..=UPDATES {
        let mut memory = Memory { stop_after: Some(stop), ..Memory::default() };
        assert_eq!(run(&mut memory), Err(Ended::Interrupted), "{name}");
        memory.stop_after = None;
        assert_eq!(run(&mut memory), Ok(whole.clone()), "{name}, stopped after update {stop}");
    }
    whole
}

/// All weights, one after the other.
fn apart(a: &Params<f32>, b: &Params<f32>) -> f32 {
    a.iter().zip(b.iter()).map(|(a, b)| (&a.value - &b.value).amax()).fold(0.0, f32::max)
}

#[test]
fn a_training_on_sequences_goes_on_with_the_same_bits_by_every_engine() {
    let task = FranceText::new(FranceTextConfig { longest: 150, mix: Mix::Uniform });
    let cell = Registry::builtin().build("gru", Dims { input: 3, hidden: 4, horizon: 160 }).expect("built in");
    let (reader, params) = france::reader::Reader::new::<f32>(cell, &task, 1);
    let left = engines().map(|(name, engine)| {
        let objective =
            france::reader::Reading { reader: &reader, task: &task, batch: 4, seed: 1, omega: engine.omega };
        resumed(&objective, &params, &engine, name).0
    });
    for k in 1..=3 {
        assert!(apart(&left[k], &left[0]) < 1e-5, "{}: another gradient", engines()[k].0);
    }
    for k in 4..7 {
        assert!(apart(&left[k], &left[0]) > 1e-4, "{}: the same gradient", engines()[k].0);
    }
    // A budget that does not do is found out when the run has started: it fails, and is not refused.
    let objective = france::reader::Reading { reader: &reader, task: &task, batch: 4, seed: 1, omega: 0.0 };
    let budget = EngineConfig { checkpoint_budget: "1kB".into(), ..EngineConfig::default() };
    let (mut params, training) = (params.clone(), Training::new(1, 0.01));
    let ended = train(&objective, &mut params, &training, &mut *budget.build(), &mut Forgetful);
    let Err(Ended::Stopped(stop)) = ended else { panic!("{ended:?}") };
    assert!(stop.code() == 1 && stop.to_string().starts_with("update 1: a memory budget of 1000 bytes"), "{stop}");
}

#[test]
fn a_training_on_a_text_carries_its_state_on_by_every_engine() {
    let tokens: Vec<usize> = (0..400).map(|t| 1 + t * t % 5).collect();
    let config = char_lm::Config { hidden: 4, embedding: 3, steps: 60, batch: 3, ..Settings::at(Scale::Quick) };
    let (model, params) = CharModel::new::<f32>(&config, &Registry::builtin(), 7).expect("built in");
    let streams = Streams::new(&tokens, 3);
    let left = engines().map(|(name, engine)| {
        let steps = engine.bptt.first().copied().unwrap_or(config.steps);
        let objective = Windows { model: &model, train: streams, validation: streams, steps, seed: 1 };
        resumed(&objective, &params, &engine, name).0
    });
    for k in 1..=3 {
        assert!(apart(&left[k], &left[0]) < 1e-4, "{}: another gradient", engines()[k].0);
    }
    // Windows of 5 that look back over no more are what `--steps 5` is.
    let objective = Windows { model: &model, train: streams, validation: streams, steps: 5, seed: 1 };
    let training = Training::new(20, 0.01);
    let by = |engine: &EngineConfig| {
        let mut params = params.clone();
        train(&objective, &mut params, &training, &mut *engine.build(), &mut Forgetful).expect("not stopped");
        params
    };
    let bptt = |k1, k2| EngineConfig { bptt: vec![k1, k2], ..EngineConfig::default() };
    assert_eq!(by(&bptt(5, 5)), by(&EngineConfig::default()));
    assert!(apart(&by(&bptt(5, 30)), &by(&bptt(5, 5))) > 1e-4, "looking back does something");
}

/// One cell over 40 steps of 4 examples, the input of example 2 at step 25 being no number.
struct Spoilt(models::stacks::SequenceModel);

impl Objective<f32> for Spoilt {
    fn sequence(&self, _: u64) -> Box<dyn Sequence<f32> + '_> {
        let spoilt = |j: usize| if j == 25 * 4 + 2 { f32::NAN } else { 0.1 };
        let x = DMatrix::from_fn(1, 40 * 4, |_, j| spoilt(j));
        Box::new(Recorded::new(4, 0..40, move |block| {
            let run = self.0.unroll(block.bound).over(&block).run(block.columns(&x, 4).named("x"), block.batch());
            let z = self.0.read(block.bound, run.outputs);
            BlockEnd::new(run.last, block.loss_wanted.then(|| z.square().mean()))
        }))
    }
}

#[test]
fn every_engine_finds_where_a_divergence_began() {
    let cell = Registry::builtin().build("lstm", Dims { input: 1, hidden: 3, horizon: 40 }).expect("built in");
    let (model, params) = models::stacks::SequenceModel::new::<f32>(cell, 1, 1);
    let objective = Spoilt(model);
    for (name, engine) in engines() {
        let mut engine = engine.build::<f32>();
        let ended = train(&objective, &mut params.clone(), &Training::new(3, 0.1), &mut *engine, &mut Forgetful);
        let text = ended.expect_err("it is not finite").to_string();
        let start = "diverged at update 1: the loss is NaN; it began here: constant `x` holds NaN";
        assert!(text.starts_with(start), "{name}: {text}");
        // The engine is as it was: on tapes that are not traced.
        let swept = engine.sweep(&params, &*objective.sequence(1), &[]).expect("it can");
        assert!(swept.loss.is_nan(), "{name}");
    }
    let whole = Whole::default().sweep(&params, &*objective.sequence(1), &[]).expect("it can");
    assert!(whole.loss.is_nan());
}
