//! `conform`: the suite that any cell passes, one check a file.

mod certificate;
mod checkpointing;
mod columns;
mod declared;
mod direction;
mod drawn;
mod files;
mod gates;
mod initial;
mod jacobians;
mod looking;
mod over_time;
mod padding;
mod parameters;
mod permutation;
mod projection;
mod saturation;
mod smallest;
mod split;
mod stream;
mod truncation;

#[cfg(test)]
mod tests;

use std::fmt;

use nalgebra::DMatrix;

use crate::{AnyCell, Dims};

/// How a cell is made.
type Make<'a> = &'a dyn Fn(Dims) -> Box<dyn AnyCell>;

/// One promise that the driver and the studies rely on, checked for any cell.
pub struct Check {
    /// Its name in tables.
    pub name: &'static str,
    /// What holds.
    pub promise: &'static str,
    run: fn(Make<'_>) -> Outcome,
}

/// The worst relative error, or what broke the promise.
type Outcome = Result<f64, Broken>;

/// A promise that does not hold, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Broken(String);

impl From<String> for Broken {
    fn from(said: String) -> Self {
        Self(said)
    }
}

/// Leaves a check, or a property of one, with the sentence that follows, unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($said:tt)+) => {
        let holds: bool = $holds;
        if !holds {
            return Err($crate::testing::conform::Broken(format!($($said)+)).into());
        }
    };
}
use ensure;

impl Check {
    /// Runs the check; the worst relative error it saw, 0 where bits are compared.
    ///
    /// # Panics
    /// If the promise does not hold, with the cell, what differs and, where inputs were drawn, the smallest that show it.
    #[track_caller]
    pub fn run(&self, make: impl Fn(Dims) -> Box<dyn AnyCell>) -> f64 {
        match (self.run)(&make) {
            Ok(worst) => worst,
            Err(broken) => panic!("{}: {broken}", self.name),
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.promise)
    }
}

macro_rules! checks {
    ($($file:ident: $name:literal, $promise:literal;)*) => {
        &[$(Check { name: $name, promise: $promise, run: $file::run }),*]
    };
}

/// Every check, in the order in which [`conform`] runs them.
pub fn checks() -> &'static [Check] {
    checks![
        declared: "declared", "the output is one of the state parts, each of which has rows, and the input has as many as were asked for";
        drawn: "drawn", "every parameter is finite when drawn, and drawn again the same";
        smallest: "smallest", "T = 0 gives the initial states; T = 1, B = 1 and H = 1 are nothing special";
        certificate: "certificate", "the gradient certificate over a whole unrolled sequence, plain and with lengths, in \
            reverse and with every regulariser";
        jacobians: "jacobians", "the gradient through time is the product of the explicit Jacobians of its steps, to 1e-11 of its \
            largest entry: forward, in reverse, and of two layers in a stack";
        parameters: "parameters", "every parameter gets a gradient";
        gates: "gates", "every gate is named once a step; where it is held, that changes what the step gives, and what the cell \
            computed for it counts for nothing";
        initial: "initial", "without an initial state, values and gradients are those of zeros given, bit by bit";
        looking: "looking", "recorded or not, values and gradients are the same, to 1e-12";
        projection: "projection", "`project` treats each column alone, to 1e-12";
        columns: "columns", "a batch is its columns one by one, to 1e-12";
        permutation: "permutation", "permuted examples give permuted values and gradients, to 1e-12";
        padding: "padding", "an example in a padded batch is the example alone, in values and gradients, in both \
            directions, to 1e-12, though the padding is NaN; what is padded gives 0 and gets a gradient of 0, exactly";
        direction: "direction", "a run in reverse is reversed ∘ forward ∘ reversed, in values and gradients, to 1e-12";
        split: "split", "T steps are T₁ steps and then T₂ more, to 1e-12";
        stream: "stream", "read step by step, outputs and states are those of the whole, to 1e-12, in memory that does not \
            grow";
        truncation: "truncation", "BPTT(k₂; k₁) with k₁ = k₂ ≥ T is plain backpropagation, bit by bit";
        checkpointing: "checkpointing", "swept in segments, the gradients of 37 steps have the bits of the whole sweep";
        files: "files", "what is saved and loaded runs with the same bits, in f64 and f32";
        saturation: "saturation", "inputs of ±1e3 give finite values and gradients, in f32 and in dual numbers";
    ]
}

/// Checks a cell against everything the driver and the studies rely on: all of [`checks`].
///
/// # Panics
/// If one does not hold.
#[track_caller]
pub fn conform(make: impl Fn(Dims) -> Box<dyn AnyCell>) {
    for check in checks() {
        check.run(&make);
    }
}

/// The bits of every entry.
fn bits(m: &DMatrix<f64>) -> Vec<u64> {
    m.iter().map(|x| x.to_bits()).collect()
}
