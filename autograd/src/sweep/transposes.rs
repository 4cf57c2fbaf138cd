//! `Transposes`: the transposes of weights that a sweep multiplies by again and again.
//!
//! dX = Wᵀ dY is faster with Wᵀ as it lies in memory than with W read by rows, which the kernel packs anew for every product.
//! A recurrent weight takes part in one such product a time step, so from its second one on it is transposed once.

use nalgebra::DMatrixView;

use super::spare::Spare;
use crate::Scalar;
use crate::kernels::{as_slice, transpose};

/// Where both sides of a product are at least so wide, both ways have the same bits (a test holds the kernels to it), so that
/// a gradient does not depend on how often its weight was used.
pub(crate) const NARROWEST: usize = 16;

#[derive(Debug, Default)]
pub(crate) struct Transposes<T>(Vec<Transposed<T>>);

#[derive(Debug)]
struct Transposed<T> {
    /// Where the matrix begins, and its shape: a tape's values stay where they are while it is swept.
    key: (usize, (usize, usize)),
    /// Empty after the first use.
    entries: Vec<T>,
}

impl<T: Scalar> Transposes<T> {
    /// The place of Aᵀ, for a product with `columns` columns, if it is worth its while.
    pub(crate) fn of(&mut self, a: DMatrixView<'_, T>, columns: usize, spare: &mut Spare<T>) -> Option<usize> {
        if a.ncols().min(columns) < NARROWEST {
            return None;
        }
        let key = (a.as_ptr().addr(), a.shape());
        let Some(at) = self.0.iter().rposition(|known| known.key == key) else {
            self.0.push(Transposed { key, entries: Vec::new() });
            return None;
        };
        let entries = &mut self.0[at].entries;
        if entries.is_empty() {
            *entries = spare.take(a.len(), T::zero());
            transpose(as_slice(&a), a.nrows(), entries);
        }
        Some(at)
    }

    /// The transpose at `at`, lent.
    pub(crate) fn take(&mut self, at: usize) -> Vec<T> {
        std::mem::take(&mut self.0[at].entries)
    }

    /// Takes it back.
    pub(crate) fn put_back(&mut self, at: usize, entries: Vec<T>) {
        self.0[at].entries = entries;
    }

    /// Forgets all, and gives their memory back.
    pub(crate) fn clear(&mut self) -> impl Iterator<Item = Vec<T>> {
        self.0.drain(..).map(|known| known.entries).filter(|entries| entries.capacity() > 0)
    }

    /// How many numbers they hold.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|known| known.entries.capacity()).sum()
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use crate::{Gradients, Tape};

    #[test]
    fn sweep_after_sweep_holds_no_more_memory() {
        // Two recurrent weights over a few steps, as in layers: each is transposed once a sweep.
        let w = [(); 2].map(|()| DMatrix::from_fn(24, 24, |i, j| ((i * 7 + j) % 5) as f32 * 0.01));
        let x = DMatrix::from_element(24, 20, 0.5);
        let (mut tape, mut gradients) = (Tape::<f32>::new(), Gradients::new());
        let mut sweep = || {
            let weights = [tape.leaf(&w[0]), tape.leaf(&w[1])];
            let mut h = tape.constant(&x);
            for _ in 0..5 {
                h = weights.into_iter().fold(h, |h, w| w.matmul(h).tanh());
            }
            tape.backward_into(h.sum(), &mut gradients);
            assert!(weights.iter().all(|&w| gradients.of(w).norm() > 0.0));
            tape.reset();
            gradients.bytes()
        };
        let warm = [(); 3].map(|()| sweep())[2];
        let later = [(); 20].map(|()| sweep())[19];
        assert_eq!(later, warm);
    }
}
