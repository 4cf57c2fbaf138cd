//! `Snapshot`: all that the rest of a training depends on, besides its settings.
//!
//! Randomness is not in it: a draw is a function of its address, and the address of the number of the update.

use autograd::Scalar;
use models::optim::{Optimizer, OptimizerState, PlateauState};
use models::{CellScalar, FileScalar, Param, Params};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::Metric;

/// A training after some update.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot<T: Scalar> {
    /// Where it is.
    pub counters: Counters,
    /// The parameters.
    pub params: Params<T>,
    /// What the optimizer remembers.
    pub optimizer: OptimizerState<T>,
    /// What the next update takes over.
    pub carried: Vec<DMatrix<T>>,
    /// The best validation so far.
    pub best: Option<Best<T>>,
}

/// The best validation so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Best<T: Scalar> {
    /// After which update.
    pub update: u64,
    /// Its loss.
    pub loss: f64,
    /// The parameters then.
    pub params: Params<T>,
}

/// The numbers of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// How many updates are done.
    pub update: u64,
    /// How many of them were left out for a value that was not finite.
    pub skipped: u64,
    /// How many validations in a row were no better.
    pub waited: u64,
    /// What a plateau of the schedule has counted.
    pub plateau: PlateauState,
    /// Sums over the updates since the last row.
    #[serde(with = "crate::number")]
    loss: f64,
    #[serde(with = "crate::number")]
    gradient_norm: f64,
    since: u64,
}

impl Default for Counters {
    fn default() -> Self {
        let plateau = PlateauState { best: None, waited: 0, reduced: 1.0 };
        Self { update: 0, skipped: 0, waited: 0, plateau, loss: 0.0, gradient_norm: 0.0, since: 0 }
    }
}

impl Counters {
    pub(super) fn add(&mut self, loss: f64, gradient_norm: f64) {
        self.loss += loss;
        self.gradient_norm += gradient_norm;
        self.since += 1;
    }

    /// The row of the updates since the last one.
    pub(super) fn row(&mut self, learning_rate: f64, validation: Option<f64>) -> Metric {
        let mean = |sum: f64| sum / self.since as f64;
        let (loss, gradient_norm) = (mean(self.loss), mean(self.gradient_norm));
        (self.loss, self.gradient_norm, self.since) = (0.0, 0.0, 0);
        Metric { update: self.update, loss, gradient_norm, learning_rate, skipped: self.skipped, validation }
    }
}

/// The part of a snapshot that is no matrix, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Written {
    counters: Counters,
    optimizer_updates: u64,
    carried: Vec<(usize, usize)>,
    best: Option<WrittenBest>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct WrittenBest {
    update: u64,
    #[serde(with = "crate::number")]
    loss: f64,
}

impl<T: CellScalar + FileScalar> Snapshot<T> {
    /// The part that is no matrix, and all matrices under names of their own.
    pub(crate) fn write(&self) -> (Written, Params<T>) {
        let written = Written {
            counters: self.counters.clone(),
            optimizer_updates: self.optimizer.updates,
            carried: self.carried.iter().map(DMatrix::shape).collect(),
            best: self.best.as_ref().map(|best| WrittenBest { update: best.update, loss: best.loss }),
        };
        let best = self.best.as_ref().map(|best| &best.params);
        (written, gathered(&self.params, &self.optimizer.matrices, &self.carried, best))
    }

    /// What [`write`](Self::write) would give for the shapes of a training at its start.
    pub(crate) fn template(written: &Written, params: &Params<T>, optimizer: &dyn Optimizer<T>) -> Params<T> {
        let carried: Vec<_> = written.carried.iter().map(|(rows, columns)| DMatrix::zeros(*rows, *columns)).collect();
        gathered(params, &optimizer.state(params).matrices, &carried, written.best.as_ref().map(|_| params))
    }

    /// The inverse of [`write`](Self::write); what is frozen or mapped is so in `params`.
    pub(crate) fn read(written: Written, matrices: &Params<T>, params: &Params<T>) -> Self {
        let named = |prefix: &str| -> Vec<Param<T>> {
            let of = matrices.iter().filter_map(|p| Some((p.name.strip_prefix(prefix)?, p)));
            of.map(|(name, p)| Param::new(name, p.value.clone())).collect()
        };
        let parameters = |prefix: &str| {
            let mut parameters = named(prefix);
            for (param, at_start) in parameters.iter_mut().zip(params.iter()) {
                (param.frozen, param.map) = (at_start.frozen, at_start.map);
            }
            Params::from(parameters)
        };
        let Written { counters, optimizer_updates, best, .. } = written;
        Self {
            counters,
            params: parameters("params/"),
            optimizer: OptimizerState { updates: optimizer_updates, matrices: named("optimizer/").into() },
            carried: named("carried/").into_iter().map(|p| p.value).collect(),
            best: best.map(|b| Best { update: b.update, loss: b.loss, params: parameters("best/") }),
        }
    }
}

fn gathered<T: CellScalar>(
    params: &Params<T>,
    optimizer: &Params<T>,
    carried: &[DMatrix<T>],
    best: Option<&Params<T>>,
) -> Params<T> {
    let of = |prefix: &'static str, params: &Params<T>| {
        let param = move |p: &Param<T>| Param { name: format!("{prefix}{}", p.name), ..p.clone() };
        params.iter().map(param).collect::<Vec<_>>()
    };
    let mut all = of("params/", params);
    all.extend(of("optimizer/", optimizer));
    let name = |k: usize| format!("carried/{k}");
    all.extend(carried.iter().enumerate().map(|(k, m)| Param::new(name(k), m.clone())));
    all.extend(best.map(|best| of("best/", best)).unwrap_or_default());
    all.into()
}
