//! `Keeper`: what becomes of a training on its way.

use models::optim::Optimizer;
use models::{CellScalar, FileScalar, Params};

use super::{Metric, Snapshot};
use crate::Stop;

/// Keeps records and checkpoints, and says when to stop.
pub trait Keeper<T: CellScalar + FileScalar> {
    /// The state to go on from, if there is one. `params` and `optimizer` are as at the start: the shapes.
    ///
    /// # Errors
    /// If what is there belongs to something else.
    fn resume(
        &mut self,
        params: &Params<T>,
        optimizer: &dyn Optimizer<T>,
    ) -> Result<Option<Snapshot<'static, T>>, Stop>;

    /// Takes a row.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn record(&mut self, metric: &Metric) -> Result<(), Stop>;

    /// After each update, and its row: whether to go on. A keeper that says no has saved the snapshot.
    ///
    /// # Errors
    /// If the snapshot cannot be kept.
    fn proceed<'a>(&mut self, update: u64, snapshot: &'a dyn Fn() -> Snapshot<'a, T>) -> Result<bool, Stop>;

    /// Saves the snapshot now.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn save<'a>(&mut self, snapshot: &'a dyn Fn() -> Snapshot<'a, T>) -> Result<(), Stop>;
}

/// Keeps nothing and never stops.
#[derive(Clone, Copy, Debug)]
pub struct Forgetful;

impl<T: CellScalar + FileScalar> Keeper<T> for Forgetful {
    fn resume(&mut self, _: &Params<T>, _: &dyn Optimizer<T>) -> Result<Option<Snapshot<'static, T>>, Stop> {
        Ok(None)
    }

    fn record(&mut self, _: &Metric) -> Result<(), Stop> {
        Ok(())
    }

    fn proceed<'a>(&mut self, _: u64, _: &'a dyn Fn() -> Snapshot<'a, T>) -> Result<bool, Stop> {
        Ok(true)
    }

    fn save<'a>(&mut self, _: &'a dyn Fn() -> Snapshot<'a, T>) -> Result<(), Stop> {
        Ok(())
    }
}
