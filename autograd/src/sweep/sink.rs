use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};

use super::store::Store;
use crate::kernels::{Operand, add_columns, as_mut_slice, as_slice, columns};
use crate::tape::Slot;
use crate::{Known, Scalar, Shape};

/// Where an op adds the gradients of its inputs.
///
/// It lends one input's gradient at a time, so an op whose inputs are one value (x·x) needs no care.
#[derive(Debug)]
pub struct Sink<'a, T: Scalar> {
    pub(crate) slots: &'a [Option<Slot>],
    pub(crate) known: &'a Known<'a, T>,
    pub(crate) store: &'a mut Store<T>,
    /// The input that takes dy over when the op is done.
    pub(crate) heir: Option<usize>,
    /// Whether products are looked at one by one, on a traced tape.
    pub(crate) traced: bool,
    /// The first product with an entry that is not finite, and for which input it was.
    pub(crate) bad: Option<(usize, DMatrix<T>)>,
}

/// The left factor of an outer product while an op computes it; see [`Sink::begin_outer`].
#[doc(hidden)] // public for the fused steps of `models` alone; no promise is made of it
#[derive(Debug)]
pub struct Outer<T> {
    memory: Vec<T>,
    start: usize,
    shape: Shape,
    gathered: bool,
}

impl<T: Scalar> Outer<T> {
    /// Its entries so far: arbitrary numbers at first, all of which must be overwritten.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.memory[self.start..self.start + self.shape.0 * self.shape.1]
    }

    /// As a matrix.
    pub fn view(&self) -> DMatrixView<'_, T> {
        let entries = &self.memory[self.start..self.start + self.shape.0 * self.shape.1];
        DMatrixView::from_slice(entries, self.shape.0, self.shape.1)
    }
}

impl<T: Scalar> Sink<'_, T> {
    /// Whether input `k`'s gradient is wanted; if not, an op can spare itself the work.
    pub fn wants(&self, k: usize) -> bool {
        self.slots[k].is_some()
    }

    /// The gradient of input `k` so far, in the shape of the input, to *add* to; `None` if it is not wanted.
    pub fn grad(&mut self, k: usize) -> Option<DMatrixViewMut<'_, T>> {
        let slot = self.slots[k]?;
        self.store.steps.note_other(slot);
        Some(DMatrixViewMut::from_slice(self.store.grad(slot), slot.shape.0, slot.shape.1))
    }

    /// [`grad`](Self::grad), and whether nothing was added to it before: then it holds arbitrary numbers, and the op must
    /// overwrite every entry instead of adding to it.
    pub fn fresh_or_grad(&mut self, k: usize) -> Option<(DMatrixViewMut<'_, T>, bool)> {
        let slot = self.slots[k]?;
        self.store.steps.note_other(slot);
        let fresh = self.store.fresh(slot).is_some();
        Some((DMatrixViewMut::from_slice(self.store.grad(slot), slot.shape.0, slot.shape.1), fresh))
    }

    /// grad_k += dy for every k in `inputs`: one of them takes the memory of dy over, and nothing is copied.
    ///
    /// # Panics
    /// If one of them has not as many entries as the output.
    #[track_caller]
    pub fn pass_on(&mut self, inputs: &[usize]) {
        let dy = self.known.dy;
        for &k in inputs {
            let Some(slot) = self.slots[k] else { continue };
            assert!(slot.len() == dy.len(), "pass_on: input {k} has {} entries, not {}", slot.len(), dy.len());
            if self.heir.is_none() && !self.traced && self.store.takes_over(slot) {
                self.heir = Some(k);
            } else {
                self.add(k, as_slice(&dy));
            }
        }
    }

    /// grad_k += `by`, entry by entry, column after column. For less than through [`grad`](Self::grad) where nothing was
    /// added before.
    ///
    /// # Panics
    /// If input k has not as many entries.
    #[track_caller]
    pub fn add(&mut self, k: usize, by: &[T]) {
        if let Some(slot) = self.slots[k] {
            assert!(slot.len() == by.len(), "add: input {k} has {} entries, not {}", slot.len(), by.len());
            self.store.steps.note_other(slot);
            self.store.add(slot, by);
        }
    }

    /// Where this sweep draws the line below which it [flushes](Scalar::flushed); 0 if it cuts nothing.
    #[doc(hidden)] // public for the fused steps of `models` alone; no promise is made of it
    pub fn line(&self) -> T {
        self.store.line()
    }

    /// grad_k += what `f` writes, column after column: all of its entries, and none that [`Scalar::flushed`] would change
    /// with the [`line`](Self::line) of this sweep. Where nothing was added before they are written in place, and the sweep
    /// need not flush them again. It runs even if the gradient is not wanted, so that a loop may write two results at once.
    #[doc(hidden)] // public for the fused steps of `models` alone; no promise is made of it
    pub fn add_flushed(&mut self, k: usize, f: impl FnOnce(&mut [T])) {
        if let Some(slot) = self.slots[k] {
            self.store.steps.note_other(slot);
            let line = self.line();
            if let Some(grad) = self.store.fresh_flushed(slot) {
                f(grad);
                debug_assert!(
                    grad.iter().all(|dx| dx.flushed(line) == *dx || !dx.is_finite()),
                    "add_flushed: input {k} is given what `flushed` would change"
                );
                return;
            }
        }
        let mut by = self.store.scratch(self.known.inputs[k].len());
        f(&mut by);
        if let Some(slot) = self.slots[k] {
            self.store.add(slot, &by);
        }
        self.store.recycle(by);
    }

    /// grad_k += A B, now. For less than through [`grad`](Self::grad) where nothing was added before.
    ///
    /// # Panics
    /// If A B has not the shape of input k.
    #[track_caller]
    pub fn product(&mut self, k: usize, a: Operand<'_, T>, b: Operand<'_, T>) {
        if let Some(slot) = self.slots[k] {
            let product = (a.shape().0, b.shape().1);
            assert!(slot.shape == product, "product: input {k} is {:?}, the product {product:?}", slot.shape);
            self.store.steps.note_other(slot);
            self.store.add_product(slot, a, b);
        }
    }

    /// grad_k += input_jᵀ · dy, now: what passes back through a product with input j. For less than
    /// [`product`](Self::product) where the sweep meets the same input j again and again, as it does a recurrent weight.
    ///
    /// # Panics
    /// If input_jᵀ · dy has not the shape of input k.
    #[track_caller]
    pub fn pass_back(&mut self, k: usize, j: usize, dy: DMatrixView<'_, T>) {
        if let Some(slot) = self.slots[k] {
            let product = (self.known.inputs[j].ncols(), dy.ncols());
            assert!(slot.shape == product, "pass_back: input {k} is {:?}, the product {product:?}", slot.shape);
            self.store.steps.note_other(slot);
            self.store.add_transposed_product(slot, self.known.inputs[j], dy);
        }
    }

    /// grad_k += Σ over the columns of `dy`, for a bias: added up in [`Scalar::Wide`] and rounded once.
    ///
    /// # Panics
    /// If input k is not one column of as many rows.
    #[track_caller]
    pub fn sum_columns(&mut self, k: usize, dy: DMatrixView<'_, T>) {
        if let Some(mut db) = self.grad(k) {
            assert!(db.shape() == (dy.nrows(), 1), "sum_columns: input {k} is {:?}, dy {:?}", db.shape(), dy.shape());
            add_columns(as_mut_slice(&mut db), columns(&dy).map(|dy| [dy]), T::narrow);
        }
    }

    /// grad_k += dy · input_jᵀ, performed now or gathered over several calls and multiplied at once.
    ///
    /// The weight of a recurrent product takes one such contribution from every time step: gathered, its gradient
    /// is read and written once for many steps. The order is fixed: it *defines* the gradient's bits.
    ///
    /// # Panics
    /// If dy · input_jᵀ has not the shape of input k.
    #[track_caller]
    pub fn outer(&mut self, k: usize, j: usize) {
        self.outer_of(k, self.known.dy, self.known.inputs[j]);
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

    /// Where an op computes the dy (rows of input k × `columns`) of a coming [`outer_of`](Self::outer_of), in the place where
    /// it is gathered: to be filled, read, and handed to [`end_outer`](Self::end_outer).
    #[doc(hidden)] // public for the fused steps of `models` alone; no promise is made of it
    pub fn begin_outer(&mut self, k: usize, columns: usize) -> Outer<T> {
        let shape = (self.known.inputs[k].nrows(), columns);
        let len = shape.0 * shape.1;
        match self.slots[k].filter(|_| !self.traced && !Store::<T>::is_wide(shape.0, columns)) {
            Some(slot) => {
                let (memory, start) = self.store.lend_room(slot, len);
                Outer { memory, start, shape, gathered: true }
            }
            None => Outer { memory: self.store.scratch(len), start: 0, shape, gathered: false },
        }
    }

    /// grad_k += dy · xᵀ, as [`outer_of`](Self::outer_of) does, with the dy that [`begin_outer`](Self::begin_outer) began for
    /// the same k.
    ///
    /// # Panics
    /// If x has not the columns of input k as its rows, or not as many columns as dy.
    #[doc(hidden)] // public for the fused steps of `models` alone; no promise is made of it
    #[track_caller]
    pub fn end_outer(&mut self, k: usize, dy: Outer<T>, x: DMatrixView<'_, T>) {
        let wanted = (self.known.inputs[k].ncols(), dy.shape.1);
        assert!(x.shape() == wanted, "end_outer: x is {:?}, but dy and input {k} ask for {wanted:?}", x.shape());
        match self.slots[k] {
            Some(slot) if dy.gathered => {
                self.store.steps.note_product(slot, dy.view(), x);
                self.store.take_room(slot, dy.memory, dy.shape.0 * dy.shape.1, x);
            }
            _ => {
                self.outer_of(k, dy.view(), x);
                self.store.recycle(dy.memory);
            }
        }
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

#[cfg(test)]
mod tests;
