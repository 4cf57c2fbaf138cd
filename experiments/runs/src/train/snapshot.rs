//! `Snapshot`: all that the rest of a training depends on, besides its settings.
//!
//! Randomness is not in it: a draw is a function of its address, and the address of the number of the update.

use std::borrow::Cow;

use autograd::{Scalar, Shape};
use models::optim::{Optimizer, OptimizerState, PlateauState};
use models::{CellScalar, FileScalar, Param, Params};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::Metric;

/// A training after some update. A keeper gets one of what is there, and copies what it keeps; one that is gone on from has its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot<'a, T: Scalar> {
    /// Where it is.
    pub counters: Counters,
    /// The parameters.
    pub params: Cow<'a, Params<T>>,
    /// What the optimizer remembers.
    pub optimizer: OptimizerState<T>,
    /// What the next update takes over.
    pub carried: Cow<'a, [DMatrix<T>]>,
    /// The best validation so far.
    pub best: Option<Cow<'a, Best<T>>>,
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

impl<T: CellScalar + FileScalar> Snapshot<'_, T> {
    /// The same with all that is in it.
    pub fn into_owned(self) -> Snapshot<'static, T> {
        let Self { counters, params, optimizer, carried, best } = self;
        Snapshot {
            counters,
            params: Cow::Owned(params.into_owned()),
            optimizer,
            carried: Cow::Owned(carried.into_owned()),
            best: best.map(|best| Cow::Owned(best.into_owned())),
        }
    }

    /// The part that is no matrix.
    pub(crate) fn written(&self) -> Written {
        Written {
            counters: self.counters.clone(),
            optimizer_updates: self.optimizer.updates,
            carried: self.carried.iter().map(DMatrix::shape).collect(),
            best: self.best.as_ref().map(|best| WrittenBest { update: best.update, loss: best.loss }),
        }
    }

    /// All matrices under names of their own.
    pub(crate) fn matrices(&self) -> Vec<(String, &DMatrix<T>)> {
        let best = self.best.as_ref().map(|best| &best.params);
        named(&self.params, &self.optimizer.matrices, &self.carried, best)
    }

    /// The names and shapes of [`matrices`](Self::matrices) for the shapes of a training at its start.
    pub(crate) fn shapes(written: &Written, params: &Params<T>, optimizer: &dyn Optimizer<T>) -> Vec<(String, Shape)> {
        let carried: Vec<_> = written.carried.iter().map(|(rows, columns)| DMatrix::zeros(*rows, *columns)).collect();
        let (optimizer, best) = (optimizer.state(params).matrices, written.best.as_ref().map(|_| params));
        let named = named(params, &optimizer, &carried, best);
        named.into_iter().map(|(name, matrix)| (name, matrix.shape())).collect()
    }

    /// The inverse of [`written`](Self::written) and [`matrices`](Self::matrices); what is frozen or mapped is so in `params`.
    pub(crate) fn read(
        written: Written,
        matrices: Vec<(String, DMatrix<T>)>,
        params: &Params<T>,
    ) -> Snapshot<'static, T> {
        let mut matrices = matrices.into_iter().peekable();
        let mut next = |prefix: &str| -> Vec<Param<T>> {
            let next = || matrices.next_if(|(name, _)| name.starts_with(prefix));
            std::iter::from_fn(next).map(|(name, value)| Param::new(&name[prefix.len()..], value)).collect()
        };
        let parameters = |mut parameters: Vec<Param<T>>| {
            for (param, at_start) in parameters.iter_mut().zip(params.iter()) {
                (param.frozen, param.map) = (at_start.frozen, at_start.map);
            }
            Params::from(parameters)
        };
        let Written { counters, optimizer_updates, best, .. } = written;
        Snapshot {
            counters,
            params: Cow::Owned(parameters(next(PARAMS))),
            optimizer: OptimizerState { updates: optimizer_updates, matrices: next(OPTIMIZER).into() },
            carried: next(CARRIED).into_iter().map(|p| p.value).collect(),
            best: best.map(|b| Cow::Owned(Best { update: b.update, loss: b.loss, params: parameters(next(BEST)) })),
        }
    }
}

/// What the names of the matrices begin with, in this order.
const PARAMS: &str = "params/";
const OPTIMIZER: &str = "optimizer/";
const CARRIED: &str = "carried/";
const BEST: &str = "best/";

fn named<'a, T: CellScalar>(
    params: &'a Params<T>,
    optimizer: &'a Params<T>,
    carried: &'a [DMatrix<T>],
    best: Option<&'a Params<T>>,
) -> Vec<(String, &'a DMatrix<T>)> {
    let of = |prefix: &'static str, params: &'a Params<T>| {
        params.iter().map(move |param| (format!("{prefix}{}", param.name), &param.value))
    };
    let carried = carried.iter().enumerate().map(|(k, matrix)| (format!("{CARRIED}{k}"), matrix));
    let best = best.into_iter().flat_map(|best| of(BEST, best));
    of(PARAMS, params).chain(of(OPTIMIZER, optimizer)).chain(carried).chain(best).collect()
}
