//! `Sink`: how an op's backward hands out gradients, one input at a time.

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};

use crate::Scalar;
use crate::kernels::Operand;
use crate::node::Slot;
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
    /// Whether products are looked at one by one, on a traced tape.
    pub(crate) traced: bool,
    /// The first product with an entry that is not finite, and for which input it was.
    pub(crate) bad: Option<(usize, DMatrix<T>)>,
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
        self.outer_of(k, self.dout, self.inputs[j]);
    }

    /// grad_k += dy · xᵀ, performed or gathered as [`outer`](Self::outer) does: for an op that takes a product inside and
    /// knows the gradient dy of that product.
    ///
    /// # Panics
    /// If dy · xᵀ has not the shape of input k.
    #[track_caller]
    pub fn outer_of(&mut self, k: usize, dy: DMatrixView<'_, T>, x: DMatrixView<'_, T>) {
        let Some(slot) = self.slots[k] else { return };
        let product = (dy.nrows(), x.nrows());
        assert!(
            slot.shape == product && dy.ncols() == x.ncols(),
            "outer: input {k} is {:?}, the product that of {:?} and {:?} transposed",
            slot.shape,
            dy.shape(),
            x.shape()
        );
        if self.traced && self.bad.is_none() {
            let mut product = DMatrix::zeros(slot.shape.0, slot.shape.1);
            T::gemm(T::one(), Operand::plain(dy), Operand::transposed(x), T::zero(), &mut product.as_view_mut());
            if product.iter().any(|x| !x.is_finite()) {
                self.bad = Some((k, product));
            }
        }
        self.store.outer(slot, dy, x);
    }

    /// A `rows × columns` matrix of arbitrary numbers to compute in, from the sweep's memory; hand it back with
    /// [`recycle`](Self::recycle), so that a sweep over many steps allocates it once.
    pub fn scratch(&mut self, rows: usize, columns: usize) -> DMatrix<T> {
        DMatrix::from_vec(rows, columns, self.store.scratch(rows * columns))
    }

    /// Takes back what [`scratch`](Self::scratch) gave.
    pub fn recycle(&mut self, scratch: DMatrix<T>) {
        self.store.recycle(scratch.data.into());
    }
}
