//! `Step`: one time step, as a cell sees it.

use std::ops::Index;

use autograd::{Scalar, Var};

use crate::{AnyCell, Cell, CellScalar, Gates, Handle, Weights};

/// Which state part of a cell; [`About::state`](crate::About::state) gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part(pub(crate) usize);

/// One time step of a cell: what it reads, and where its new states go. `s[self.w_h]` is a weight, `s[self.h]` the state
/// before the step.
#[derive(Debug)]
pub struct Step<'s, 't, T: Scalar> {
    /// The share of the input, as [`Cell::project`] gave it: · × B.
    pub x: Var<'t, T>,
    p: Weights<'s, 't, T>,
    /// Those that the step reads.
    states: &'s mut [Var<'t, T>],
    /// Those after it.
    next: &'s mut [Var<'t, T>],
    gates: &'s mut Gates<'t, T>,
    /// Whether anybody sees the values within the step.
    seen: bool,
    /// One bit for each part that was given.
    given: u64,
}

impl<'s, 't, T: Scalar> Step<'s, 't, T> {
    pub(crate) fn new(
        x: Var<'t, T>,
        p: Weights<'s, 't, T>,
        states: &'s mut [Var<'t, T>],
        next: &'s mut [Var<'t, T>],
        gates: &'s mut Gates<'t, T>,
        seen: bool,
    ) -> Self {
        Self { x, p, states, next, gates, seen, given: 0 }
    }

    /// The only place that asks whether a cell may be fused.
    #[track_caller]
    pub(crate) fn take(&mut self, cell: &dyn Cell<T>) {
        if self.seen {
            cell.step(self);
        } else {
            cell.fused(self);
        }
        if self.given.trailing_ones() < self.next.len() as u32 {
            let (about, missing) = (cell.about(), self.given.trailing_ones() as usize);
            panic!("{}: a step gave no `{}`", about.name, about.states[missing].name);
        }
    }

    /// Names a gate to whoever records or holds one; the cell goes on with what it is given back.
    #[must_use]
    pub fn gate(&mut self, name: &'static str, value: Var<'t, T>) -> Var<'t, T> {
        self.gates.see(name, value)
    }

    /// The new state `part`, which is given back to go on with.
    pub fn give(&mut self, part: Part, value: Var<'t, T>) -> Var<'t, T> {
        self.next[part.0] = value;
        self.given |= 1 << part.0;
        value
    }

    /// For a wrapper: the cell within reads `value` as the state `part`.
    pub fn read_instead(&mut self, part: Part, value: Var<'t, T>) {
        self.states[part.0] = value;
    }

    /// For a wrapper: the step of the cell within, whose parts and parameters stand first among its own. Gives its `part`.
    #[track_caller]
    pub fn inner(&mut self, cell: &dyn AnyCell, part: Part) -> Var<'t, T>
    where
        T: CellScalar,
    {
        self.take(T::cell(cell));
        self.next[part.0]
    }
}

impl<'t, T: Scalar> Index<Handle> for Step<'_, 't, T> {
    type Output = Var<'t, T>;

    fn index(&self, handle: Handle) -> &Var<'t, T> {
        &self.p[handle]
    }
}

impl<'t, T: Scalar> Index<Part> for Step<'_, 't, T> {
    type Output = Var<'t, T>;

    fn index(&self, part: Part) -> &Var<'t, T> {
        &self.states[part.0]
    }
}

/// One step of `cell` by itself: its new states and the gates it names, seen or not.
#[track_caller]
pub fn one_step<'t, T: Scalar>(
    cell: &dyn Cell<T>,
    p: Weights<'_, 't, T>,
    x: Var<'t, T>,
    states: &[Var<'t, T>],
    seen: bool,
) -> (Vec<Var<'t, T>>, Vec<crate::GateSeries<'t, T>>) {
    let (mut before, mut next, mut gates) = (states.to_vec(), states.to_vec(), Gates::new(seen, Vec::new()));
    Step::new(x, p, &mut before, &mut next, &mut gates, seen).take(cell);
    (next, gates.into_seen())
}
