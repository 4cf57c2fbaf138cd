//! `Gates`: where a step names its gates.

use std::ops::Range;

use autograd::{Scalar, Shape, Stack, Tape, Var};
use nalgebra::DMatrix;

use crate::Series;

/// A gate whose every entry is one number, whatever the cell computes.
#[derive(Clone, Debug)]
pub(crate) struct HeldGate<'t, T: Scalar> {
    pub name: String,
    pub value: f64,
    /// What the cell computed for it last, if it has named it.
    pub computed: Option<Var<'t, T>>,
}

/// A gate that the steps have named.
#[derive(Debug)]
struct Named<'t, T: Scalar> {
    name: &'static str,
    /// Rows and columns of a step.
    shape: Shape,
    /// The step that named it last.
    last: usize,
    /// In how many steps, and its values there if they are recorded.
    steps: usize,
    values: Option<Stack<'t, T>>,
}

/// What is done with the gates that a step names: some are held at a number, all are remembered if somebody records.
#[derive(Debug)]
pub(crate) struct Gates<'t, T: Scalar> {
    /// The steps of the run, if they are recorded.
    recorded: Option<Range<usize>>,
    /// The number of the step that is taken.
    pub t: usize,
    pub held: Vec<HeldGate<'t, T>>,
    named: Vec<Named<'t, T>>,
    /// Whether anybody can see or change a value within a step; if not, one op may do all of it.
    pub visible: bool,
}

impl<'t, T: Scalar> Gates<'t, T> {
    pub(crate) fn new(recorded: Option<Range<usize>>, held: Vec<HeldGate<'t, T>>, tape: &Tape<T>) -> Self {
        let visible = recorded.is_some() || !held.is_empty() || tape.is_traced();
        Self { recorded, t: 0, held, named: Vec::new(), visible }
    }

    /// What the cell called `cell` goes on with where it computes `value` for the gate `name`.
    #[track_caller]
    pub(crate) fn see(&mut self, cell: &str, name: &'static str, mut value: Var<'t, T>) -> Var<'t, T> {
        if !self.visible {
            return value;
        }
        let shape @ (rows, columns) = value.shape();
        if let Some(held) = self.held.iter_mut().find(|held| held.name == name) {
            held.computed = Some(value);
            value = value.tape().constant(&DMatrix::from_element(rows, columns, T::from_f64(held.value)));
        }
        let known = self.named.iter().position(|gate| gate.name == name).unwrap_or_else(|| {
            let values = self.recorded.as_ref().map(|steps| value.tape().stack(rows, columns, steps.len()));
            self.named.push(Named { name, shape, last: usize::MAX, steps: 0, values });
            self.named.len() - 1
        });
        let (gate, t) = (&mut self.named[known], self.t);
        assert!(gate.last != t, "{cell}: a step named the gate `{name}` twice; give each a name of its own");
        assert!(
            shape == gate.shape,
            "{cell}: a step named the gate `{name}`, {shape:?}; before, it was {:?}",
            gate.shape
        );
        (gate.last, gate.steps) = (t, gate.steps + 1);
        if let (Some(values), Some(steps)) = (&mut gate.values, &self.recorded) {
            value = values.put(t - steps.start, value);
        }
        value.named(name)
    }

    /// The gates that are held and that the cell has not named.
    pub(crate) fn not_met(&self) -> impl Iterator<Item = &str> {
        self.held.iter().filter(|held| held.computed.is_none()).map(|held| held.name.as_str())
    }

    /// Every recorded gate over all steps, rows × (T·B), of the cell called `cell`.
    #[track_caller]
    pub(crate) fn into_seen(self, cell: &str) -> Vec<Series<'t, T>> {
        let all = self.recorded.map_or(0, |steps| steps.len());
        let mut seen = Vec::with_capacity(self.named.len());
        for Named { name, steps, values, .. } in self.named {
            if let Some(values) = values {
                assert!(
                    steps == all,
                    "{cell}: names the gate `{name}` in {steps} of {all} steps; name it in every one"
                );
                seen.push((name, values.finish()));
            }
        }
        seen
    }
}
