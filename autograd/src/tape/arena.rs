//! Where a tape keeps its numbers: slabs filled from the front, never freed, refilled after a reset.
//!
//! An output is always allocated after its inputs were, so a slab splits into "inputs so far" and "the output", and
//! forward reads and writes one slab without copies or unsafe code.

use crate::Scalar;

/// The first slab's length in numbers; each further one is twice as long, up to [`LARGEST`].
pub(crate) const SMALLEST: usize = 1 << 12;
const LARGEST: usize = 1 << 20;

/// Where a matrix begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) region: Region,
    slab: u32,
    offset: usize,
}

/// Which of a tape's arenas a place is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    /// Kept until the tape is reset.
    Kept,
    /// Scratch memory, until the stretch of the recording ends.
    Scratch,
    /// In none any more.
    Dropped,
}

impl Place {
    /// The place `by` numbers further on in the same allocation.
    pub(crate) fn advance(self, by: usize) -> Self {
        Self { offset: self.offset + by, ..self }
    }
}

#[derive(Debug)]
pub(crate) struct Arena<T> {
    region: Region,
    slabs: Vec<Vec<T>>,
    current: usize,
    used: usize,
}

impl<T: Scalar> Arena<T> {
    pub(crate) fn new(region: Region) -> Self {
        Self { region, slabs: Vec::new(), current: 0, used: 0 }
    }

    /// Makes a first slab of `len` numbers, if there is none; those after it are small again.
    pub(crate) fn reserve(&mut self, len: usize) {
        if self.slabs.is_empty() {
            self.slabs.push(vec![T::zero(); len]);
        }
    }

    /// Reserves `len` numbers, which hold whatever was there before.
    pub(crate) fn alloc(&mut self, len: usize) -> Place {
        if self.slabs.is_empty() {
            self.slabs.push(vec![T::zero(); SMALLEST.max(len)]);
        }
        if self.used + len > self.slabs[self.current].len() {
            self.current += 1;
            self.used = 0;
            if self.slabs.get(self.current).is_none_or(|slab| slab.len() < len) {
                let grown = (SMALLEST << self.current.min(20)).min(LARGEST).max(len);
                self.slabs.insert(self.current, vec![T::zero(); grown]);
            }
        }
        let place = Place { region: self.region, slab: self.current as u32, offset: self.used };
        self.used += len;
        place
    }

    /// Gives back the `len` numbers at `place`, if nothing was allocated after them.
    pub(crate) fn give_back(&mut self, place: Place, len: usize) {
        if (place.slab as usize, place.offset + len) == (self.current, self.used) {
            self.used = place.offset;
        }
    }

    pub(crate) fn get(&self, place: Place, len: usize) -> &[T] {
        &self.slabs[place.slab as usize][place.offset..place.offset + len]
    }

    pub(crate) fn get_mut(&mut self, place: Place, len: usize) -> &mut [T] {
        &mut self.slabs[place.slab as usize][place.offset..place.offset + len]
    }

    /// Everything allocated before `place`, to read, and the `len` numbers at `place`, to write.
    pub(crate) fn split(&mut self, place: Place, len: usize) -> (Earlier<'_, T>, &mut [T]) {
        let (slabs, rest) = self.slabs.split_at_mut(place.slab as usize);
        let (head, tail) = rest[0].split_at_mut(place.offset);
        (Earlier { slabs, head }, &mut tail[..len])
    }

    /// Everything allocated, to read.
    pub(crate) fn all(&self) -> Earlier<'_, T> {
        Earlier { slabs: &self.slabs, head: &[] }
    }

    /// Copies `len` numbers between two places that do not overlap.
    pub(crate) fn copy(&mut self, from: Place, to: Place, len: usize) {
        let (source, target) = (from.slab as usize, to.slab as usize);
        if source == target {
            self.slabs[source].copy_within(from.offset..from.offset + len, to.offset);
        } else {
            let [source, target] = self.slabs.get_disjoint_mut([source, target]).expect("two slabs");
            target[to.offset..to.offset + len].copy_from_slice(&source[from.offset..from.offset + len]);
        }
    }

    /// Forgets every place and keeps the memory.
    pub(crate) fn reset(&mut self) {
        self.rewind(Mark::default());
    }

    /// How far it is filled.
    pub(crate) fn mark(&self) -> Mark {
        Mark { current: self.current, used: self.used }
    }

    /// Forgets every place allocated after `mark` and keeps the memory.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        (self.current, self.used) = (mark.current, mark.used);
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.slabs.iter().map(|slab| slab.len() * size_of::<T>()).sum()
    }

    /// Bytes of what was allocated, and of the ends of slabs that it left behind.
    pub(crate) fn used_bytes(&self) -> usize {
        let full: usize = self.slabs.iter().take(self.current).map(Vec::len).sum();
        (full + self.used) * size_of::<T>()
    }
}

/// How far an arena is filled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    current: usize,
    used: usize,
}

/// The part of an arena before an output.
pub(crate) struct Earlier<'a, T> {
    slabs: &'a [Vec<T>],
    head: &'a [T],
}

impl<'a, T> Earlier<'a, T> {
    pub(crate) fn get(&self, place: Place, len: usize) -> &'a [T] {
        let slab = self.slabs.get(place.slab as usize).map_or(self.head, Vec::as_slice);
        &slab[place.offset..place.offset + len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_do_not_overlap_and_survive_growth() {
        let mut arena = Arena::<f64>::new(Region::Kept);
        let lens = [1, 4000, 5000, 0, 100_000, 7, 3_000_000, 2];
        for round in 0..2 {
            let places: Vec<_> = lens.iter().map(|&len| arena.alloc(len)).collect();
            for (i, (&place, &len)) in places.iter().zip(&lens).enumerate() {
                arena.get_mut(place, len).fill(i as f64);
            }
            for (i, (&place, &len)) in places.iter().zip(&lens).enumerate() {
                assert!(arena.get(place, len).iter().all(|&x| x as usize == i), "round {round}, allocation {i}");
            }
            arena.reset();
        }
    }

    #[test]
    fn a_second_round_of_the_same_lengths_takes_no_new_memory() {
        let mut arena = Arena::<f32>::new(Region::Kept);
        let mut round = || {
            for len in [10, 9000, 50, 40_000, 3] {
                arena.alloc(len);
            }
            arena.reset();
            arena.bytes()
        };
        assert_eq!(round(), round());
    }
}
