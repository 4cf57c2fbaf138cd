//! How many updates until a criterion is met: that of the last training sequences, or that of a test every so many updates.

use std::collections::VecDeque;
use std::sync::Mutex;

use models::networks::Network;
use models::{Params, Sequence};
use nalgebra::DMatrix;

use crate::Stop;
use crate::reproduce::protocol::{Protocol, Setup};
use crate::run::Unit;
use crate::task::{Batch, Targets};
use crate::train::{Ended, Objective};

/// The number of the update at which the criterion is met; `None` if the cap is reached before, or the training diverges.
pub(super) fn updates(protocol: &Protocol, setup: &Setup, seed: u64, unit: &mut Unit<'_>) -> Result<Option<f64>, Stop> {
    let (network, mut params) = setup.network(seed)?;
    let window = protocol.window.map(|window| Mutex::new(Window::new(window, protocol)));
    let objective = ToCriterion { network: &network, protocol, setup, seed, window };
    let training = protocol.training();
    let trained = match &objective.window {
        Some(_) => unit.train_in_one(&objective, &mut params, &training),
        None => unit.train(&objective, &mut params, &training),
    };
    match trained {
        Ok(trained) => Ok(trained.solved.then_some(trained.updates as f64)),
        Err(Ended::Diverged { .. }) => Ok(None),
        Err(ended) => Err(ended.into()),
    }
}

struct ToCriterion<'a> {
    network: &'a Network,
    protocol: &'a Protocol,
    setup: &'a Setup,
    seed: u64,
    window: Option<Mutex<Window>>,
}

impl Objective<f32> for ToCriterion<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let on = self.setup.on(self.protocol, self.seed, update, self.network);
        let Some(window) = &self.window else { return Box::new(on) };
        let targets = on.batch().targets.clone();
        Box::new(on.heard(move |z| window.lock().expect("nobody panicked").hear(&off(z, &targets))))
    }

    fn solved(&self, update: u64, params: &Params<f32>) -> bool {
        let Protocol { every, solved, .. } = self.protocol;
        match (&self.window, every, solved) {
            (Some(window), ..) => window.lock().expect("nobody panicked").is_met(),
            (None, Some(every), Some(solved)) if update.is_multiple_of(*every) => {
                let found = self.setup.tested(self.protocol, self.seed, (self.network, params));
                self.setup.measure(self.protocol).reaches(found, *solved)
            }
            _ => false,
        }
    }
}

/// The errors of the last training sequences, each before its update: all |z − y| at most ε, and their mean below a bound.
struct Window {
    size: usize,
    within: f64,
    mean_below: f64,
    /// Of each sequence the mean of |z − y|.
    errors: VecDeque<f64>,
    /// How many in a row were right.
    right: usize,
}

impl Window {
    fn new(size: usize, protocol: &Protocol) -> Self {
        let mean_below = protocol.mean_error.unwrap_or(f64::INFINITY);
        let within = protocol.within.unwrap_or(f64::INFINITY);
        Self { size, within, mean_below, errors: VecDeque::new(), right: 0 }
    }

    /// Takes the answers to a training sequence, outputs × its answers.
    fn hear(&mut self, off: &DMatrix<f64>) {
        self.right = if off.iter().all(|off| off.abs() <= self.within) { self.right + 1 } else { 0 };
        self.errors.push_back(off.iter().map(|off| off.abs()).sum::<f64>() / off.len() as f64);
        if self.errors.len() > self.size {
            self.errors.pop_front();
        }
    }

    fn is_met(&self) -> bool {
        self.right >= self.size && self.errors.iter().sum::<f64>() / (self.size as f64) < self.mean_below
    }
}

/// z − y of the answers to a batch; of classes, z − their one-hot columns.
fn off(z: &DMatrix<f64>, targets: &Targets) -> DMatrix<f64> {
    match targets {
        Targets::Numbers(y) => z - y,
        Targets::Classes(classes) => z - Batch::one_hot(z.nrows(), classes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    #[test]
    fn a_window_is_met_by_its_last_sequences_alone() {
        let protocol = Protocol { within: Some(0.3), mean_error: Some(0.1), ..Protocol::default() };
        let mut window = Window::new(3, &protocol);
        for (off, met) in
            [(0.5, false), (0.05, false), (0.2, false), (0.04, true), (0.07, false), (0.1, true), (0.4, false)]
        {
            window.hear(&dmatrix![off; -off]);
            assert_eq!(window.is_met(), met, "{off}");
        }
    }
}
