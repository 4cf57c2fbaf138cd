//! `Store`: the gradient buffers of one sweep, recycled.

use nalgebra::{DMatrixView, DMatrixViewMut};

use super::per_step::Steps;
use super::spare::Spare;
use super::transposes::Transposes;
use crate::Scalar;
use crate::kernels::{Operand, loops};
use crate::tape::{Buffer, Slot};

/// Contributions dYₜ Xₜᵀ to one weight, side by side in the order of the sweep: the latest step first.
#[derive(Debug)]
pub(crate) struct Gathered<T> {
    pub(super) slot: Slot,
    pub(super) calls: usize,
    /// As long as it ever was; `gathered` of its numbers are there.
    pub(super) dy: Vec<T>,
    pub(super) gathered: usize,
    pub(super) x: Vec<T>,
}

impl<T> Gathered<T> {
    /// How many numbers it has room for.
    fn len(&self) -> usize {
        self.dy.capacity() + self.x.capacity()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Store<T> {
    /// By buffer: its gradient, once something was added. `taken` ones are lent to the op that runs.
    grads: Vec<Option<Vec<T>>>,
    lens: Vec<usize>,
    /// By buffer: from here on its gradient is there; what is before was not reached yet and holds arbitrary numbers. A
    /// sweep reaches the steps of a sequence from the last to the first, so none has to be cleared before.
    reached_from: Vec<usize>,
    /// Entries nearer to 0 are set to 0 before they are passed on; 0 where none are.
    line: T,
    /// By buffer: whether all that was added so far had been [flushed](Scalar::flushed).
    flushed: Vec<bool>,
    spare: Spare<T>,
    pub(super) gathered: Vec<Gathered<T>>,
    pub(super) idle: Vec<Gathered<T>>,
    transposes: Transposes<T>,
    /// The weights whose contributions are noted one by one.
    pub(super) steps: Steps,
}

impl<T: Scalar> Store<T> {
    /// What a sweep notes of every buffer of a tape, besides the gradients.
    pub(crate) const BYTES_PER_BUFFER: usize = size_of::<Option<Vec<T>>>() + 2 * size_of::<usize>() + 2;

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let numbers = self.grads.iter().flatten().map(Vec::capacity).sum::<usize>()
            + self.spare.len()
            + self.gathered.iter().chain(&self.idle).map(Gathered::len).sum::<usize>();
        (numbers + self.transposes.len()) * size_of::<T>() + self.grads.capacity() * Self::BYTES_PER_BUFFER
    }

    /// Forgets every gradient and keeps the memory.
    pub(crate) fn begin(&mut self, buffers: &[Buffer], line: T) {
        self.line = line;
        self.spare.extend(self.grads.drain(..).flatten());
        self.spare.extend(self.transposes.clear());
        self.grads.resize_with(buffers.len(), || None);
        self.lens.clear();
        self.lens.extend(buffers.iter().map(|buffer| buffer.len));
        self.reached_from.clone_from(&self.lens);
        self.flushed.clear();
        self.flushed.resize(buffers.len(), true);
        self.idle.append(&mut self.gathered);
    }

    /// Whether anything was added to the gradient in `slot`, or may have been.
    pub(crate) fn reached(&self, slot: Slot) -> bool {
        let index = slot.buffer as usize;
        self.grads[index].is_some() && (slot.offset + slot.len() > self.reached_from[index] || self.lens[index] == 0)
    }

    /// The gradient in `slot`, zero at first.
    pub(crate) fn grad(&mut self, slot: Slot) -> &mut [T] {
        self.flushed[slot.buffer as usize] = false;
        self.reach(slot)
    }

    /// [`grad`](Self::grad), to which nothing is added.
    fn reach(&mut self, slot: Slot) -> &mut [T] {
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
        self.flushed[slot.buffer as usize] = false;
        self.fresh_flushed(slot)
    }

    /// [`fresh`](Self::fresh), to be overwritten with flushed numbers.
    pub(crate) fn fresh_flushed(&mut self, slot: Slot) -> Option<&mut [T]> {
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
            self.flushed[slot.buffer as usize] = false;
        } else {
            self.add(slot, &by);
            self.spare.put(by);
        }
    }

    /// Sets what is too small in the gradient in `slot`, lent as `lent`, to 0, and says whether anything is left.
    pub(crate) fn flush(&self, slot: Slot, lent: &mut [T]) -> bool {
        let is_flushed = self.line.is_zero() || self.flushed[slot.buffer as usize];
        if is_flushed { lent.iter().any(|dy| !dy.is_zero()) } else { T::flush(lent, self.line) }
    }

    /// Where the sweep draws the line.
    pub(super) fn line(&self) -> T {
        self.line
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
        self.reach(slot); // whole, if only a part was reached
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
