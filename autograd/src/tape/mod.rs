pub(crate) mod arena;
mod flushing;
mod memory;
mod node;
mod op;
mod origins;
mod transient;
mod var;

pub(crate) use node::{Buffer, Kind, Node, Slot};
pub use op::{Known, MAX_INPUTS, Op, Reads, same_shape};
pub(crate) use origins::Origins;
pub use origins::Scope;
pub use transient::Transient;
pub use var::{NodeId, Var};

use std::cell::RefCell;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

use nalgebra::{Const, DMatrix, DMatrixView, DMatrixViewMut, Dyn};
use smallbox::smallbox;

use self::arena::{Place, Region};
use self::memory::{Memory, Places};
use self::node::InlineOp;
use crate::sweep::Store;
use crate::{Scalar, Shape};

/// The arena on which a computation is recorded.
///
/// Index order is topological order, so the backward sweep is one loop, nothing recurses, and depth is bounded by
/// memory alone. [`Var`]s borrow the tape, so a handle that outlives [`Tape::reset`] does not compile:
///
/// ```compile_fail,E0502
/// let mut tape = autograd::Tape::<f64>::new();
/// let x = tape.leaf(&nalgebra::DMatrix::zeros(1, 1));
/// tape.reset();
/// x.tanh(); // the tape was borrowed by `x`
/// ```
#[derive(Debug)]
pub struct Tape<T: Scalar> {
    pub(crate) inner: RefCell<Inner<T>>,
    pub(crate) generation: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Inner<T: Scalar> {
    pub(crate) nodes: Vec<Node<T>>,
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) members: Vec<u32>,
    /// The values of `watch_steps`, each with the columns of a step.
    pub(crate) stepwise: Vec<(u32, usize)>,
    /// Where gathering ends: the number of nodes recorded before each such place.
    pub(crate) breaks: Vec<u32>,
    pub(crate) values: Memory<T>,
    /// The values in scratch memory, in order.
    pub(crate) scratched: Vec<u32>,
    /// One column of NaN, as long as the longest there is: what is shown of a value that was dropped.
    nan: Vec<T>,
    /// Whether the tape is flushing.
    flushes: bool,
    /// Whether somebody looks at a gradient within the recording: a value is watched, or has a hook.
    pub(crate) looked_at: bool,
    /// Where each node was recorded, if the tape is traced.
    pub(crate) trace: Option<Box<Origins>>,
}

/// A different number for every tape and every reset of it, so that a gradient is never asked for another's node.
fn next_generation() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl<T: Scalar> Default for Tape<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar> Tape<T> {
    /// An empty tape.
    pub fn new() -> Self {
        Self { inner: RefCell::default(), generation: next_generation() }
    }

    /// A copy of `value` whose gradient a sweep computes.
    #[track_caller]
    pub fn leaf(&self, value: &DMatrix<T>) -> Var<'_, T> {
        self.source(Kind::Leaf, value.shape(), |entries| entries.copy_from_slice(value.as_slice()))
    }

    /// A copy of `value` that no gradient passes.
    #[track_caller]
    pub fn constant(&self, value: &DMatrix<T>) -> Var<'_, T> {
        self.source(Kind::Constant, value.shape(), |entries| entries.copy_from_slice(value.as_slice()))
    }

    /// A `rows × columns` constant of zeros.
    #[track_caller]
    pub fn zeros(&self, rows: usize, columns: usize) -> Var<'_, T> {
        self.source(Kind::Constant, (rows, columns), |entries| entries.fill(T::zero()))
    }

    #[track_caller]
    fn source(&self, kind: Kind<T>, shape: Shape, write: impl FnOnce(&mut [T])) -> Var<'_, T> {
        let mut inner = self.inner.borrow_mut();
        let len = shape.0 * shape.1;
        let place = inner.values.alloc(len);
        write(inner.values.get_mut(place, len));
        let id = inner.push(kind, &[], place, shape);
        drop(inner);
        Var::new(self, id)
    }

    /// Computes `op` of `inputs` and remembers how: what every method of [`Var`] calls, and a user's own op too.
    ///
    /// # Panics
    /// At the caller's line, with the op's name and all shapes, if the shapes do not fit, and if an input lives on
    /// another tape or there are more than [`MAX_INPUTS`].
    #[track_caller]
    pub fn record<'t>(&'t self, op: impl Op<T>, inputs: &[Var<'t, T>]) -> Var<'t, T> {
        let mut ids = [0; MAX_INPUTS];
        let mut shapes = [(0, 0); MAX_INPUTS];
        let arity = inputs.len();
        if arity > MAX_INPUTS {
            panic!("{}: {arity} inputs, but a node has at most {MAX_INPUTS}", op.name());
        }
        let reads = op.reads();
        let mut inner = self.inner.borrow_mut();
        for (k, input) in inputs.iter().enumerate() {
            if !std::ptr::eq(input.tape(), self) {
                panic!("{}: input {k} lives on another tape", op.name());
            }
            ids[k] = input.index();
            let node = &mut inner.nodes[ids[k] as usize];
            node.expect_there(op.name());
            node.read |= reads.inputs[k];
            shapes[k] = node.slot.shape;
        }
        let (ids, shapes) = (&ids[..arity], &shapes[..arity]);
        let shape = match op.output_shape(shapes) {
            Ok(shape) => shape,
            Err(what) => {
                drop(inner);
                panic!("{}: {what}; inputs are {shapes:?}", op.name())
            }
        };
        let saved = op.saved_shape(shapes);
        let places = inner.forward(&op, ids, shape, saved, reads.output);
        let op: InlineOp<T> = smallbox!(op);
        let id = inner.push(Kind::Computed { op, saved: (places.saved, saved) }, ids, places.out, shape);
        inner.nodes[id as usize].read = reads.output;
        drop(inner);
        Var::new(self, id)
    }

    /// How many values are recorded.
    pub fn len(&self) -> usize {
        self.inner.borrow().nodes.len()
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held, for values and for what is remembered of them: those in use and those kept for the next recording.
    pub fn bytes(&self) -> usize {
        let inner = self.inner.borrow();
        inner.values.bytes()
            + inner.nodes.capacity() * size_of::<Node<T>>()
            + inner.buffers.capacity() * size_of::<Buffer>()
            + inner.members.capacity() * size_of::<u32>()
    }

    /// Bytes of this recording: its values, what is remembered of them, and what a sweep notes of each value. Memory
    /// grows in leaps, so up to twice as much may be held.
    pub fn used_bytes(&self) -> usize {
        let inner = self.inner.borrow();
        inner.values.used_bytes()
            + inner.nodes.len() * (size_of::<Node<T>>() + 1)
            + inner.buffers.len() * (size_of::<Buffer>() + Store::<T>::BYTES_PER_BUFFER)
            + inner.members.len() * size_of::<u32>()
    }

    /// Of the [used bytes](Self::used_bytes) those of the values.
    pub fn used_value_bytes(&self) -> usize {
        self.inner.borrow().values.used_bytes()
    }

    /// Makes room for `bytes` bytes of values, in one piece and no more, if nothing was recorded yet. Without it memory grows in
    /// leaps.
    pub fn reserve(&self, bytes: usize) {
        self.inner.borrow_mut().values.reserve(bytes.div_ceil(size_of::<T>()));
    }

    /// Ends the gathering of weight gradients here: a sweep performs the products of everything recorded later before it
    /// passes this place.
    ///
    /// The products that a sweep gathers, and so the bits of a weight's gradient, then do not depend on what was
    /// recorded earlier. A sequence recorded in pieces, from the last to the first, has the bits of the whole if every
    /// piece begins at such a place.
    pub fn end_gathering(&self) {
        let mut inner = self.inner.borrow_mut();
        let here = inner.nodes.len() as u32;
        if inner.breaks.last() != Some(&here) {
            inner.breaks.push(here);
        }
    }

    /// Forgets everything recorded and keeps the memory. All [`Var`]s must be gone; [`Gradients`](crate::Gradients)
    /// may stay.
    pub fn reset(&mut self) {
        self.generation = next_generation();
        let inner = self.inner.get_mut();
        inner.nodes.clear();
        inner.buffers.clear();
        inner.members.clear();
        inner.stepwise.clear();
        inner.breaks.clear();
        inner.scratched.clear();
        inner.looked_at = false;
        inner.values.reset();
        if let Some(trace) = &mut inner.trace {
            trace.clear();
        }
    }
}

impl<T: Scalar> Inner<T> {
    /// Runs `op` into fresh memory: its output, and what it saves.
    fn forward(&mut self, op: &impl Op<T>, inputs: &[u32], shape: Shape, saved: Shape, reads_output: bool) -> Places {
        let (out_len, saved_len) = (shape.0 * shape.1, saved.0 * saved.1);
        let places = self.values.alloc_for_op(out_len, saved_len, reads_output);
        let (readable, out, kept) = self.values.split(places, out_len, saved_len);
        let nodes = &self.nodes;
        let mut views = [DMatrixView::from_slice(&[], 0, 0); MAX_INPUTS];
        for (view, &id) in views.iter_mut().zip(inputs) {
            let Node { value, slot, .. } = &nodes[id as usize];
            *view = DMatrixView::from_slice(readable.get(*value, slot.len()), slot.shape.0, slot.shape.1);
        }
        op.forward(
            &views[..inputs.len()],
            DMatrixViewMut::from_slice(out, shape.0, shape.1),
            DMatrixViewMut::from_slice(kept, saved.0, saved.1),
        );
        places
    }

    /// Appends a node with a gradient buffer of its own.
    #[track_caller]
    pub(crate) fn push(&mut self, kind: Kind<T>, inputs: &[u32], value: Place, shape: Shape) -> u32 {
        let buffer = self.buffers.len() as u32;
        self.buffers.push(Buffer { len: shape.0 * shape.1, first: self.nodes.len() as u32 });
        self.push_in(kind, inputs, value, Slot { buffer, offset: 0, shape })
    }

    /// Appends a node whose gradient lives in `slot`.
    #[track_caller]
    pub(crate) fn push_in(&mut self, kind: Kind<T>, inputs: &[u32], value: Place, slot: Slot) -> u32 {
        let id = u32::try_from(self.nodes.len()).expect("fewer than 2³² nodes on a tape");
        let mut array = [0; MAX_INPUTS];
        array[..inputs.len()].copy_from_slice(inputs);
        let arity = inputs.len() as u8;
        if let Some(trace) = &mut self.trace {
            trace.note(Location::caller());
        }
        if value.region == Region::Scratch {
            self.scratched.push(id);
            self.nan.resize(self.nan.len().max(slot.shape.0), T::from_f64(f64::NAN));
        }
        self.nodes.push(Node { kind, inputs: array, arity, watched: false, viewed: false, read: false, value, slot });
        id
    }

    /// The value of node `id`. One that was dropped has its shape, and NaN for entries.
    pub(crate) fn view(&self, id: u32) -> DMatrixView<'_, T> {
        let Node { value, slot: Slot { shape: (rows, columns), .. }, .. } = self.nodes[id as usize];
        match self.values.get(value, rows * columns) {
            Some(entries) => DMatrixView::from_slice(entries, rows, columns),
            None => {
                // Stride 0: one column serves as all of them.
                let (shape, strides) = ((Dyn(rows), Dyn(columns)), (Const::<1>, Dyn(0)));
                DMatrixView::from_slice_with_strides_generic(&self.nan, shape.0, shape.1, strides.0, strides.1)
            }
        }
    }
}
