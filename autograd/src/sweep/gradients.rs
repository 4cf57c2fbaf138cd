//! `Gradients`, and the reverse sweep that fills them.

use nalgebra::{DMatrix, DMatrixView};

use super::Store;
use super::check::Checks;
use crate::tape::{Inner, Kind, Node, Slot};
use crate::{Known, MAX_INPUTS, NodeId, Scalar, Sink, Tape, Var};

/// ∂L/∂v for every leaf and every [watched](Var::watch) value v.
///
/// The caller owns them: they outlive [`Tape::reset`], and [`Tape::backward_into`] reuses their memory.
#[derive(Debug, Default)]
pub struct Gradients<T: Scalar> {
    generation: u64,
    pub(super) store: Store<T>,
    /// What the last sweep was asked to keep, in node order.
    pub(super) kept: Vec<(u32, Slot)>,
    /// What the last sweep found.
    pub(super) checks: Checks,
    // Scratch of the sweep, kept for its memory.
    needed: Vec<bool>,
    keep: Vec<bool>,
    pending: Vec<u32>,
}

impl<T: Scalar> Gradients<T> {
    /// No gradients yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// ∂L/∂v; zeros where L does not depend on v. `None` if the sweep was not asked for it: v is of another
    /// recording, or neither a leaf nor watched.
    pub fn get(&self, v: impl Into<NodeId>) -> Option<DMatrixView<'_, T>> {
        let NodeId { generation, index } = v.into();
        if generation != self.generation {
            return None;
        }
        let at = self.kept.binary_search_by_key(&index, |(id, _)| *id).ok()?;
        let slot = self.kept[at].1;
        let entries = self.store.get(slot)?;
        Some(DMatrixView::from_slice(entries, slot.shape.0, slot.shape.1))
    }

    /// Bytes held: of gradients that are kept, and of memory for the next sweep.
    pub fn bytes(&self) -> usize {
        self.store.bytes() + self.needed.capacity() + self.keep.capacity()
    }

    /// [`get`](Gradients::get) of a value known to be there.
    ///
    /// # Panics
    /// If the sweep was not asked for it.
    #[track_caller]
    pub fn of(&self, v: impl Into<NodeId>) -> DMatrixView<'_, T> {
        match self.get(v) {
            Some(gradient) => gradient,
            None => panic!(
                "gradients: not kept for this value; make it a leaf or `watch` it before the sweep, \
                 and ask the gradients of the same recording"
            ),
        }
    }
}

impl<T: Scalar> Tape<T> {
    /// Gradients of the 1×1 `root` with respect to every leaf and watched value.
    ///
    /// They are as small as the type can hold, subnormal numbers too; a [flushing](Tape::flushing) tape alone sets what is below its
    /// line to 0 on the way, unless a value is watched. An entry of a gradient that is exactly 0 passes nothing on, whatever its
    /// slopes are, so √0 in one column is no matter for another: only products of matrices multiply a 0 by an ∞ or NaN.
    ///
    /// # Panics
    /// If `root` is not 1×1 or lives on another tape.
    #[track_caller]
    pub fn backward(&self, root: Var<'_, T>) -> Gradients<T> {
        let mut gradients = Gradients::new();
        self.backward_into(root, &mut gradients);
        gradients
    }

    /// [`backward`](Tape::backward) into memory that is already there.
    ///
    /// # Panics
    /// As [`backward`](Tape::backward).
    #[track_caller]
    pub fn backward_into(&self, root: Var<'_, T>, gradients: &mut Gradients<T>) {
        let one = self.unit_seed(root);
        self.sweep(&[(root, &one)], None, gradients);
    }

    /// [`backward_into`](Tape::backward_into) for the values in `wanted` alone: what no wanted value leads to is not
    /// computed.
    ///
    /// # Panics
    /// As [`backward`](Tape::backward).
    #[track_caller]
    pub fn backward_wrt(&self, root: Var<'_, T>, wanted: &[Var<'_, T>], gradients: &mut Gradients<T>) {
        let one = self.unit_seed(root);
        self.sweep(&[(root, &one)], Some(wanted), gradients);
    }

    /// Gradients of Σ ⟨seed, root⟩: the vector–Jacobian product, for roots of any shape.
    ///
    /// # Panics
    /// If a seed has not its root's shape, or a root lives on another tape.
    #[track_caller]
    pub fn vjp(&self, roots: &[(Var<'_, T>, &DMatrix<T>)], gradients: &mut Gradients<T>) {
        self.sweep(roots, None, gradients);
    }

    #[track_caller]
    fn unit_seed(&self, root: Var<'_, T>) -> DMatrix<T> {
        let (rows, columns) = root.shape();
        assert!(
            (rows, columns) == (1, 1),
            "backward: the root is {rows} × {columns}, not 1 × 1; give a seed with `vjp`"
        );
        DMatrix::from_element(1, 1, T::one())
    }

    #[track_caller]
    fn sweep(&self, roots: &[(Var<'_, T>, &DMatrix<T>)], wanted: Option<&[Var<'_, T>]>, gradients: &mut Gradients<T>) {
        for (var, _) in roots {
            assert!(std::ptr::eq(var.tape(), self), "backward: the root lives on another tape");
        }
        for var in wanted.unwrap_or_default() {
            assert!(std::ptr::eq(var.tape(), self), "backward: a wanted value lives on another tape");
        }
        let inner = self.inner.borrow();
        gradients.generation = self.generation;
        gradients.store.begin(&inner.buffers, if wanted.is_none() { inner.line() } else { T::zero() });
        gradients.mark(&inner, wanted);
        gradients.store.steps.begin(&inner.stepwise, &gradients.kept);
        for (var, seed) in roots {
            let slot = inner.nodes[var.index() as usize].slot;
            assert!(
                seed.shape() == slot.shape,
                "backward: the root is {:?} but its seed {:?}",
                slot.shape,
                seed.shape()
            );
            gradients.store.steps.note_other(slot);
            for (grad, &seed) in gradients.store.grad(slot).iter_mut().zip(seed.as_slice()) {
                *grad += seed;
            }
        }
        gradients.check_seeds(&inner, roots);
        if let Some(last) = roots.iter().map(|(var, _)| var.index()).max() {
            if !inner.stepwise.is_empty() {
                inner.nodes[last as usize + 1..]
                    .iter()
                    .rev()
                    .for_each(|node| gradients.store.steps.note_nothing(&inner.nodes, node));
            }
            let mut breaks = inner.breaks.iter().rev().skip_while(|&&end| end > last).peekable();
            for id in (0..=last).rev() {
                gradients.step(&inner, id);
                if breaks.next_if_eq(&&id).is_some() {
                    gradients.store.multiply_all();
                }
            }
        }
        gradients.store.multiply_all();
        gradients.store.steps.expect_whole_steps();
        for (_, slot) in &gradients.kept {
            gradients.store.grad(*slot);
        }
        gradients.check_sums(&inner);
    }
}

impl<T: Scalar> Gradients<T> {
    /// Marks what to keep, and which nodes lead to something kept.
    fn mark(&mut self, inner: &Inner<T>, wanted: Option<&[Var<'_, T>]>) {
        self.kept.clear();
        self.needed.clear();
        self.keep.clear();
        self.keep.resize(inner.buffers.len(), false);
        match wanted {
            None => {
                let asked = |node: &Node<T>| node.watched || matches!(node.kind, Kind::Leaf);
                let ids = inner.nodes.iter().enumerate().filter(|(_, node)| asked(node));
                self.kept.extend(ids.map(|(id, node)| (id as u32, node.slot)));
            }
            Some(wanted) => {
                let slot = |id: u32| inner.nodes[id as usize].slot;
                self.kept.extend(wanted.iter().map(|var| (var.index(), slot(var.index()))));
                self.kept.sort_by_key(|(id, _)| *id);
                self.kept.dedup_by_key(|(id, _)| *id);
            }
        }
        for (_, slot) in &self.kept {
            self.keep[slot.buffer as usize] = true;
        }
        // Whatever shares a kept buffer counts as asked for, so that all of the buffer's gradient is there.
        self.needed.resize(inner.nodes.len(), false);
        self.pending.extend(self.kept.iter().map(|(id, _)| *id));
        while let Some(id) = self.pending.pop() {
            if !std::mem::replace(&mut self.needed[id as usize], true) {
                let node = &inner.nodes[id as usize];
                match node.kind {
                    Kind::Stack { members: (start, end) } => {
                        self.pending.extend(&inner.members[start as usize..end as usize]);
                    }
                    Kind::View => self.pending.extend(node.inputs()),
                    _ => {}
                }
            }
        }
        for (id, node) in inner.nodes.iter().enumerate() {
            let needed = &self.needed;
            let leads = match node.kind {
                Kind::Stack { members: (start, end) } => {
                    inner.members[start as usize..end as usize].iter().any(|&m| needed[m as usize])
                }
                _ => node.inputs().iter().any(|&input| needed[input as usize]),
            };
            self.needed[id] |= leads;
        }
    }

    /// Passes the gradient of node `id` on to its inputs.
    fn step(&mut self, inner: &Inner<T>, id: u32) {
        let node = &inner.nodes[id as usize];
        let slot = node.slot;
        let store = &mut self.store;
        if let Kind::Computed { op, saved: (saved_at, saved) } = &node.kind
            && self.needed[id as usize]
        {
            store.multiply_for(slot.buffer);
            if store.reached(slot) {
                let mut lent = store.lend(slot);
                self.checks.sum(inner, id, &lent);
                let keep = self.keep[slot.buffer as usize];
                let left =
                    if op.multiplies() { store.flush(slot, &mut lent) } else { lent.iter().any(|dy| !dy.is_zero()) };
                // A gradient that has vanished for good has nothing to pass on.
                if !left {
                    store.steps.note_nothing(&inner.nodes, node);
                    store.give_back(slot, lent, keep);
                    self.leave(inner, id);
                    return;
                }
                let dy = DMatrixView::from_slice(&lent, slot.shape.0, slot.shape.1);
                let ids = node.inputs();
                let (mut inputs, mut slots) = ([DMatrixView::from_slice(&[], 0, 0); MAX_INPUTS], [None; MAX_INPUTS]);
                for ((input, slot), &id) in inputs.iter_mut().zip(&mut slots).zip(ids) {
                    *input = inner.view(id);
                    *slot = self.needed[id as usize].then(|| inner.nodes[id as usize].slot);
                }
                let (inputs, slots) = (&inputs[..ids.len()], &slots[..ids.len()]);
                let kept = inner.values.get(*saved_at, saved.0 * saved.1).expect("what an op saves is kept");
                let saved = DMatrixView::from_slice(kept, saved.0, saved.1);
                let known = Known { inputs, y: inner.view(id), dy, saved };
                let traced = self.checks.go_on();
                let mut sink = Sink { slots, known: &known, store, traced, heir: None, bad: None };
                op.backward(&known, &mut sink);
                let heir = sink.heir.and_then(|k| slots[k]);
                self.checks.backward(inner, id, sink);
                match heir {
                    Some(heir) => {
                        store.steps.note_other(heir);
                        if keep {
                            store.add(heir, &lent);
                            store.give_back(slot, lent, keep);
                        } else {
                            store.hand_over(heir, lent);
                        }
                    }
                    None => store.give_back(slot, lent, keep),
                }
            } else {
                store.steps.note_nothing(&inner.nodes, node);
            }
        }
        self.leave(inner, id);
    }

    /// Releases the buffer of node `id` if no earlier node lives in it.
    fn leave(&mut self, inner: &Inner<T>, id: u32) {
        let buffer = inner.nodes[id as usize].slot.buffer;
        if inner.buffers[buffer as usize].first == id && !self.keep[buffer as usize] {
            self.store.release(buffer);
        }
    }
}
