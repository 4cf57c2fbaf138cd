//! The search for the first value or gradient that is not finite.
//!
//! A value is looked for when the user asks, since a tape keeps all of them. A gradient is looked for during the sweep,
//! op by op and only on a [traced](Tape::traced) tape, since a sweep keeps few; the check of a gathered product
//! multiplies once more in memory of its own, so no bit of a gradient depends on it.

use nalgebra::{DMatrix, DMatrixView};

use crate::diagnose::{Brief, Found};
use crate::kernels::as_slice;
use crate::tape::{Inner, Kind, Node, Slot};
use crate::{Anomaly, Gradients, Scalar, Sink, Tape, Var};

impl<T: Scalar> Tape<T> {
    /// The first recorded value with an entry that is not finite; a leaf or constant too. `None` if all are finite.
    ///
    /// On a [traced](Tape::traced) tape it knows the line, layer and time step.
    ///
    /// ```
    /// let tape = autograd::Tape::<f64>::traced();
    /// let x = tape.leaf(&nalgebra::dmatrix![1.0, -1.0]).named("x");
    /// x.ln().tanh();
    /// let anomaly = tape.anomaly().expect("ln(−1)");
    /// assert_eq!((anomaly.op, anomaly.entry), ("ln", (0, 1)));
    /// assert!(anomaly.to_string().ends_with("output 1 × 2 in all 0, 1 NaN; input `x` 1 × 2 in −1.00 … 1.00"));
    /// ```
    pub fn anomaly(&self) -> Option<Anomaly> {
        let inner = self.inner.borrow();
        let there = |&id: &u32| !inner.nodes[id as usize].is_dropped();
        let mut ids = (0..inner.nodes.len() as u32).filter(there);
        ids.find_map(|id| describe(&inner, id, Found::Value, inner.view(id), None))
    }
}

impl<T: Scalar> Gradients<T> {
    /// The first gradient that the last sweep found not to be finite, with the op whose backward gave it. `None` if all
    /// were finite.
    ///
    /// ```
    /// let tape = autograd::Tape::<f64>::traced();
    /// let x = tape.leaf(&nalgebra::dmatrix![4.0, 0.0]);
    /// let gradients = tape.backward(x.sqrt().sum());
    /// let anomaly = gradients.anomaly().expect("1 / (2 √0)");
    /// assert!(anomaly.to_string().starts_with("backward of sqrt gave its input the gradient ∞ at row 0, column 1"));
    /// ```
    ///
    /// # Panics
    /// If the last sweep was not over a [traced](Tape::traced) tape: a plain one checks nothing.
    #[track_caller]
    pub fn anomaly(&self) -> Option<&Anomaly> {
        match &self.checks {
            Checks::Off => panic!("gradients: no sweep over a traced tape was made; make the tape with `Tape::traced`"),
            Checks::Finite => None,
            Checks::Found(anomaly) => Some(anomaly),
        }
    }

    /// Starts the checks of a sweep: the seeds.
    pub(super) fn check_seeds(&mut self, inner: &Inner<T>, roots: &[(Var<'_, T>, &DMatrix<T>)]) {
        self.checks = if inner.trace.is_some() { Checks::Finite } else { Checks::Off };
        let of = |(root, seed): &(Var<'_, T>, &DMatrix<T>)| {
            describe(inner, root.index(), Found::Seed, seed.as_view(), Some(seed.as_view()))
        };
        self.checks.note(|| roots.iter().find_map(of));
    }

    /// Ends the checks of a sweep: everything kept.
    pub(super) fn check_sums(&mut self, inner: &Inner<T>) {
        if self.checks.go_on() {
            for (id, slot) in &self.kept {
                self.checks.sum(inner, *id, self.store.get(*slot).unwrap_or_default());
            }
        }
    }
}

/// What the checks of a sweep have found.
#[derive(Debug, Default)]
pub(super) enum Checks {
    /// Nothing is checked: the tape is not traced.
    #[default]
    Off,
    /// All was finite so far.
    Finite,
    /// This came first.
    Found(Box<Anomaly>),
}

impl Checks {
    /// Whether an anomaly is still looked for.
    pub(super) fn go_on(&self) -> bool {
        matches!(self, Self::Finite)
    }

    /// Keeps what `look` finds, if all was finite before.
    fn note(&mut self, look: impl FnOnce() -> Option<Anomaly>) {
        if self.go_on()
            && let Some(anomaly) = look()
        {
            *self = Self::Found(Box::new(anomaly));
        }
    }

    /// Checks the whole gradient of node `id`, each contribution to which was finite.
    pub(super) fn sum<T: Scalar>(&mut self, inner: &Inner<T>, id: u32, gradient: &[T]) {
        self.note(|| {
            let (rows, columns) = inner.nodes[id as usize].slot.shape;
            let gradient = DMatrixView::from_slice(gradient, rows, columns);
            describe(inner, id, Found::Sum, gradient, Some(gradient))
        });
    }

    /// Checks what the op of node `id` has just added to the gradients of its inputs.
    pub(super) fn backward<T: Scalar>(&mut self, inner: &Inner<T>, id: u32, sink: Sink<'_, T>) {
        let of_input = |(k, slot): (usize, &Option<Slot>)| {
            let Slot { shape: (rows, columns), .. } = (*slot)?;
            let describe = |bad| describe(inner, id, Found::Gradient { input: k }, bad, Some(sink.known.dy));
            let product = sink.bad.as_ref().filter(|(of, _)| *of == k).and_then(|(_, bad)| describe(bad.as_view()));
            product.or_else(|| describe(DMatrixView::from_slice(sink.store.get((*slot)?)?, rows, columns)))
        };
        self.note(|| sink.slots.iter().enumerate().find_map(of_input));
    }
}

/// The anomaly of node `id` if `bad` has an entry that is not finite.
fn describe<T: Scalar>(
    inner: &Inner<T>,
    id: u32,
    found: Found,
    bad: DMatrixView<'_, T>,
    gradient: Option<DMatrixView<'_, T>>,
) -> Option<Anomaly> {
    let at = as_slice(&bad).iter().position(|x| !x.is_finite())?;
    let in_tangent = bad[at].re().is_finite();
    let number = if in_tangent { bad[at].tangent() } else { bad[at].re() };
    let node = &inner.nodes[id as usize];
    let brief = |id: u32| {
        let node = &inner.nodes[id as usize];
        // On a tape that is not traced, an input may be gone by now.
        let there = (!node.is_dropped()).then(|| inner.view(id));
        Brief::of(name(inner, id), node.slot.shape, there.as_ref().map_or(&[], as_slice))
    };
    Some(Anomaly {
        found,
        op: node.op_name(),
        origin: inner.trace.as_ref().map(|trace| trace.origin(id)),
        toward: toward(inner, id),
        entry: (at % bad.nrows(), at / bad.nrows()),
        number,
        in_tangent,
        output: brief(id),
        inputs: node.inputs().iter().map(|&input| brief(input)).collect(),
        gradient: gradient.map(|gradient| Brief::of(None, gradient.shape(), as_slice(&gradient))),
    })
}

/// The name of node `id`, or of what it is a view of.
fn name<T: Scalar>(inner: &Inner<T>, mut id: u32) -> Option<String> {
    let trace = inner.trace.as_ref()?;
    while let (None, Node { kind: Kind::View, inputs, .. }) = (trace.name(id), &inner.nodes[id as usize]) {
        id = inputs[0];
    }
    trace.name(id).map(str::to_owned)
}

/// The first named value after node `id`, in its layer and time step, that depends on it.
fn toward<T: Scalar>(inner: &Inner<T>, id: u32) -> Option<String> {
    let trace = inner.trace.as_ref()?;
    if trace.name(id).is_some() {
        return None;
    }
    let scope = |id: u32| (trace.at(id).layer, trace.at(id).step);
    let mut reached = vec![id];
    for later in id + 1..inner.nodes.len() as u32 {
        let node = &inner.nodes[later as usize];
        if scope(later) == scope(id) && node.inputs().iter().any(|input| reached.binary_search(input).is_ok()) {
            if let Some(name) = trace.name(later) {
                return Some(name.to_owned());
            }
            reached.push(later);
        }
    }
    None
}
