//! What a tape remembers of one value.

use smallbox::SmallBox;

use super::arena::{Place, Region};
use crate::{MAX_INPUTS, Op, Shape};

/// Small ops live inside the node.
pub(crate) type InlineOp<T> = SmallBox<dyn Op<T>, [usize; 4]>;

/// Which part of which gradient buffer belongs to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) buffer: u32,
    pub(crate) offset: usize,
    pub(crate) shape: Shape,
}

impl Slot {
    pub(crate) fn len(&self) -> usize {
        self.shape.0 * self.shape.1
    }
}

/// One gradient buffer: a node's own, or shared by a node and its views, or by the steps of a stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buffer {
    pub(crate) len: usize,
    /// The lowest node that lives in it: after its backward, nothing reads the buffer any more.
    pub(crate) first: u32,
}

#[derive(Debug)]
pub(crate) enum Kind<T: crate::Scalar> {
    /// A value whose gradient is wanted.
    Leaf,
    /// A value that no gradient passes.
    Constant,
    /// Computed by an op, with the place and shape of what it saved.
    Computed { op: InlineOp<T>, saved: (Place, Shape) },
    /// A part of its one input, sharing its memory.
    View,
    /// All steps of a stack, sharing their memory: a range of the tape's `members`.
    Stack { members: (u32, u32) },
}

#[derive(Debug)]
pub(crate) struct Node<T: crate::Scalar> {
    pub(crate) kind: Kind<T>,
    pub(crate) inputs: [u32; MAX_INPUTS],
    pub(crate) arity: u8,
    pub(crate) watched: bool,
    /// Whether another node shares its memory, so that it must stay where it is.
    pub(crate) viewed: bool,
    /// Whether the backward of some op reads the value.
    pub(crate) read: bool,
    pub(crate) value: Place,
    pub(crate) slot: Slot,
}

impl<T: crate::Scalar> Node<T> {
    pub(crate) fn inputs(&self) -> &[u32] {
        &self.inputs[..self.arity as usize]
    }

    /// Whether the value was dropped at the end of a transient stretch.
    pub(crate) fn is_dropped(&self) -> bool {
        self.value.region == Region::Dropped
    }

    /// # Panics
    /// If the value was dropped.
    #[track_caller]
    pub(crate) fn expect_there(&self, what: &str) {
        if self.is_dropped() {
            let (rows, columns) = self.slot.shape;
            panic!(
                "{what}: the {rows} × {columns} value of `{}` was dropped at the end of its transient stretch; keep it there",
                self.op_name()
            );
        }
    }

    /// What messages and graphs call the op.
    pub(crate) fn op_name(&self) -> &'static str {
        match &self.kind {
            Kind::Leaf => "leaf",
            Kind::Constant => "constant",
            Kind::Computed { op, .. } => op.name(),
            Kind::View => "columns",
            Kind::Stack { .. } => "stack",
        }
    }
}
