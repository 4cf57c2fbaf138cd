//! `Unroll`: the one driver that owns time. Any cell over a sequence: initial state, recording, cuts.

use std::ops::Range;

use autograd::{Scalar, Transient, Var};

use crate::{Cell, GateSeries, Gates, Weights};

/// K, the steps of a block: the driver projects the input of so many steps at once, and a weight's gradient is gathered
/// over no more. It defines the bits of every gradient, so it is fixed.
pub(crate) const BLOCK: usize = 16;

/// `0 .. steps` in blocks of [`BLOCK`], counted from the end: the first may be shorter.
pub(crate) fn blocks(steps: usize) -> impl ExactSizeIterator<Item = Range<usize>> + DoubleEndedIterator {
    let first = steps % BLOCK;
    (0..steps.div_ceil(BLOCK)).map(move |k| {
        let end = if first == 0 { (k + 1) * BLOCK } else { first + k * BLOCK };
        end.saturating_sub(BLOCK)..end
    })
}

/// A cell about to run over a sequence.
///
/// ```
/// # use autograd::Tape;
/// # use models::{cells::Rnn, Dims, Params, Describe, Unroll};
/// # use nalgebra::DMatrix;
/// let cell = Rnn::new(Dims { input: 2, hidden: 3, horizon: 10 });
/// let mut params = Params::<f64>::new();
/// let group = params.add("layers.0.fwd", &cell.about().specs, 1);
///
/// let tape = Tape::new();
/// let bound = params.bind(&tape);
/// let x = tape.constant(&DMatrix::from_element(2, 5 * 4, 0.1)); // 5 steps of a batch of 4
/// let run = Unroll::new(&cell, bound.of(group)).record().run(x, 4);
/// assert_eq!(run.outputs.shape(), (3, 5 * 4));
/// let h = run.part("h").watch(); // ∂L/∂h_t for every t at once
/// let gradients = tape.backward(run.last[0].sum());
/// assert_eq!(gradients.of(h).columns(16, 4).sum(), 3.0 * 4.0);
/// ```
#[derive(Debug)]
pub struct Unroll<'a, 't, T: Scalar> {
    cell: &'a dyn Cell<T>,
    p: Weights<'a, 't, T>,
    initial: Option<Vec<Var<'t, T>>>,
    record: bool,
    cut: Vec<usize>,
}

/// A cell that has run over T steps of a batch of B.
#[derive(Debug)]
pub struct Unrolled<'t, T: Scalar> {
    /// The output part of every step: width × (T·B), time-major.
    pub outputs: Var<'t, T>,
    /// Every state part after the last step (the initial ones if T = 0): width × B each.
    pub last: Vec<Var<'t, T>>,
    /// If recorded: every state part of every step, by name: width × (T·B), time-major. Watch one, and a sweep
    /// gives ∂L/∂state for every step.
    pub states: Vec<(&'static str, Var<'t, T>)>,
    /// If recorded: every gate that the cell names.
    pub gates: Vec<GateSeries<'t, T>>,
}

impl<'t, T: Scalar> Unrolled<'t, T> {
    /// The recorded states of one part.
    ///
    /// # Panics
    /// If nothing was recorded or the cell has no such part.
    #[track_caller]
    pub fn part(&self, name: &str) -> Var<'t, T> {
        match self.states.iter().find(|(part, _)| *part == name) {
            Some((_, values)) => *values,
            None => panic!("unroll: no recorded state `{name}`; call `record`, and mind the cell's part names"),
        }
    }
}

impl<'a, 't, T: Scalar> Unroll<'a, 't, T> {
    /// `cell` with its parameters on the tape.
    pub fn new(cell: &'a dyn Cell<T>, p: Weights<'a, 't, T>) -> Self {
        Self { cell, p, initial: None, record: false, cut: Vec::new() }
    }

    /// Starts from these states (width × B each, in the cell's order) instead of zeros.
    pub fn initial(mut self, states: &[Var<'t, T>]) -> Self {
        self.initial = Some(states.to_vec());
        self
    }

    /// Records every state part and every gate of every step.
    pub fn record(mut self) -> Self {
        self.record = true;
        self
    }

    /// Cuts the gradient where the step reads the state part `name` of the step before: what remains is the gradient
    /// along the other parts.
    ///
    /// # Panics
    /// If the cell has no such part.
    #[track_caller]
    pub fn cut(mut self, name: &str) -> Self {
        match self.cell.about().part(name) {
            Some(part) => self.cut.push(part),
            None => panic!("unroll: {} has no state `{name}` to cut", self.cell.about().name),
        }
        self
    }

    /// Runs over `x`, D × (T·B), time-major. A traced tape is told the layer (the owner of the cell's parameters), the
    /// time step, and the names of gates and state parts.
    ///
    /// # Panics
    /// If x has not D rows, its columns are no multiple of `batch`, or an initial state has the wrong shape.
    #[track_caller]
    pub fn run(self, x: Var<'t, T>, batch: usize) -> Unrolled<'t, T> {
        let about = self.cell.about();
        let (rows, columns) = x.shape();
        assert!(rows == about.input, "unroll: {} reads {} rows, the input has {rows}", about.name, about.input);
        assert!(batch > 0 && columns % batch == 0, "unroll: {columns} columns are no whole steps of {batch}");
        let (tape, steps) = (x.tape(), columns / batch);
        let _layer = self.p.layer();

        let mut states = match self.initial {
            Some(states) => states,
            None => about.states.iter().map(|part| tape.zeros(part.width, batch).named(part.name)).collect(),
        };
        assert!(
            states.len() == about.states.len(),
            "unroll: {} initial states, not {}",
            states.len(),
            about.states.len()
        );
        for (part, state) in about.states.iter().zip(&states) {
            let (shape, wanted) = (state.shape(), (part.width, batch));
            assert!(shape == wanted, "unroll: the initial `{}` is {shape:?}, not {wanted:?}", part.name);
        }

        // The output is always stacked, the other parts only if they are recorded.
        let stacked = |part: usize| self.record || part == about.output;
        let mut stacks: Vec<_> = about
            .states
            .iter()
            .enumerate()
            .map(|(part, spec)| stacked(part).then(|| tape.stack(spec.width, batch, steps)))
            .collect();
        // Nobody looks at the values within a step, unless they are recorded.
        let stretch = || (!self.record).then(|| tape.transient());
        let end = |stretch: Option<Transient<'t, T>>, keep: &[Var<'t, T>]| {
            if let Some(stretch) = stretch {
                stretch.end(keep);
            }
        };
        let mut gates = Gates::new(self.record);
        let mut next = Vec::with_capacity(states.len());
        for block in blocks(steps) {
            tape.end_gathering();
            let projecting = stretch();
            let columns = x.columns(block.start * batch, block.len() * batch);
            let projected = self.cell.project(self.p, columns);
            for t in block.clone() {
                let (_step, stepping) = (tape.in_step(t), stretch());
                for &part in &self.cut {
                    states[part] = states[part].detach();
                }
                next.clear();
                let column = (t - block.start) * batch;
                self.cell.step(self.p, projected.columns(column, batch), &states, &mut next, &mut gates);
                assert!(
                    next.len() == states.len(),
                    "{}: a step gave {} states, not {}",
                    about.name,
                    next.len(),
                    states.len()
                );
                for ((new, stack), part) in next.iter_mut().zip(&mut stacks).zip(&about.states) {
                    if let Some(stack) = stack {
                        *new = stack.put(t, *new);
                    }
                    new.named(part.name);
                }
                end(stepping, &next);
                std::mem::swap(&mut states, &mut next);
            }
            end(projecting, &states);
        }

        let finished: Vec<_> = stacks.into_iter().map(|stack| stack.map(|stack| stack.finish())).collect();
        let outputs = finished[about.output].expect("the output is stacked");
        let recorded = about.states.iter().zip(&finished).filter(|_| self.record);
        let recorded = recorded.filter_map(|(part, values)| values.map(|values| (part.name, values))).collect();
        Unrolled { outputs, last: states, states: recorded, gates: gates.into_seen() }
    }
}
