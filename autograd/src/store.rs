//! `Store`: the gradient buffers of one sweep, recycled, and the products gathered for the weights.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::Scalar;
use crate::kernels::{Operand, as_slice};
use crate::node::{Buffer, Slot};
use crate::per_step::StepNorms;

/// A weight's outer products are multiplied after this many of them (after this many time steps, for a weight used
/// once a step). Fixed, because it defines the bits of every gradient.
pub(crate) const GATHER: usize = 16;

/// A contribution with at least this many columns is a good product by itself.
const WIDE: usize = 512;

/// Contributions dYₜ Xₜᵀ to one weight, side by side in the order of the sweep: the latest step first.
#[derive(Debug)]
struct Gathered<T> {
    slot: Slot,
    calls: usize,
    dy: Vec<T>,
    x: Vec<T>,
}

#[derive(Debug, Default)]
pub(crate) struct Store<T> {
    /// By buffer: its gradient, once something was added. `taken` ones are lent to the op that runs.
    grads: Vec<Option<Vec<T>>>,
    lens: Vec<usize>,
    spare: Vec<Vec<T>>,
    gathered: Vec<Gathered<T>>,
    idle: Vec<Gathered<T>>,
    /// The weights whose contributions are noted one by one.
    pub(crate) steps: Vec<StepNorms>,
}

impl<T: Scalar> Store<T> {
    /// What a sweep notes of every buffer of a tape, besides the gradients.
    pub(crate) const BYTES_PER_BUFFER: usize = size_of::<Option<Vec<T>>>() + size_of::<usize>() + 1;

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let numbers = self.grads.iter().flatten().chain(&self.spare).map(Vec::capacity).sum::<usize>()
            + self.gathered.iter().chain(&self.idle).map(|g| g.dy.capacity() + g.x.capacity()).sum::<usize>();
        numbers * size_of::<T>() + self.grads.capacity() * Self::BYTES_PER_BUFFER
    }

    /// Forgets every gradient and keeps the memory.
    pub(crate) fn begin(&mut self, buffers: &[Buffer]) {
        self.spare.extend(self.grads.drain(..).flatten());
        self.grads.resize_with(buffers.len(), || None);
        self.lens.clear();
        self.lens.extend(buffers.iter().map(|buffer| buffer.len));
        self.idle.append(&mut self.gathered);
    }

    /// Whether anything was added to the buffer.
    pub(crate) fn reached(&self, buffer: u32) -> bool {
        self.grads[buffer as usize].is_some()
    }

    /// The gradient in `slot`, zero at first.
    pub(crate) fn grad(&mut self, slot: Slot) -> &mut [T] {
        let index = slot.buffer as usize;
        if self.grads[index].is_none() {
            let zeros = self.zeros(self.lens[index]);
            self.grads[index] = Some(zeros);
        }
        let buffer = self.grads[index].as_mut().expect("made above");
        &mut buffer[slot.offset..slot.offset + slot.len()]
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&[T]> {
        self.grads[slot.buffer as usize].as_ref().map(|buffer| &buffer[slot.offset..slot.offset + slot.len()])
    }

    fn zeros(&mut self, len: usize) -> Vec<T> {
        let mut buffer = self.spare(len);
        buffer.clear();
        buffer.resize(len, T::zero());
        buffer
    }

    /// `len` arbitrary numbers.
    pub(crate) fn scratch(&mut self, len: usize) -> Vec<T> {
        let mut buffer = self.spare(len);
        buffer.resize(len, T::zero());
        buffer
    }

    pub(crate) fn recycle(&mut self, buffer: Vec<T>) {
        self.spare.push(buffer);
    }

    fn spare(&mut self, len: usize) -> Vec<T> {
        // The last one released is the likeliest to fit: sweeps release and take the same few sizes in turn.
        let fit = self.spare.iter().rposition(|spare| spare.capacity() >= len && spare.capacity() <= 2 * len + 64);
        fit.map(|i| self.spare.swap_remove(i)).unwrap_or_default()
    }

    /// The gradient of a node whose op runs now: its own buffer, lent, or a copy of its block of a stack.
    pub(crate) fn lend(&mut self, slot: Slot) -> Vec<T> {
        let index = slot.buffer as usize;
        if slot.len() == self.lens[index] {
            return self.grads[index].take().expect("the sweep asks only for buffers it reached");
        }
        let mut copy = self.zeros(slot.len());
        copy.copy_from_slice(self.get(slot).expect("as above"));
        copy
    }

    /// Takes back what [`lend`](Store::lend) gave.
    pub(crate) fn give_back(&mut self, slot: Slot, lent: Vec<T>, keep: bool) {
        let index = slot.buffer as usize;
        if slot.len() == self.lens[index] && keep {
            self.grads[index] = Some(lent);
        } else {
            self.spare.push(lent);
        }
    }

    pub(crate) fn release(&mut self, buffer: u32) {
        self.spare.extend(self.grads[buffer as usize].take());
    }

    /// grad += dy · xᵀ, gathered.
    pub(crate) fn outer(&mut self, slot: Slot, dy: DMatrixView<'_, T>, x: DMatrixView<'_, T>) {
        self.note_product(slot, dy, x);
        if dy.ncols() >= WIDE {
            self.flush(slot.buffer);
            let grad = self.grad(slot);
            add_outer(grad, slot, dy, x);
            return;
        }
        // The shape counts too: a weight and its first columns begin at one place.
        let found = self.gathered.iter().position(|g| g.slot == slot);
        let at = found.unwrap_or_else(|| {
            let mut fresh = self.idle.pop().unwrap_or(Gathered { slot, calls: 0, dy: Vec::new(), x: Vec::new() });
            (fresh.slot, fresh.calls) = (slot, 0);
            fresh.dy.clear();
            fresh.x.clear();
            self.gathered.push(fresh);
            self.gathered.len() - 1
        });
        let gathered = &mut self.gathered[at];
        gathered.dy.extend_from_slice(as_slice(&dy));
        gathered.x.extend_from_slice(as_slice(&x));
        gathered.calls += 1;
        if gathered.calls == GATHER {
            let full = self.gathered.remove(at);
            self.multiply(full);
        }
    }

    /// Performs what is gathered for weights that live in `buffer`.
    pub(crate) fn flush(&mut self, buffer: u32) {
        while let Some(at) = self.gathered.iter().position(|g| g.slot.buffer == buffer) {
            let gathered = self.gathered.remove(at);
            self.multiply(gathered);
        }
    }

    pub(crate) fn flush_all(&mut self) {
        while !self.gathered.is_empty() {
            let gathered = self.gathered.remove(0);
            self.multiply(gathered);
        }
    }

    fn multiply(&mut self, gathered: Gathered<T>) {
        let slot = gathered.slot;
        let (m, n) = slot.shape;
        if m * n > 0 {
            let columns = gathered.dy.len() / m;
            let dy = DMatrixView::from_slice(&gathered.dy, m, columns);
            let x = DMatrixView::from_slice(&gathered.x, n, columns);
            let grad = self.grad(slot);
            add_outer(grad, slot, dy, x);
        }
        self.idle.push(gathered);
    }
}

/// grad += dy · xᵀ.
fn add_outer<T: Scalar>(grad: &mut [T], slot: Slot, dy: DMatrixView<'_, T>, x: DMatrixView<'_, T>) {
    let mut grad = DMatrixViewMut::from_slice(grad, slot.shape.0, slot.shape.1);
    T::gemm(T::one(), Operand::plain(dy), Operand::transposed(x), T::one(), &mut grad);
}
