//! `Sink`: how an op's backward hands out gradients, one input at a time.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::Scalar;
use crate::node::Slot;
use crate::op::MAX_INPUTS;
use crate::store::Store;

/// Where an op adds the gradients of its inputs.
///
/// It lends one input's gradient at a time, so an op whose inputs are one value (x·x) needs no care.
#[derive(Debug)]
pub struct Sink<'a, T: Scalar> {
    pub(crate) slots: &'a [Option<Slot>],
    pub(crate) inputs: &'a [DMatrixView<'a, T>],
    pub(crate) dout: DMatrixView<'a, T>,
    pub(crate) store: &'a mut Store<T>,
    /// Bit 4k + j: `outer(k, j)` was asked for.
    pub(crate) products: u16,
}

impl<T: Scalar> Sink<'_, T> {
    /// Whether input `k`'s gradient is wanted; if not, an op can spare itself the work.
    pub fn wants(&self, k: usize) -> bool {
        self.slots[k].is_some()
    }

    /// The gradient of input `k` so far, in the shape of the input, to *add* to; `None` if it is not wanted.
    pub fn grad(&mut self, k: usize) -> Option<DMatrixViewMut<'_, T>> {
        let slot = self.slots[k]?;
        self.store.note_other(slot);
        Some(DMatrixViewMut::from_slice(self.store.grad(slot), slot.shape.0, slot.shape.1))
    }

    /// grad_k += dout · input_jᵀ, performed now or gathered over several calls and multiplied at once.
    ///
    /// The weight of a recurrent product takes one such contribution from every time step: gathered, its gradient
    /// is read and written once for many steps. The order is fixed: it *defines* the gradient's bits.
    ///
    /// # Panics
    /// If dout · input_jᵀ has not the shape of input k.
    #[track_caller]
    pub fn outer(&mut self, k: usize, j: usize) {
        if let Some(slot) = self.slots[k] {
            let product = (self.dout.nrows(), self.inputs[j].nrows());
            assert!(slot.shape == product, "outer: input {k} is {:?}, the product {product:?}", slot.shape);
            self.products |= 1 << (MAX_INPUTS * k + j);
            self.store.outer(slot, self.dout, self.inputs[j]);
        }
    }
}
