//! `Gates`: where a step names its gates.

use std::ops::Range;

use autograd::{Scalar, Stack, Tape, Var};
use nalgebra::DMatrix;

use crate::Series;

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
    /// The steps of the run, if they are recorded.
    recorded: Option<Range<usize>>,
    /// The number of the step that is taken.
    pub t: usize,
    held: Vec<HeldGate>,
    seen: Vec<(&'static str, Stack<'t, T>)>,
    /// Whether anybody can see or change a value within a step; if not, one op may do all of it.
    pub visible: bool,
}

impl<'t, T: Scalar> Gates<'t, T> {
    pub(crate) fn new(recorded: Option<Range<usize>>, held: Vec<HeldGate>, tape: &Tape<T>) -> Self {
        let visible = recorded.is_some() || !held.is_empty() || tape.is_traced();
        Self { recorded, t: 0, held, seen: Vec::new(), visible }
    }

    /// What the cell goes on with where it computes `value` for the gate `name`.
    #[track_caller]
    pub(crate) fn see(&mut self, name: &'static str, mut value: Var<'t, T>) -> Var<'t, T> {
        if let Some(held) = self.held.iter_mut().find(|held| held.name == name) {
            held.met = true;
            let (rows, columns) = value.shape();
            value = value.tape().constant(&DMatrix::from_element(rows, columns, T::from_f64(held.value)));
        }
        if let Some(steps) = &self.recorded {
            let known = self.seen.iter().position(|(seen, _)| *seen == name).unwrap_or_else(|| {
                let (rows, batch) = value.shape();
                self.seen.push((name, value.tape().stack(rows, batch, steps.len())));
                self.seen.len() - 1
            });
            value = self.seen[known].1.put(self.t - steps.start, value);
        }
        value.named(name)
    }

    /// The gates that are held and that the cell has not named.
    pub(crate) fn not_met(&self) -> impl Iterator<Item = &str> {
        self.held.iter().filter(|held| !held.met).map(|held| held.name.as_str())
    }

    /// Every recorded gate over all steps, rows × (T·B).
    #[track_caller]
    pub(crate) fn into_seen(self) -> Vec<Series<'t, T>> {
        let mut seen = Vec::with_capacity(self.seen.len());
        for (name, steps) in self.seen {
            seen.push((name, steps.finish()));
        }
        seen
    }
}
