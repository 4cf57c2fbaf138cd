//! `Gates`: where a step names its gates.

use autograd::{Scalar, Tape, Var};
use nalgebra::DMatrix;

/// Every value of one gate, step by step (· × B each).
pub type GateSeries<'t, T> = (&'static str, Vec<Var<'t, T>>);

/// A gate whose every entry is one number, whatever the cell computes.
#[derive(Clone, Debug)]
pub(crate) struct HeldGate {
    pub name: String,
    pub value: f64,
    /// Whether the cell has named it.
    pub met: bool,
}

/// What is done with the gates that a step names: some are held at a number, all are remembered if somebody records.
#[derive(Debug)]
pub(crate) struct Gates<'t, T: Scalar> {
    recorded: bool,
    held: Vec<HeldGate>,
    seen: Vec<GateSeries<'t, T>>,
    /// Whether anybody can see or change a value within a step; if not, one op may do all of it.
    pub visible: bool,
}

impl<'t, T: Scalar> Gates<'t, T> {
    pub fn new(recorded: bool, held: Vec<HeldGate>, tape: &Tape<T>) -> Self {
        let visible = recorded || !held.is_empty() || tape.is_traced();
        Self { recorded, held, seen: Vec::new(), visible }
    }

    /// What the cell goes on with where it computes `value` for the gate `name`.
    pub fn see(&mut self, name: &'static str, mut value: Var<'t, T>) -> Var<'t, T> {
        if let Some(held) = self.held.iter_mut().find(|held| held.name == name) {
            held.met = true;
            let (rows, columns) = value.shape();
            value = value.tape().constant(&DMatrix::from_element(rows, columns, T::from_f64(held.value)));
        }
        if self.recorded {
            match self.seen.iter_mut().find(|(seen, _)| *seen == name) {
                Some((_, values)) => values.push(value),
                None => self.seen.push((name, vec![value])),
            }
        }
        value.named(name)
    }

    /// The gates that are held and that the cell has not named.
    pub fn not_met(&self) -> impl Iterator<Item = &str> {
        self.held.iter().filter(|held| !held.met).map(|held| held.name.as_str())
    }

    pub fn into_seen(self) -> Vec<GateSeries<'t, T>> {
        self.seen
    }
}
