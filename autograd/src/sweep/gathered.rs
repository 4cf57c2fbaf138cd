//! `Gathered`: contributions dY Xᵀ to one weight, multiplied many at once.
//!
//! A recurrent weight takes one such contribution from every time step. Gathered, its gradient is read and written once for
//! many steps, and the product is a deep one, which kernels are best at.

use nalgebra::DMatrixView;

use super::store::{Gathered, Store};
use super::transposes::NARROWEST;
use crate::Scalar;
use crate::kernels::{Operand, as_slice, transpose};
use crate::tape::Slot;

/// A weight's outer products are multiplied after this many of them (after this many time steps, for a weight used
/// once a step). Fixed, because it defines the bits of every gradient.
pub const GATHER: usize = 16;

/// A contribution with at least this many columns is a good product by itself.
const WIDE: usize = 512;

/// So is one with at least this many numbers.
const LARGE: usize = 1 << 17;

/// For a weight with at least this many rows, xᵀ is copied first: the product is then faster by more than the copy takes, and
/// has the same bits.
const TALL: usize = 1024;

/// The same for a weight with at least the first number of rows, if at least the second number of columns is multiplied: read by
/// rows, each of the kernel's strips of xᵀ touches a cache line for every column.
const DEEP: (usize, usize) = (128, 256);

impl<T: Scalar> Store<T> {
    /// Whether a product of `columns` columns is performed at once.
    pub(crate) fn is_wide(rows: usize, columns: usize) -> bool {
        columns >= WIDE || rows * columns >= LARGE
    }

    /// grad += dy · xᵀ, gathered.
    pub(crate) fn outer(&mut self, slot: Slot, dy: DMatrixView<'_, T>, x: DMatrixView<'_, T>) {
        self.steps.note_product(slot, dy, x);
        if Self::is_wide(dy.nrows(), dy.ncols()) {
            self.multiply_for(slot.buffer);
            self.add_outer(slot, dy, x);
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
    pub(crate) fn multiply_for(&mut self, buffer: u32) {
        while let Some(at) = self.gathered.iter().position(|g| g.slot.buffer == buffer) {
            let gathered = self.gathered.remove(at);
            self.multiply(gathered);
        }
    }

    pub(crate) fn multiply_all(&mut self) {
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
            self.add_outer(slot, dy, x);
        }
        self.idle.push(gathered);
    }

    /// The gradient in `slot` grows by dy · xᵀ.
    fn add_outer(&mut self, slot: Slot, dy: DMatrixView<'_, T>, x: DMatrixView<'_, T>) {
        let (rows, columns) = dy.shape();
        let deep = rows >= DEEP.0 && columns >= DEEP.1 && x.nrows() >= NARROWEST;
        if rows < TALL && !deep {
            self.add_product(slot, Operand::plain(dy), Operand::transposed(x));
            return;
        }
        let mut transposed = self.scratch(x.len());
        transpose(as_slice(&x), x.nrows(), &mut transposed);
        let x = DMatrixView::from_slice(&transposed, x.ncols(), x.nrows());
        self.add_product(slot, Operand::plain(dy), Operand::plain(x));
        self.recycle(transposed);
    }
}
