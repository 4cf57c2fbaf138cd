//! `Unrolled`: what a cell gave that has run over a sequence.

use autograd::{Scalar, Var};

use crate::GateSeries;

/// A cell that has run over T steps of a batch of B.
#[derive(Debug)]
pub struct Unrolled<'t, T: Scalar> {
    /// The output part of every step: width × (T·B), time-major; 0 at padded steps.
    pub outputs: Var<'t, T>,
    /// Every state part after each example's own last step (the initial ones if it has none): width × B each. After a
    /// run in [`reverse`](crate::Unroll::reverse) that last step is the first of the input.
    pub last: Vec<Var<'t, T>>,
    /// If recorded: every state part of every step, by name: width × (T·B), time-major. Watch one, and a sweep
    /// gives ∂L/∂state for every step.
    ///
    /// At a padded step it is the state that waits: the example's last one, or in reverse the initial one.
    pub states: Vec<(&'static str, Var<'t, T>)>,
    /// If recorded: every gate that the cell names. At a padded step it is what the cell computes from an input of zeros,
    /// and no gradient passes it.
    pub gates: Vec<GateSeries<'t, T>>,
}

impl<'t, T: Scalar> Unrolled<'t, T> {
    /// The recorded states of one part.
    ///
    /// # Panics
    /// If nothing was recorded or the cell has no such part.
    #[track_caller]
    pub fn part(&self, name: &str) -> Var<'t, T> {
        match self.states.iter().find(|(part, _)| *part == name) {
            Some((_, values)) => *values,
            None => panic!("unroll: no recorded state `{name}`; call `record`, and mind the cell's part names"),
        }
    }
}
