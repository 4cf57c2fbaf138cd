//! `Store`: the gradient buffers of one sweep, recycled, and the products gathered for the weights.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::Scalar;
use crate::kernels::{Operand, as_slice, loops, transpose};
use crate::node::{Buffer, Slot};
use crate::per_step::StepNorms;
use crate::spare::Spare;
use crate::transposes::Transposes;

/// A weight's outer products are multiplied after this many of them (after this many time steps, for a weight used
/// once a step). Fixed, because it defines the bits of every gradient.
pub(crate) const GATHER: usize = 16;

/// A contribution with at least this many columns is a good product by itself.
const WIDE: usize = 512;

/// So is one with at least this many numbers.
const LARGE: usize = 1 << 17;

/// For a weight with at least this many rows, xᵀ is copied first: the product is then faster by more than the copy takes, and
/// has the same bits.
const TALL: usize = 1024;

/// Contributions dYₜ Xₜᵀ to one weight, side by side in the order of the sweep: the latest step first.
#[derive(Debug)]
struct Gathered<T> {
    slot: Slot,
    calls: usize,
    /// As long as it ever was; `gathered` of its numbers are there.
    dy: Vec<T>,
    gathered: usize,
    x: Vec<T>,
}

#[derive(Debug, Default)]
pub(crate) struct Store<T> {
    /// By buffer: its gradient, once something was added. `taken` ones are lent to the op that runs.
    grads: Vec<Option<Vec<T>>>,
    lens: Vec<usize>,
    /// By buffer: from here on its gradient is there; what is before was not reached yet and holds arbitrary numbers. A
    /// sweep reaches the steps of a sequence from the last to the first, so none has to be cleared before.
    reached_from: Vec<usize>,
    spare: Spare<T>,
    gathered: Vec<Gathered<T>>,
    idle: Vec<Gathered<T>>,
    transposes: Transposes<T>,
    /// The weights whose contributions are noted one by one.
    pub(crate) steps: Vec<StepNorms>,
}

impl<T: Scalar> Store<T> {
    /// What a sweep notes of every buffer of a tape, besides the gradients.
    pub(crate) const BYTES_PER_BUFFER: usize = size_of::<Option<Vec<T>>>() + 2 * size_of::<usize>() + 1;

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let numbers = self.grads.iter().flatten().map(Vec::capacity).sum::<usize>()
            + self.spare.len()
            + self.gathered.iter().chain(&self.idle).map(|g| g.dy.capacity() + g.x.capacity()).sum::<usize>();
        (numbers + self.transposes.len()) * size_of::<T>() + self.grads.capacity() * Self::BYTES_PER_BUFFER
    }

    /// Forgets every gradient and keeps the memory.
    pub(crate) fn begin(&mut self, buffers: &[Buffer]) {
        self.spare.extend(self.grads.drain(..).flatten());
        self.spare.extend(self.transposes.clear());
        self.grads.resize_with(buffers.len(), || None);
        self.lens.clear();
        self.lens.extend(buffers.iter().map(|buffer| buffer.len));
        self.reached_from.clone_from(&self.lens);
        self.idle.append(&mut self.gathered);
    }

    /// Whether anything was added to the gradient in `slot`, or may have been.
    pub(crate) fn reached(&self, slot: Slot) -> bool {
        let index = slot.buffer as usize;
        self.grads[index].is_some() && (slot.offset + slot.len() > self.reached_from[index] || self.lens[index] == 0)
    }

    /// The gradient in `slot`, zero at first.
    pub(crate) fn grad(&mut self, slot: Slot) -> &mut [T] {
        let reached_from = self.reached_from[slot.buffer as usize];
        let buffer = self.buffer(slot);
        if slot.offset < reached_from {
            buffer[slot.offset..reached_from].fill(T::zero());
            self.reached_from[slot.buffer as usize] = slot.offset;
        }
        let buffer = self.grads[slot.buffer as usize].as_mut().expect("made above");
        &mut buffer[slot.offset..slot.offset + slot.len()]
    }

    /// The gradient in `slot`, of arbitrary numbers to be overwritten, if nothing was added to it yet.
    pub(crate) fn fresh(&mut self, slot: Slot) -> Option<&mut [T]> {
        let (index, end) = (slot.buffer as usize, slot.offset + slot.len());
        let reached_from = std::mem::replace(&mut self.reached_from[index], slot.offset);
        if end > reached_from {
            self.reached_from[index] = reached_from;
            return None;
        }
        let buffer = self.buffer(slot);
        buffer[end..reached_from].fill(T::zero());
        Some(&mut buffer[slot.offset..end])
    }

    /// All of the buffer that `slot` is in.
    fn buffer(&mut self, slot: Slot) -> &mut [T] {
        let index = slot.buffer as usize;
        if self.grads[index].is_none() {
            self.grads[index] = Some(self.scratch(self.lens[index]));
        }
        self.grads[index].as_mut().expect("made above")
    }

    /// The gradient in `slot` grows by `by`.
    pub(crate) fn add(&mut self, slot: Slot, by: &[T]) {
        match self.fresh(slot) {
            Some(grad) => loops::put(grad, by),
            None => loops::add_to(self.grad(slot), by),
        }
    }

    /// Whether the gradient in `slot` could be another one's memory: it is alone in its buffer, and nothing was added to it.
    pub(crate) fn takes_over(&self, slot: Slot) -> bool {
        self.grads[slot.buffer as usize].is_none() && slot.len() == self.lens[slot.buffer as usize]
    }

    /// The gradient in `slot` grows by `by`, and may take its memory over.
    pub(crate) fn hand_over(&mut self, slot: Slot, by: Vec<T>) {
        if self.takes_over(slot) && slot.len() > 0 {
            self.grads[slot.buffer as usize] = Some(by);
            self.reached_from[slot.buffer as usize] = 0;
        } else {
            self.add(slot, &by);
            self.spare.put(by);
        }
    }

    /// The gradient in `slot`; `None` if nothing was added to it.
    pub(crate) fn get(&self, slot: Slot) -> Option<&[T]> {
        let index = slot.buffer as usize;
        let buffer = self.grads[index].as_ref().filter(|_| slot.offset >= self.reached_from[index])?;
        Some(&buffer[slot.offset..slot.offset + slot.len()])
    }

    /// `len` arbitrary numbers.
    pub(crate) fn scratch(&mut self, len: usize) -> Vec<T> {
        self.spare.take(len, T::zero())
    }

    pub(crate) fn recycle(&mut self, buffer: Vec<T>) {
        self.spare.put(buffer);
    }

    /// The gradient of a node whose op runs now: its own buffer, lent, or a copy of its block of a stack.
    pub(crate) fn lend(&mut self, slot: Slot) -> Vec<T> {
        self.grad(slot); // whole, if only a part was reached
        let index = slot.buffer as usize;
        if slot.len() == self.lens[index] {
            self.reached_from[index] = self.lens[index];
            return self.grads[index].take().expect("made above");
        }
        let mut copy = self.scratch(slot.len());
        copy.copy_from_slice(self.get(slot).expect("as above"));
        copy
    }

    /// Takes back what [`lend`](Store::lend) gave.
    pub(crate) fn give_back(&mut self, slot: Slot, lent: Vec<T>, keep: bool) {
        let index = slot.buffer as usize;
        if slot.len() == self.lens[index] && keep {
            self.reached_from[index] = 0;
            self.grads[index] = Some(lent);
        } else {
            self.spare.put(lent);
        }
    }

    pub(crate) fn release(&mut self, buffer: u32) {
        self.reached_from[buffer as usize] = self.lens[buffer as usize];
        self.spare.extend(self.grads[buffer as usize].take());
    }

    /// Whether a product of so many columns is performed at once.
    pub(crate) fn is_wide(rows: usize, columns: usize) -> bool {
        columns >= WIDE || rows * columns >= LARGE
    }

    /// grad += dy · xᵀ, gathered.
    pub(crate) fn outer(&mut self, slot: Slot, dy: DMatrixView<'_, T>, x: DMatrixView<'_, T>) {
        self.note_product(slot, dy, x);
        if Self::is_wide(dy.nrows(), dy.ncols()) {
            self.flush(slot.buffer);
            if dy.nrows() < TALL {
                self.add_product(slot, Operand::plain(dy), Operand::transposed(x));
                return;
            }
            let mut transposed = self.scratch(x.len());
            transpose(as_slice(&x), x.nrows(), &mut transposed);
            let x = DMatrixView::from_slice(&transposed, x.ncols(), x.nrows());
            self.add_product(slot, Operand::plain(dy), Operand::plain(x));
            self.recycle(transposed);
            return;
        }
        let (mut room, start) = self.lend_room(slot, dy.len());
        room[start..start + dy.len()].copy_from_slice(as_slice(&dy));
        self.take_room(slot, room, dy.len(), x);
    }

    /// The place of what is gathered for `slot`.
    fn gathering(&mut self, slot: Slot) -> usize {
        // The shape counts too: a weight and its first columns begin at one place.
        let found = self.gathered.iter().position(|g| g.slot == slot);
        found.unwrap_or_else(|| {
            let empty = || Gathered { slot, calls: 0, dy: Vec::new(), gathered: 0, x: Vec::new() };
            let mut fresh = self.idle.pop().unwrap_or_else(empty);
            (fresh.slot, fresh.calls, fresh.gathered) = (slot, 0, 0);
            fresh.x.clear();
            self.gathered.push(fresh);
            self.gathered.len() - 1
        })
    }

    /// The memory of the dY gathered for `slot`, with room for `len` more numbers, and where that room begins.
    pub(crate) fn lend_room(&mut self, slot: Slot, len: usize) -> (Vec<T>, usize) {
        let at = self.gathering(slot);
        let gathered = &mut self.gathered[at];
        let start = gathered.gathered;
        if gathered.dy.len() < start + len {
            gathered.dy.resize(start + len, T::zero());
        }
        (std::mem::take(&mut gathered.dy), start)
    }

    /// Takes the room back, filled with the `len` numbers of a dY; x is the other factor.
    pub(crate) fn take_room(&mut self, slot: Slot, room: Vec<T>, len: usize, x: DMatrixView<'_, T>) {
        let at = self.gathering(slot);
        let gathered = &mut self.gathered[at];
        gathered.dy = room;
        gathered.gathered += len;
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
            let columns = gathered.gathered / m;
            let dy = DMatrixView::from_slice(&gathered.dy[..gathered.gathered], m, columns);
            let x = DMatrixView::from_slice(&gathered.x, n, columns);
            self.add_product(slot, Operand::plain(dy), Operand::transposed(x));
        }
        self.idle.push(gathered);
    }

    /// The gradient in `slot` grows by Aᵀ B, with A a value of the tape.
    pub(crate) fn add_transposed_product(&mut self, slot: Slot, a: DMatrixView<'_, T>, b: DMatrixView<'_, T>) {
        let columns = b.ncols();
        if let Some(at) = self.transposes.of(a, columns, &mut self.spare) {
            let transposed = self.transposes.take(at);
            let a = DMatrixView::from_slice(&transposed, a.ncols(), a.nrows());
            self.add_product(slot, Operand::plain(a), Operand::plain(b));
            self.transposes.put_back(at, transposed);
        } else {
            self.add_product(slot, Operand::transposed(a), Operand::plain(b));
        }
    }

    /// The gradient in `slot` grows by A B.
    pub(crate) fn add_product(&mut self, slot: Slot, a: Operand<'_, T>, b: Operand<'_, T>) {
        let beta = if self.fresh(slot).is_some() { T::zero() } else { T::one() };
        let grad = self.grad(slot);
        let mut grad = DMatrixViewMut::from_slice(grad, slot.shape.0, slot.shape.1);
        T::gemm(T::one(), a, b, beta, &mut grad);
    }
}
