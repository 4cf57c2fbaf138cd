use nalgebra::{DMatrix, DMatrixView};

use super::node::{Kind, Slot};
use crate::{Scalar, Shape, Tape};

/// A matrix on a [`Tape`]: a handle that is `Copy`, and whose methods record ops.
///
/// | | methods |
/// |---|---|
/// | the value, and where it is from | [`value`](Self::value) [`read`](Self::read) [`item`](Self::item) [`shape`](Self::shape) [`tape`](Self::tape) [`id`](Self::id) [`is_dropped`](Self::is_dropped) [`named`](Self::named) [`origin`](Self::origin) |
/// | which gradients are kept, and what passes back | [`watch`](Self::watch) [`watch_steps`](Self::watch_steps) [`detach`](Self::detach) [`scale_grad`](Self::scale_grad) [`hook`](Self::hook) |
/// | numbers, entry by entry | `a + b` `a - b` `a * b` `a / b` `-a` [`scale`](Self::scale) [`shift`](Self::shift) [`one_minus`](Self::one_minus) [`maximum`](Self::maximum) [`minimum`](Self::minimum) [`select`](Self::select) |
/// | functions of one number | [`abs`](Self::abs) [`exp`](Self::exp) [`ln`](Self::ln) [`sqrt`](Self::sqrt) [`square`](Self::square) [`pow`](Self::pow) [`sin`](Self::sin) [`cos`](Self::cos) [`clamp`](Self::clamp) |
/// | activations | [`sigmoid`](Self::sigmoid) [`tanh`](Self::tanh) [`relu`](Self::relu) [`leaky_relu`](Self::leaky_relu) [`elu`](Self::elu) [`gelu`](Self::gelu) [`silu`](Self::silu) [`softplus`](Self::softplus) [`dropout`](Self::dropout) |
/// | products | [`matmul`](Self::matmul) [`matmul_tn`](Self::matmul_tn) [`matmul_nt`](Self::matmul_nt) [`affine`](Self::affine) [`outer`](Self::outer) [`dot`](Self::dot) |
/// | more linear algebra | [`solve`](Self::solve) [`transpose`](Self::transpose) [`trace`](Self::trace) |
/// | a bias or factor for every row or column | [`add_bias`](Self::add_bias) [`add_row`](Self::add_row) [`scale_rows`](Self::scale_rows) [`scale_columns`](Self::scale_columns) |
/// | every column by itself | [`softmax`](Self::softmax) [`log_softmax`](Self::log_softmax) [`layer_norm`](Self::layer_norm) |
/// | sums and means | [`sum`](Self::sum) [`sum_rows`](Self::sum_rows) [`sum_columns`](Self::sum_columns) [`mean`](Self::mean) [`mean_rows`](Self::mean_rows) [`mean_columns`](Self::mean_columns) |
/// | other reductions | [`max`](Self::max) [`max_rows`](Self::max_rows) [`max_columns`](Self::max_columns) [`log_sum_exp`](Self::log_sum_exp) [`log_sum_exp_rows`](Self::log_sum_exp_rows) [`norm`](Self::norm) |
/// | parts | [`columns`](Self::columns) [`split_columns`](Self::split_columns) [`slice_rows`](Self::slice_rows) [`split_rows`](Self::split_rows) [`gather_columns`](Self::gather_columns) |
/// | other arrangements | [`reshape`](Self::reshape) [`copied`](Self::copied) [`concat_rows`](Tape::concat_rows) [`concat_columns`](Tape::concat_columns) |
/// | time | [`delay`](Self::delay) [`reverse_time`](Self::reverse_time) [`stack`](Tape::stack) |
/// | images | [`conv1d`](Self::conv1d) [`conv2d`](Self::conv2d) [`max_pool2d`](Self::max_pool2d) [`average_pool2d`](Self::average_pool2d) |
/// | losses of classes | [`softmax_cross_entropy`](Self::softmax_cross_entropy) [`softmax_cross_entropy_weighted`](Self::softmax_cross_entropy_weighted) |
/// | | [`sigmoid_cross_entropy`](Self::sigmoid_cross_entropy) [`sigmoid_cross_entropy_weighted`](Self::sigmoid_cross_entropy_weighted) |
/// | losses of real numbers | [`mean_squared_error`](Self::mean_squared_error) [`mean_squared_error_weighted`](Self::mean_squared_error_weighted) |
/// | | [`mean_absolute_error`](Self::mean_absolute_error) [`mean_absolute_error_weighted`](Self::mean_absolute_error_weighted) |
/// | | [`huber`](Self::huber) [`huber_weighted`](Self::huber_weighted) |
pub struct Var<'t, T: Scalar> {
    tape: &'t Tape<T>,
    id: u32,
}

/// A node's name after its tape was reset: what [`Gradients`](crate::Gradients) are asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    pub(crate) generation: u64,
    pub(crate) index: u32,
}

impl<T: Scalar> Clone for Var<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Scalar> Copy for Var<'_, T> {}

impl<T: Scalar> std::fmt::Debug for Var<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (rows, columns) = self.shape();
        write!(f, "Var #{} ({rows} × {columns})", self.id)
    }
}

impl<T: Scalar> From<Var<'_, T>> for NodeId {
    fn from(var: Var<'_, T>) -> Self {
        var.id()
    }
}

impl<'t, T: Scalar> Var<'t, T> {
    pub(crate) fn new(tape: &'t Tape<T>, id: u32) -> Self {
        Self { tape, id }
    }

    /// The tape it lives on.
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }

    pub(crate) fn index(self) -> u32 {
        self.id
    }

    /// Its name, which stays valid after a reset.
    pub fn id(self) -> NodeId {
        NodeId { generation: self.tape.generation, index: self.id }
    }

    /// (rows, columns).
    pub fn shape(self) -> Shape {
        self.tape.inner.borrow().nodes[self.id as usize].slot.shape
    }

    /// A copy of the value.
    ///
    /// # Panics
    /// If it was dropped at the end of a [`Transient`](crate::Transient) stretch.
    #[track_caller]
    pub fn value(self) -> DMatrix<T> {
        self.read(|value| value.clone_owned())
    }

    /// Looks at the value in place. `look` must not record on the same tape.
    ///
    /// # Panics
    /// If it was dropped at the end of a [`Transient`](crate::Transient) stretch.
    #[track_caller]
    pub fn read<R>(self, look: impl FnOnce(DMatrixView<'_, T>) -> R) -> R {
        let inner = self.tape.inner.borrow();
        inner.nodes[self.id as usize].expect_there("read");
        look(inner.view(self.id))
    }

    /// The number in a 1×1 value.
    ///
    /// # Panics
    /// If it is not 1×1.
    #[track_caller]
    pub fn item(self) -> T {
        let shape = self.shape();
        assert!(shape == (1, 1), "item: the value is {} × {}, not 1 × 1", shape.0, shape.1);
        self.read(|value| value[(0, 0)])
    }

    /// Asks sweeps to keep this value's gradient, though it is no leaf.
    pub fn watch(self) -> Self {
        let mut inner = self.tape.inner.borrow_mut();
        inner.nodes[self.id as usize].watched = true;
        inner.looked_at = true;
        drop(inner);
        self
    }

    /// The same value, in the same memory, that no gradient passes.
    #[must_use]
    #[track_caller]
    pub fn detach(self) -> Self {
        let mut inner = self.tape.inner.borrow_mut();
        let node = &mut inner.nodes[self.id as usize];
        node.expect_there("detach");
        node.viewed = true;
        let (value, shape) = (node.value, node.slot.shape);
        let id = inner.push(Kind::Constant, &[], value, shape);
        Self { id, ..self }
    }

    /// Columns `start .. start + count`, in the same memory: its gradient is written straight into this value's.
    ///
    /// # Panics
    /// If the value has fewer columns.
    #[track_caller]
    pub fn columns(self, start: usize, count: usize) -> Self {
        let mut inner = self.tape.inner.borrow_mut();
        let node = &mut inner.nodes[self.id as usize];
        node.expect_there("columns");
        let (rows, columns) = node.slot.shape;
        let end = start.saturating_add(count);
        if end > columns {
            panic!("columns: {start}..{end} of a {rows} × {columns} value");
        }
        node.viewed = true;
        let value = node.value.advance(start * rows);
        let slot = Slot { buffer: node.slot.buffer, offset: node.slot.offset + start * rows, shape: (rows, count) };
        let id = inner.push_in(Kind::View, &[self.id], value, slot);
        Self { id, ..self }
    }

    /// Its columns in N parts of one width, in the same memory.
    ///
    /// # Panics
    /// If its columns are no multiple of N.
    #[track_caller]
    pub fn split_columns<const N: usize>(self) -> [Self; N] {
        let columns = self.shape().1;
        assert!(columns.is_multiple_of(N), "split_columns: {columns} columns in {N} parts");
        let width = columns / N;
        let mut parts = [self; N];
        for (k, part) in parts.iter_mut().enumerate() {
            *part = self.columns(k * width, width);
        }
        parts
    }
}
