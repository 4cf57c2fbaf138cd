//! `Protocol`: what is trained, how, and what is measured.

use std::sync::Arc;

use models::Registry;
use models::networks::{Network, NetworkConfig, OnBatch};
use models::optim::OptimizerConfig;
use models::stacks::RecurrentConfig;
use models::{Address, Draws, Params, Phase};
use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::kinds::{Kind, Moment};
use super::statistic::Statistic;
use crate::Stop;
use crate::answers::Evaluation;
use crate::task::{Batch, Score, Task};
use crate::tasks::Tasks;
use crate::train::Training;

/// What decides a result. A row of a paper overrides some of its file's keys, so every key may be missing; which ones a
/// [`Kind`] needs is said there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Protocol {
    /// The kind of measurement.
    pub kind: Option<Kind>,
    /// The seeds are 1, 2, … to this one.
    pub seeds: Option<u64>,
    /// What of the seeds' values is held against the published number.
    pub statistic: Option<Statistic>,
    /// The most updates, or trials, or steps.
    pub cap: Option<u64>,
    /// A task with its options, such as `adding:length=50`.
    pub task: Option<String>,
    /// A cell with its options, such as `lstm:forget_bias=2`.
    pub cell: Option<String>,
    /// H.
    pub hidden: Option<usize>,
    /// Other settings of the network, as [`NetworkConfig`] has them.
    pub network: Option<Table>,
    /// The longest distance in steps that cells are told which ask for it; the steps of an example, if it is missing.
    pub horizon: Option<usize>,
    /// The rule of the updates.
    pub optimizer: Option<OptimizerConfig>,
    /// The global gradient norm above which gradients are scaled down; never, if it is missing.
    pub clip: Option<f64>,
    /// B, the sequences of an update.
    pub batch: Option<usize>,
    /// The number of training batches, which are gone through again and again; new ones at every update, if it is missing.
    pub train_batches: Option<u64>,
    /// How answers are measured; as the task's baseline is, if it is missing.
    pub measure: Option<Measure>,
    /// How many sequences are tested.
    pub test: Option<usize>,
    /// The task that is tested, if it is not the one that is trained.
    pub test_task: Option<String>,
    /// An answer of numbers is right if none is further off; as the task says, if it is missing.
    pub within: Option<f64>,
    /// The last training sequences that must all be right.
    pub window: Option<usize>,
    /// The mean of |z − y| that these must be below.
    pub mean_error: Option<f64>,
    /// How many updates there are between tests.
    pub every: Option<u64>,
    /// The measure that must be reached at a test.
    pub solved: Option<f64>,
    /// Guessed weights are uniform within ± this.
    pub weights: Option<f64>,
    /// λ of h' = λ h + x.
    pub lambda: Option<f64>,
    /// ρ, the correlation of one input with the next.
    pub correlation: Option<f64>,
    /// Of what the second moment is taken.
    pub moment: Option<Moment>,
}

/// A measure of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The share of right answers.
    Accuracy,
    /// The mean of (z − y)².
    SquaredError,
    /// The mean of −ln P(the right class).
    CrossEntropy,
}

impl Measure {
    /// Of these answers.
    pub(super) fn of(self, found: Evaluation) -> Option<f64> {
        match self {
            Self::Accuracy => Some(found.share()),
            Self::SquaredError => found.squared_error,
            Self::CrossEntropy => found.cross_entropy,
        }
    }

    /// Whether `value` is at least as good as `bound`.
    pub(super) fn reaches(self, value: f64, bound: f64) -> bool {
        if self == Self::Accuracy { value >= bound } else { value <= bound }
    }
}

/// What is wrong with the value of a key, and the cure.
#[derive(Debug)]
pub(super) struct Wrong {
    pub key: &'static str,
    pub why: String,
}

impl Wrong {
    pub(super) fn new(key: &'static str, why: impl ToString) -> Self {
        Self { key, why: why.to_string() }
    }
}

/// A setup that is there was built before.
impl From<Wrong> for Stop {
    fn from(Wrong { key, why }: Wrong) -> Self {
        Self::Refused(format!("`{key}`: {why}"))
    }
}

/// What a unit trains and tests.
pub(super) struct Setup {
    pub task: Arc<dyn Task>,
    pub test_task: Arc<dyn Task>,
    config: NetworkConfig,
    horizon: usize,
    registry: Registry,
}

impl Setup {
    /// The network and its first parameters.
    pub(super) fn network(&self, seed: u64) -> Result<(Network, Params<f32>), Wrong> {
        let mut params = Params::new();
        let network = Network::new(&self.config, &self.registry, self.horizon, params.at("", seed));
        network.map(|network| (network, params)).map_err(|why| Wrong::new("cell", why))
    }

    fn measured_at_first(&self) -> Result<Evaluation, Wrong> {
        let batch = self.task.batch(&mut Draws::at(1, "measure", &[]), 2);
        let (network, params) = self.network(1)?;
        Ok(self.task.judge(&network.evaluate(&params, &batch).map(f64::from), &batch))
    }

    /// The measure that the protocol names, or that of the task's baseline.
    pub(super) fn measure(&self, protocol: &Protocol) -> Measure {
        protocol.measure.unwrap_or_else(|| match self.task.baseline() {
            Score::Accuracy(_) => Measure::Accuracy,
            Score::SquaredError(_) => Measure::SquaredError,
            Score::CrossEntropy(_) => Measure::CrossEntropy,
        })
    }

    /// The network on the batch of an update.
    pub(super) fn on<'n>(&self, protocol: &Protocol, seed: u64, update: u64, network: &'n Network) -> OnBatch<'n> {
        let which = protocol.train_batches.map_or(update, |batches| update % batches.max(1));
        let batch = self.task.batch(&mut Draws::at(seed, "train", &[which]), protocol.batch.unwrap_or(1));
        network.on(batch, Phase::Training(Address { seed, update, ..Address::default() }))
    }

    /// How good the answers z of a network to a batch of `task` are.
    pub(super) fn judge(protocol: &Protocol, task: &dyn Task, z: &DMatrix<f32>, batch: &Batch) -> Evaluation {
        let z = z.map(f64::from);
        match protocol.within {
            Some(within) => Evaluation::of_batch(&z, batch, task.read(), within),
            None => task.judge(&z, batch),
        }
    }

    /// The measure of a network on sequences that are drawn by the seed, and are no training sequences.
    pub(super) fn tested(&self, protocol: &Protocol, seed: u64, (network, params): (&Network, &Params<f32>)) -> f64 {
        let tests = protocol.test.unwrap_or(1);
        let chunks: Vec<u64> = (0..tests.div_ceil(AT_ONCE) as u64).collect();
        let of_chunk = |chunk: &u64| {
            let count = AT_ONCE.min(tests - *chunk as usize * AT_ONCE);
            let batch = self.test_task.batch(&mut Draws::at(seed, "test", &[*chunk]), count);
            Self::judge(protocol, &*self.test_task, &network.evaluate(params, &batch), &batch)
        };
        let found: Vec<Evaluation> = chunks.par_iter().map(of_chunk).collect();
        let all = found.into_iter().reduce(Evaluation::and);
        all.and_then(|all| self.measure(protocol).of(all)).unwrap_or(f64::NAN)
    }
}

/// The test sequences that are on a tape at once.
const AT_ONCE: usize = 100;

impl Protocol {
    /// The same where it is silent as `base` has it.
    #[must_use]
    pub(super) fn over(&self, base: &Self) -> Self {
        let of = "a protocol has a TOML form";
        let mut all = Table::try_from(base).expect(of);
        merge(&mut all, Table::try_from(self).expect(of));
        all.try_into().expect("both are protocols")
    }

    /// # Errors
    /// If a key is missing that its kind needs, one is there that means nothing to it, or a value is none for its key.
    pub(super) fn check(&self) -> Result<Kind, Wrong> {
        let kind = self.kind.ok_or_else(|| Wrong::new("kind", format!("it is missing; give one of {}", Kind::ALL)))?;
        let there = Table::try_from(self).expect("a protocol has a TOML form");
        let (needs, takes) = kind.keys();
        if let Some(key) = needs.iter().find(|key| !there.contains_key(**key)) {
            return Err(Wrong::new(key, format!("it is missing, and the kind `{}` needs it", kind.name())));
        }
        let known = |key: &str| needs.iter().chain(takes).find(|known| **known == key);
        if let Some(key) = there.keys().find(|key| *key != "kind" && known(key).is_none()) {
            let why = format!("`{key}` means nothing to the kind `{}`; take it away", kind.name());
            return Err(Wrong::new("kind", why));
        }
        for (key, count) in [("seeds", self.seeds), ("cap", self.cap), ("every", self.every)] {
            if count == Some(0) {
                return Err(Wrong::new(key, "0 is out of range; give 1 or more"));
            }
        }
        for (key, count) in [("batch", self.batch), ("test", self.test), ("window", self.window)] {
            if count == Some(0) {
                return Err(Wrong::new(key, "0 is out of range; give 1 or more"));
            }
        }
        if self.window.is_some() && self.batch != Some(1) {
            return Err(Wrong::new("batch", "a `window` is one of single sequences; give 1"));
        }
        if kind == Kind::Criterion
            && self.window.is_none()
            && !(self.every.is_some() && self.solved.is_some() && self.test.is_some())
        {
            return Err(Wrong::new("kind", "a criterion is a `window`, or `every`, `solved` and `test`; give one"));
        }
        if let Some(optimizer) = &self.optimizer {
            optimizer.build::<f32>().map_err(|why| Wrong::new("optimizer", why))?;
        }
        Ok(kind)
    }

    /// What is trained and tested.
    ///
    /// # Errors
    /// If a task, a cell or a setting of the network is none.
    pub(super) fn setup(&self, registry: &Registry, tasks: &Tasks) -> Result<Setup, Wrong> {
        let spec = self.task.as_deref().unwrap_or_default();
        let task = tasks.build(spec).map_err(|why| Wrong::new("task", why))?;
        let test_task = match &self.test_task {
            Some(spec) => tasks.build(spec).map_err(|why| Wrong::new("test_task", why))?,
            None => task.clone(),
        };
        if (test_task.inputs(), test_task.outputs()) != (task.inputs(), task.outputs()) {
            return Err(Wrong::new("test_task", "it has other inputs or outputs than the task that is trained"));
        }
        let cell = self.cell.as_deref().unwrap_or_default();
        let plain = task.network(RecurrentConfig::new(cell, self.hidden.unwrap_or(1)));
        let mut config = Table::try_from(plain).expect("a network has a TOML form");
        merge(&mut config, self.network.clone().unwrap_or_default());
        let config = Value::Table(config).try_into();
        let config = config.map_err(|why: toml::de::Error| Wrong::new("network", why.message()))?;
        let steps = || task.batch(&mut Draws::at(1, "horizon", &[]), 1).steps();
        let horizon = self.horizon.unwrap_or_else(steps);
        let setup = Setup { task, test_task, config, horizon, registry: registry.clone() };
        if setup.measure(self).of(setup.measured_at_first()?).is_none() {
            return Err(Wrong::new("measure", "the answers of this task have no such measure; take it away"));
        }
        Ok(setup)
    }

    /// How it trains; its kind needs an optimizer, if this is asked.
    pub(super) fn training(&self) -> Training {
        let updates = self.cap.unwrap_or(1);
        let optimizer = self.optimizer.clone().unwrap_or_else(|| OptimizerConfig::adam(0.001));
        Training { optimizer, clip: self.clip.unwrap_or(f64::INFINITY), ..Training::new(updates, 0.001) }
    }
}

/// Puts what is in `over` into `base`, table by table.
fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            // An optimizer is one thing: another kind has other keys.
            (Some(Value::Table(base)), Value::Table(value)) if key != "optimizer" => merge(base, value),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}
