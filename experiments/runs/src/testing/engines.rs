//! A training by each engine, stopped after every update and gone on with.

use models::Params;
use models::optim::Optimizer;

use crate::Stop;
use crate::settings::EngineConfig;
use crate::train::{Ended, Keeper, Metric, Objective, Snapshot, Training, train};

/// Keeps everything in memory, and stops after some updates.
#[derive(Debug, Default)]
pub struct Memory {
    /// The record.
    pub rows: Vec<Metric>,
    /// After which update it stops, once.
    pub stop_after: Option<u64>,
    /// What it goes on from, with the number of rows then.
    pub kept: Option<(Snapshot<'static, f32>, usize)>,
}

impl Keeper<f32> for Memory {
    fn resume(&mut self, _: &Params<f32>, _: &dyn Optimizer<f32>) -> Result<Option<Snapshot<'static, f32>>, Stop> {
        let Some((snapshot, rows)) = self.kept.clone() else { return Ok(None) };
        self.rows.truncate(rows);
        Ok(Some(snapshot))
    }

    fn record(&mut self, metric: &Metric) -> Result<(), Stop> {
        self.rows.push(metric.clone());
        Ok(())
    }

    fn proceed<'a>(&mut self, update: u64, snapshot: &'a dyn Fn() -> Snapshot<'a, f32>) -> Result<bool, Stop> {
        let stop = self.stop_after == Some(update);
        if stop {
            self.save(snapshot)?;
        }
        Ok(!stop)
    }

    fn save<'a>(&mut self, snapshot: &'a dyn Fn() -> Snapshot<'a, f32>) -> Result<(), Stop> {
        self.kept = Some((snapshot().into_owned(), self.rows.len()));
        Ok(())
    }
}

/// Engines of each kind, by what they do.
pub fn engines() -> [(&'static str, EngineConfig); 7] {
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
#[track_caller]
pub fn resumed(
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

/// The largest difference between two entries.
pub fn apart(a: &Params<f32>, b: &Params<f32>) -> f32 {
    a.iter().zip(b.iter()).map(|(a, b)| (&a.value - &b.value).amax()).fold(0.0, f32::max)
}
