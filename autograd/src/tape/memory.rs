//! The numbers of a tape: an arena for what stays until the reset, and one for what a [`Transient`](crate::Transient)
//! stretch drops at its end.

use super::arena::{Arena, Earlier, Mark, Place, Region};
use crate::Scalar;

#[derive(Debug)]
pub(crate) struct Memory<T> {
    kept: Arena<T>,
    scratch: Arena<T>,
    /// How many stretches are open.
    open: usize,
}

/// Where an op writes: its output and what it saves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) out: Place,
    pub(crate) saved: Place,
}

impl<T: Scalar> Default for Memory<T> {
    fn default() -> Self {
        Self { kept: Arena::new(Region::Kept), scratch: Arena::new(Region::Scratch), open: 0 }
    }
}

impl<T: Scalar> Memory<T> {
    /// Reserves `len` numbers until the reset, which hold whatever was there before.
    pub(crate) fn alloc(&mut self, len: usize) -> Place {
        self.kept.alloc(len)
    }

    /// Room for an op's output and for what it saves. What backward reads of them stays until the reset; an output that it
    /// does not read is scratch while a stretch is open.
    pub(crate) fn alloc_for_op(&mut self, out: usize, saved: usize, reads_output: bool) -> Places {
        if self.open == 0 || reads_output {
            let place = self.kept.alloc(out + saved);
            Places { out: place, saved: place.advance(out) }
        } else {
            Places { out: self.scratch.alloc(out), saved: self.kept.alloc(saved) }
        }
    }

    /// What was allocated before these places, to read, and the `out` and `saved` numbers there, to write.
    pub(crate) fn split(&mut self, places: Places, out: usize, saved: usize) -> (Readable<'_, T>, &mut [T], &mut [T]) {
        if places.out.region == Region::Kept {
            let (kept, fresh) = self.kept.split(places.out, out + saved);
            let (out, saved) = fresh.split_at_mut(out);
            (Readable { kept, scratch: self.scratch.all() }, out, saved)
        } else {
            let (scratch, out) = self.scratch.split(places.out, out);
            let (kept, saved) = self.kept.split(places.saved, saved);
            (Readable { kept, scratch }, out, saved)
        }
    }

    /// The `len` numbers at `place`; `None` if they were dropped.
    pub(crate) fn get(&self, place: Place, len: usize) -> Option<&[T]> {
        match place.region {
            Region::Kept => Some(self.kept.get(place, len)),
            Region::Scratch => Some(self.scratch.get(place, len)),
            Region::Dropped => None,
        }
    }

    /// The `len` kept numbers at `place`.
    pub(crate) fn get_mut(&mut self, place: Place, len: usize) -> &mut [T] {
        self.kept.get_mut(place, len)
    }

    /// Moves `len` numbers to a kept place that does not overlap `from`.
    pub(crate) fn relocate(&mut self, from: Place, to: Place, len: usize) {
        self.copy(from, to, len);
        if from.region == Region::Kept {
            self.kept.give_back(from, len);
        }
    }

    /// Copies `len` numbers to a kept place that does not overlap `from`.
    pub(crate) fn copy(&mut self, from: Place, to: Place, len: usize) {
        match from.region {
            Region::Kept => self.kept.copy(from, to, len),
            Region::Scratch => self.kept.get_mut(to, len).copy_from_slice(self.scratch.get(from, len)),
            Region::Dropped => unreachable!("a dropped value is refused before"),
        }
    }

    /// A stretch begins.
    pub(crate) fn open(&mut self) -> Mark {
        self.open += 1;
        self.scratch.mark()
    }

    /// A stretch ends: its scratch is free again.
    pub(crate) fn close(&mut self, mark: Mark) {
        self.open -= 1;
        self.scratch.rewind(mark);
    }

    /// Forgets every place and every stretch, and keeps the memory.
    pub(crate) fn reset(&mut self) {
        self.kept.reset();
        self.scratch.reset();
        self.open = 0;
    }

    /// Makes room for `numbers` numbers that are kept.
    pub(crate) fn reserve(&mut self, numbers: usize) {
        self.kept.reserve(numbers);
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.kept.bytes() + self.scratch.bytes()
    }

    /// Bytes of what was allocated, and of the ends of slabs that it left behind.
    pub(crate) fn used_bytes(&self) -> usize {
        self.kept.used_bytes() + self.scratch.used_bytes()
    }
}

/// What an op can read while it writes.
pub(crate) struct Readable<'a, T> {
    kept: Earlier<'a, T>,
    scratch: Earlier<'a, T>,
}

impl<'a, T> Readable<'a, T> {
    pub(crate) fn get(&self, place: Place, len: usize) -> &'a [T] {
        match place.region {
            Region::Kept => self.kept.get(place, len),
            Region::Scratch => self.scratch.get(place, len),
            Region::Dropped => unreachable!("a dropped value is refused before"),
        }
    }
}
