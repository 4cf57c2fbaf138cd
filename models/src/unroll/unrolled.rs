//! `Unrolled`: what a cell gave that has run over a sequence.

use autograd::{Scalar, Var};

/// A state part or a gate at every step, by the cell's name for it: rows × (T·B), time-major.
pub type Series<'t, T> = (&'static str, Var<'t, T>);

/// A cell that has run over T steps of a batch of B.
#[derive(Debug)]
#[non_exhaustive]
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
    pub states: Vec<Series<'t, T>>,
    /// If recorded: every gate that the cell names, in the same form. At a padded step it is what the cell computes from an
    /// input of zeros, and no gradient passes it.
    pub gates: Vec<Series<'t, T>>,
}

impl<'t, T: Scalar> Unrolled<'t, T> {
    /// The recorded states of one part.
    ///
    /// # Panics
    /// If nothing was recorded or the cell has no such part; the message names those that there are.
    #[track_caller]
    pub fn part(&self, name: &str) -> Var<'t, T> {
        named("state", name, &self.states)
    }

    /// The recorded values of one gate, rows × (T·B), time-major. Watch them, and a sweep gives ∂L/∂gate for every step.
    ///
    /// # Panics
    /// If nothing was recorded or the cell names no such gate; the message names those that there are.
    #[track_caller]
    pub fn gate(&self, name: &str) -> Var<'t, T> {
        named("gate", name, &self.gates)
    }
}

/// Of what was recorded by name.
#[track_caller]
pub(crate) fn named<'t, T: Scalar>(what: &str, name: &str, recorded: &[(impl AsRef<str>, Var<'t, T>)]) -> Var<'t, T> {
    match recorded.iter().find(|(there, _)| there.as_ref() == name) {
        Some((_, values)) => *values,
        None if recorded.is_empty() => panic!("unroll: no recorded {what} `{name}`, nor any other; call `record`"),
        None => {
            let there: Vec<_> = recorded.iter().map(|(there, _)| there.as_ref()).collect();
            panic!("unroll: no recorded {what} `{name}`; there is {}", there.join(", "))
        }
    }
}
