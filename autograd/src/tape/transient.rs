use super::arena::{Mark, Region};
use crate::{Scalar, Tape, Var};

/// A stretch of a recording that keeps only what backward reads, from [`Tape::transient`] to [`end`](Self::end). Stretches
/// may be nested.
///
/// Most values of a long recording are read once, by the next op, and never again: backward of a sum reads nothing, that of
/// tanh reads its output. Each op says what it reads ([`Op::reads`](crate::Op::reads)). Inside a stretch the other values lie
/// in scratch memory, the same for every stretch, so it stays in the processor's cache; at the end they are dropped. The
/// gradients are the same to the bit.
///
/// ```
/// let tape = autograd::Tape::<f64>::new();
/// let x = tape.leaf(&nalgebra::dmatrix![0.5]);
/// let stretch = tape.transient();
/// let a = x.scale(2.0); // read by nobody
/// let y = a.shift(1.0).tanh(); // read by its own backward
/// let z = y.scale(3.0); // kept
/// stretch.end(&[z]);
/// assert!(a.is_dropped() && !y.is_dropped() && !z.is_dropped());
/// assert!((tape.backward(z).of(x)[0] - 6.0 * (1.0 - 2f64.tanh().powi(2))).abs() < 1e-14);
/// ```
#[derive(Debug)]
#[must_use = "a stretch that is not ended keeps every value"]
pub struct Transient<'t, T: Scalar> {
    tape: &'t Tape<T>,
    /// `None` on a traced tape, which keeps every value.
    begin: Option<(Mark, usize)>,
}

impl<T: Scalar> Tape<T> {
    /// Begins a stretch at whose end values are dropped, but for those that backward reads and those that are asked for.
    /// A [traced](Tape::traced) tape drops none: its values are there to be looked at.
    pub fn transient(&self) -> Transient<'_, T> {
        let mut inner = self.inner.borrow_mut();
        let begin = if inner.trace.is_some() { None } else { Some((inner.values.open(), inner.scratched.len())) };
        Transient { tape: self, begin }
    }
}

impl<'t, T: Scalar> Transient<'t, T> {
    /// Ends it. The values in `keep` stay; so do leaves, constants and steps of a stack. To look at a dropped value, or to
    /// compute with it, panics.
    pub fn end(mut self, keep: &[Var<'t, T>]) {
        self.close(Some(keep));
    }

    fn close(&mut self, keep: Option<&[Var<'t, T>]>) {
        let Some((mark, start)) = self.begin.take() else { return };
        let inner = &mut *self.tape.inner.borrow_mut();
        for id in inner.scratched.drain(start.min(inner.scratched.len())..) {
            let node = &mut inner.nodes[id as usize];
            let from = node.value;
            if from.region != Region::Scratch {
                continue; // moved into a stack since
            }
            if node.read || keep.is_none_or(|keep| keep.iter().any(|var| var.index() == id)) {
                let len = node.slot.len();
                node.value = inner.values.alloc(len);
                inner.values.copy(from, node.value, len);
            } else {
                node.value.region = Region::Dropped;
            }
        }
        inner.values.close(mark);
    }
}

impl<T: Scalar> Drop for Transient<'_, T> {
    fn drop(&mut self) {
        self.close(None);
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Whether the value was dropped at the end of a [`Transient`] stretch.
    pub fn is_dropped(self) -> bool {
        self.tape().inner.borrow().nodes[self.index() as usize].is_dropped()
    }
}
