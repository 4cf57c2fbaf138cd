//! `train`: the one training loop.
//!
//! What is trained is an [`Objective`]: the loss of each update. What becomes of the training on the way (records,
//! checkpoints, interrupts) is a [`Keeper`]'s business; a run's is [`Unit`](crate::run::Unit).

mod keeper;
mod metric;
mod non_finite;
mod objective;
mod snapshot;

pub use keeper::{Forgetful, Keeper};
pub use metric::Metric;
pub use non_finite::NonFinite;
pub use objective::Objective;
pub(crate) use snapshot::Written as WrittenSnapshot;
pub use snapshot::{Best, Counters, Snapshot};

use std::borrow::Cow;
use std::fmt::Display;

use autograd::Anomaly;
use models::optim::{LrSchedule, Optimizer, OptimizerConfig, Scheduler};
use models::stacks::NotANumber;
use models::{CellScalar, Engine, FileScalar, Params};
use nalgebra::DMatrix;

use crate::Stop;
use crate::interrupt::AtWork;

/// How to train.
#[derive(Clone, Debug)]
pub struct Training {
    /// How many updates.
    pub updates: u64,
    /// The rule of the updates, with η.
    pub optimizer: OptimizerConfig,
    /// How η changes.
    pub schedule: LrSchedule,
    /// The global gradient norm above which gradients are scaled down.
    pub clip: f64,
    /// What to do about a loss or gradient that is not finite.
    pub non_finite: NonFinite,
    /// A row of the record after every this number of updates.
    pub record_every: u64,
    /// How many updates there are between validations; 0 for no validation.
    pub validate_every: u64,
    /// Stop after this number of validations in a row without a new best; `None` for never. The parameters of the best
    /// validation are those that are kept, if there is any validation.
    pub patience: Option<u64>,
}

impl Training {
    /// `updates` updates by Adam with η, clipped at a norm of 1, recorded some fifty times.
    pub fn new(updates: u64, learning_rate: f64) -> Self {
        Self {
            updates,
            optimizer: OptimizerConfig::adam(learning_rate),
            schedule: LrSchedule::Constant,
            clip: 1.0,
            non_finite: NonFinite::Stop,
            record_every: (updates / 50).max(1),
            validate_every: 0,
            patience: None,
        }
    }

    /// The same with η falling along half a cosine to a hundredth, and ten validations, of which the best is kept.
    pub fn along_a_cosine(updates: u64, learning_rate: f64) -> Self {
        Self {
            schedule: LrSchedule::Cosine { updates, floor: 0.01 },
            validate_every: (updates / 10).max(1),
            ..Self::new(updates, learning_rate)
        }
    }
}

/// How a training went that was not stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// How many updates were made; fewer than asked for, if patience ended or the task was solved.
    pub updates: u64,
    /// Whether the objective said that its task is solved.
    pub solved: bool,
    /// How many of them were left out for a value that was not finite.
    pub skipped: u64,
    /// The update and the loss of the best validation, if there was any.
    pub best: Option<(u64, f64)>,
}

/// How a training ended before its last update.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Ended {
    /// A gradient or the loss stopped being a number.
    #[error("diverged at update {update}: {why}")]
    Diverged {
        /// The update that could not be made; or the last one, if the loss is no number after it.
        update: u64,
        /// What was found, and where it began.
        why: String,
    },
    /// Somebody asked it to stop.
    #[error("interrupted")]
    Interrupted,
    /// The keeper could not keep something, or would not go on from what is there; or the engine cannot sweep a sequence.
    #[error("{0}")]
    Stopped(Stop),
}

impl From<Ended> for Stop {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Diverged { .. } => diverged(&ended),
            Ended::Interrupted => Self::Interrupted(ended.to_string()),
            Ended::Stopped(stop) => stop,
        }
    }
}

impl From<NotANumber> for Stop {
    fn from(why: NotANumber) -> Self {
        diverged(&format!("diverged: {why}"))
    }
}

/// That training diverged, with the cure.
pub fn diverged(why: &dyn Display) -> Stop {
    Stop::Diverged(format!("{why}; a smaller learning rate, or a smaller norm to clip at, may cure it"))
}

impl From<Stop> for Ended {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

/// Changes `params` by the updates of `training` on `objective`, whose gradients `engine` computes, from where `keeper` remembers that it stopped.
///
/// If the policy is to stop, the sequence after the last one is swept, too: what the last update made must have a loss.
///
/// # Errors
/// If a loss or gradient is not finite and the policy is to stop (`params` are then as they were before that update, or after
/// the last one), if the engine cannot sweep a sequence, or if the keeper says to stop, or fails.
///
/// # Panics
/// If the optimizer or the schedule has a value out of range: settings are checked where they are read.
pub fn train<T: CellScalar + FileScalar>(
    objective: &impl Objective<T>,
    params: &mut Params<T>,
    training: &Training,
    engine: &mut dyn Engine<T>,
    keeper: &mut impl Keeper<T>,
) -> Result<Trained, Ended> {
    let mut optimizer = training.optimizer.build::<T>().expect("an optimizer that was checked");
    let mut scheduler = Scheduler::new(training.schedule.clone(), optimizer.lr()).expect("a schedule that was checked");
    let mut state = State { counters: Counters::default(), carried: Vec::new(), best: None };
    if let Some(snapshot) = keeper.resume(params, &*optimizer)? {
        let restored = optimizer.restore(params, &snapshot.optimizer);
        restored.map_err(|why| Stop::Refused(format!("the checkpoint does not fit: {why}")))?;
        scheduler.restore(snapshot.counters.plateau);
        *params = snapshot.params.into_owned();
        let (carried, best) = (snapshot.carried.into_owned(), snapshot.best.map(Cow::into_owned));
        state = State { counters: snapshot.counters, carried, best };
    }
    let mut solved = false;
    while state.counters.update < training.updates && !solved && !state.gave_up(training) {
        let at_work = AtWork::begin();
        let update = state.counters.update + 1;
        optimizer.set_lr(scheduler.lr(state.counters.update));
        let sequence = objective.sequence(update);
        // How long a sequence is, and so whether a budget does, is known only here.
        let swept = engine.sweep(params, &*sequence, &state.carried);
        let swept = swept.map_err(|why| Stop::Failed(format!("update {update}: {why}")))?;
        let cost = swept.loss.re();
        let step = if cost.is_finite() {
            engine.gradients().clip(training.clip, params).map_err(|why| why.to_string())
        } else {
            Err(no_number(cost))
        };
        match (step, training.non_finite) {
            (Ok(norm), _) => {
                optimizer.step(params, engine.gradients());
                state.carried = swept.carried;
                state.counters.add(cost, norm);
            }
            (Err(_), NonFinite::Skip) => state.counters.skipped += 1,
            (Err(_), NonFinite::Propagate) => {
                let norm = engine.gradients().norm();
                optimizer.step(params, engine.gradients());
                state.carried = swept.carried;
                state.counters.add(cost, norm);
            }
            (Err(what), NonFinite::Stop) => {
                keeper.save(&|| state.snapshot(params, &*optimizer, &scheduler))?;
                let why = what + &began(engine.culprit(params, &*sequence, &state.carried));
                return Err(Ended::Diverged { update, why });
            }
        }
        state.counters.update = update;
        solved = objective.solved(update, params);
        let last = solved || update == training.updates;
        drop(at_work);
        let mut validation = None;
        if training.validate_every > 0 && (update % training.validate_every == 0 || last) {
            validation = objective.validate(params);
            if let Some(loss) = validation {
                scheduler.observe(loss);
                state.judge(update, loss, params);
            }
        }
        let _at_work = AtWork::begin();
        if update % training.record_every == 0 || last || validation.is_some() {
            let lr = optimizer.lr();
            keeper.record(&state.counters.row(lr, validation))?;
        }
        if !keeper.proceed(update, &|| state.snapshot(params, &*optimizer, &scheduler))? && !solved {
            return Err(Ended::Interrupted);
        }
    }
    if state.counters.update > 0 && training.non_finite == NonFinite::Stop {
        let update = state.counters.update;
        let sequence = objective.sequence(update + 1);
        // An engine that cannot sweep this sequence was not asked to train on it.
        let after = engine.sweep(params, &*sequence, &state.carried).map_or(0.0, |swept| swept.loss.re());
        if !after.is_finite() {
            keeper.save(&|| state.snapshot(params, &*optimizer, &scheduler))?;
            let why = format!("after it, {}", no_number(after));
            let why = why + &began(engine.culprit(params, &*sequence, &state.carried));
            return Err(Ended::Diverged { update, why });
        }
    }
    let State { counters, best, .. } = state;
    let trained = Trained {
        updates: counters.update,
        solved,
        skipped: counters.skipped,
        best: best.as_ref().map(|best| (best.update, best.loss)),
    };
    if let Some(best) = best {
        *params = best.params;
    }
    Ok(trained)
}

fn no_number(loss: f64) -> String {
    format!("the loss is {loss}")
}

fn began(culprit: Option<Anomaly>) -> String {
    culprit.map(|culprit| format!("; it began here: {culprit}")).unwrap_or_default()
}

/// All that changes from update to update, apart from the parameters and what the optimizer and scheduler remember.
struct State<T: CellScalar> {
    counters: Counters,
    carried: Vec<DMatrix<T>>,
    best: Option<Best<T>>,
}

impl<T: CellScalar + FileScalar> State<T> {
    fn snapshot<'a>(
        &'a self,
        params: &'a Params<T>,
        optimizer: &dyn Optimizer<T>,
        scheduler: &Scheduler,
    ) -> Snapshot<'a, T> {
        let mut counters = self.counters.clone();
        counters.plateau = scheduler.state();
        Snapshot {
            counters,
            params: Cow::Borrowed(params),
            optimizer: optimizer.state(params),
            carried: Cow::Borrowed(&self.carried),
            best: self.best.as_ref().map(Cow::Borrowed),
        }
    }

    /// Keeps the parameters if they are the best so far; what is not finite is never better.
    fn judge(&mut self, update: u64, loss: f64, params: &Params<T>) {
        if self.best.as_ref().is_none_or(|best| loss < best.loss) && loss.is_finite() {
            self.best = Some(Best { update, loss, params: params.clone() });
            self.counters.waited = 0;
        } else {
            self.counters.waited += 1;
        }
    }

    fn gave_up(&self, training: &Training) -> bool {
        training.patience.is_some_and(|patience| self.counters.waited > patience)
    }
}
