use crate::tape::arena::Place;
use crate::tape::{Buffer, Kind, Slot};
use crate::{Scalar, Tape, Var};

/// The steps of a sequence side by side: a `rows × (steps·batch)` matrix under construction, step t in columns
/// `t·batch .. (t+1)·batch`.
///
/// [`put`](Stack::put) moves a step's value into its block; the step's gradient then *is* that block of the stack's
/// gradient, so a sweep copies nothing.
#[derive(Debug)]
pub struct Stack<'t, T: Scalar> {
    tape: &'t Tape<T>,
    buffer: u32,
    place: Place,
    rows: usize,
    batch: usize,
    steps: Vec<Option<u32>>,
}

impl<T: Scalar> Tape<T> {
    /// Room for `steps` blocks of `rows × batch`.
    pub fn stack(&self, rows: usize, batch: usize, steps: usize) -> Stack<'_, T> {
        let mut inner = self.inner.borrow_mut();
        let len = rows * batch * steps;
        let place = inner.values.alloc(len);
        let buffer = inner.buffers.len() as u32;
        let first = u32::MAX;
        inner.buffers.push(Buffer { len, first });
        drop(inner);
        Stack { tape: self, buffer, place, rows, batch, steps: vec![None; steps] }
    }
}

impl<'t, T: Scalar> Stack<'t, T> {
    /// Puts `value` (rows × batch) at step `step` and returns the handle to use from now on: `value` itself, or a
    /// copy where its memory is already shared (a leaf, a view, a step of another stack).
    ///
    /// # Panics
    /// If the shape differs, the step is out of range or taken, or the value lives on another tape.
    #[track_caller]
    pub fn put(&mut self, step: usize, value: Var<'t, T>) -> Var<'t, T> {
        let (shape, count) = (value.shape(), self.steps.len());
        assert!(std::ptr::eq(value.tape(), self.tape), "stack: step {step} lives on another tape");
        assert!(
            shape == (self.rows, self.batch),
            "stack: step {step} is {shape:?} but every step is {:?}",
            (self.rows, self.batch)
        );
        assert!(step < count, "stack: step {step} of {count}");
        assert!(self.steps[step].is_none(), "stack: step {step} is already there");

        let value = if self.owns_its_memory(value) { value } else { value.copied() };
        let mut inner = self.tape.inner.borrow_mut();
        inner.nodes[value.index() as usize].expect_there("stack");
        let (id, offset) = (value.index(), step * self.rows * self.batch);
        let from = inner.nodes[id as usize].value;
        let to = self.place.advance(offset);
        inner.values.relocate(from, to, self.rows * self.batch);
        inner.buffers[self.buffer as usize].first = inner.buffers[self.buffer as usize].first.min(id);
        let node = &mut inner.nodes[id as usize];
        node.viewed = true;
        node.value = to;
        node.slot = Slot { buffer: self.buffer, offset, shape };
        self.steps[step] = Some(id);
        value
    }

    fn owns_its_memory(&self, value: Var<'t, T>) -> bool {
        let inner = self.tape.inner.borrow();
        let node = &inner.nodes[value.index() as usize];
        let whole = inner.buffers[node.slot.buffer as usize].len == node.slot.len();
        matches!(node.kind, Kind::Computed { .. }) && whole && !node.viewed
    }

    /// All steps as one value.
    ///
    /// # Panics
    /// If a step is missing.
    #[track_caller]
    pub fn finish(self) -> Var<'t, T> {
        let mut inner = self.tape.inner.borrow_mut();
        let start = inner.members.len() as u32;
        for (t, id) in self.steps.iter().enumerate() {
            match id {
                Some(id) => inner.members.push(*id),
                None => panic!("stack: step {t} of {} is missing", self.steps.len()),
            }
        }
        let members = (start, inner.members.len() as u32);
        let shape = (self.rows, self.batch * self.steps.len());
        let slot = Slot { buffer: self.buffer, offset: 0, shape };
        let id = inner.push_in(Kind::Stack { members }, &[], self.place, slot);
        // An empty stack has no member; its buffer ends with the stack itself.
        let first = &mut inner.buffers[self.buffer as usize].first;
        *first = (*first).min(id);
        drop(inner);
        Var::new(self.tape, id)
    }
}
