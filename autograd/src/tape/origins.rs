//! What a *traced* tape remembers of every value besides the value: the line that recorded it, the layer and time step
//! it belongs to, and its name.
//!
//! A tape that is not traced pays one branch a value and no memory, and every method here does nothing on it.

use std::panic::Location;

use crate::{Origin, Scalar, Tape, Var};

/// One node's origin, its strings interned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    pub(crate) place: &'static Location<'static>,
    pub(crate) layer: Option<u32>,
    pub(crate) step: Option<usize>,
    name: Option<u32>,
}

/// The origins of all nodes.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// By node.
    notes: Vec<Note>,
    /// Every layer and name in use: few, however long the tape.
    strings: Vec<String>,
    layer: Option<u32>,
    step: Option<usize>,
}

impl Origins {
    pub(crate) fn note(&mut self, place: &'static Location<'static>) {
        self.notes.push(Note { place, layer: self.layer, step: self.step, name: None });
    }

    /// Forgets the nodes; scopes that are open stay.
    pub(crate) fn clear(&mut self) {
        self.notes.clear();
    }

    pub(crate) fn at(&self, id: u32) -> Note {
        self.notes[id as usize]
    }

    pub(crate) fn name(&self, id: u32) -> Option<&str> {
        self.at(id).name.map(|name| self.string(name))
    }

    pub(crate) fn string(&self, index: u32) -> &str {
        &self.strings[index as usize]
    }

    pub(crate) fn origin(&self, id: u32) -> Origin {
        let Note { place, layer, step, .. } = self.at(id);
        let layer = layer.map(|layer| self.string(layer).to_owned());
        Origin { place, layer, step, name: self.name(id).map(str::to_owned) }
    }

    fn intern(&mut self, string: &str) -> u32 {
        let found = self.strings.iter().position(|known| known == string);
        found.unwrap_or_else(|| {
            self.strings.push(string.to_owned());
            self.strings.len() - 1
        }) as u32
    }
}

/// A layer or time step that lasts until this is dropped; see [`Tape::in_layer`].
#[derive(Debug)]
#[must_use = "the layer or step ends where this is dropped: `let _layer = …`"]
pub struct Scope<'t, T: Scalar> {
    /// The tape, if it is traced, and its layer and step before.
    before: Option<(&'t Tape<T>, Option<u32>, Option<usize>)>,
}

impl<T: Scalar> Drop for Scope<'_, T> {
    fn drop(&mut self) {
        if let Some((tape, layer, step)) = self.before
            && let Some(trace) = &mut tape.inner.borrow_mut().trace
        {
            (trace.layer, trace.step) = (layer, step);
        }
    }
}

impl<T: Scalar> Tape<T> {
    /// An empty tape that remembers where every value came from, also after a [`reset`](Tape::reset): what
    /// [`anomaly`](Tape::anomaly), [`Gradients::anomaly`](crate::Gradients::anomaly) and [`to_dot`](Tape::to_dot) tell.
    ///
    /// Values and gradients are bit for bit those of a plain tape.
    pub fn traced() -> Self {
        let tape = Self::new();
        tape.inner.borrow_mut().trace = Some(Box::default());
        tape
    }

    /// Whether it remembers where values come from.
    pub fn is_traced(&self) -> bool {
        self.inner.borrow().trace.is_some()
    }

    /// What is recorded while the returned [`Scope`] lives belongs to the layer `name`.
    ///
    /// ```
    /// let tape = autograd::Tape::<f64>::traced();
    /// let _layer = tape.in_layer("layers.0.fwd");
    /// for t in 0..3 {
    ///     let _step = tape.in_step(t);
    ///     let x = tape.zeros(1, 1);
    ///     assert_eq!(x.origin().and_then(|origin| origin.step), Some(t));
    /// }
    /// ```
    pub fn in_layer(&self, name: &str) -> Scope<'_, T> {
        self.scope(|trace| trace.layer = Some(trace.intern(name)))
    }

    /// What is recorded while the returned [`Scope`] lives belongs to time step `step`.
    pub fn in_step(&self, step: usize) -> Scope<'_, T> {
        self.scope(|trace| trace.step = Some(step))
    }

    fn scope(&self, enter: impl FnOnce(&mut Origins)) -> Scope<'_, T> {
        let before = self.inner.borrow_mut().trace.as_mut().map(|trace| {
            let before = (self, trace.layer, trace.step);
            enter(trace);
            before
        });
        Scope { before }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The same value, called `name` in messages and graphs; the last name stands.
    pub fn named(self, name: &str) -> Self {
        if let Some(trace) = &mut self.tape().inner.borrow_mut().trace {
            let name = trace.intern(name);
            trace.notes[self.index() as usize].name = Some(name);
        }
        self
    }

    /// Where it was recorded, if its tape is [traced](Tape::traced).
    pub fn origin(self) -> Option<Origin> {
        self.tape().inner.borrow().trace.as_ref().map(|trace| trace.origin(self.index()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    fn scope(v: Var<'_, f64>) -> (Option<String>, Option<usize>) {
        let origin = v.origin().expect("traced");
        (origin.layer, origin.step)
    }

    #[test]
    fn scopes_nest_and_end_where_they_are_dropped() {
        let tape = Tape::<f64>::traced();
        let outer = tape.in_layer("a");
        {
            let _step = tape.in_step(3);
            assert_eq!(scope(tape.zeros(1, 1)), (Some("a".into()), Some(3)));
            let _inner = tape.in_layer("b");
            assert_eq!(scope(tape.zeros(1, 1)), (Some("b".into()), Some(3)));
        }
        assert_eq!(scope(tape.zeros(1, 1)), (Some("a".into()), None));
        drop(outer);
        assert_eq!(scope(tape.zeros(1, 1)), (None, None));
    }

    #[test]
    fn a_reset_forgets_the_nodes_and_goes_on_tracing() {
        let mut tape = Tape::<f64>::traced();
        tape.leaf(&dmatrix![1.0]).named("w");
        tape.reset();
        let (x, line) = (tape.leaf(&dmatrix![2.0]), line!());
        let origin = x.origin().expect("traced");
        assert_eq!((origin.name, origin.place.line()), (None, line));
    }

    #[test]
    fn a_plain_tape_remembers_nothing() {
        let tape = Tape::<f64>::new();
        let (_layer, _step) = (tape.in_layer("a"), tape.in_step(0));
        assert_eq!(tape.zeros(1, 1).named("x").origin(), None);
    }
}
