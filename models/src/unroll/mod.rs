//! `Unroll`: the one driver that owns time. Any cell over a sequence: direction, lengths, initial state, regularisers,
//! recording, cuts.

mod blocks;
mod padding;
mod phase;
mod regularizers;
mod unrolled;

#[cfg(test)]
mod hold_tests;
#[cfg(test)]
mod tests;

use autograd::{Scalar, Transient, Var};

use blocks::parts;
pub(crate) use blocks::{BLOCK, blocks, whole_steps};
pub use phase::{Address, Phase};
pub(crate) use unrolled::named;
pub use unrolled::{Series, Unrolled};

use crate::gates::{Gates, HeldGate};
use crate::{Cell, Step, Weights};
use padding::Padding;
use regularizers::Regularizers;

/// A cell about to run over a sequence.
///
/// ```
/// # use autograd::Tape;
/// # use models::{cells::Rnn, Dims, Params};
/// # use nalgebra::DMatrix;
/// let mut params = Params::<f64>::new();
/// let cell = params.place("layers.0.fwd", Rnn::new(Dims { input: 2, hidden: 3, horizon: 10 }), 1);
///
/// let tape = Tape::new();
/// let bound = params.bind(&tape);
/// let x = tape.constant(&DMatrix::from_element(2, 5 * 4, 0.1)); // 5 steps of a batch of 4
/// let run = cell.unroll(&bound).record().run(x, 4);
/// assert_eq!(run.outputs.shape(), (3, 5 * 4));
/// let h = run.part("h").watch(); // ∂L/∂h_t for every t at once
/// let gradients = tape.backward(run.last[0].sum());
/// assert_eq!(gradients.of(h).columns(16, 4).sum(), 3.0 * 4.0);
///
/// // Backwards, over examples of 5, 2, 0 and 3 steps; whatever x holds behind them.
/// let run = cell.unroll(&bound).reverse().lengths(&[5, 2, 0, 3]).run(x, 4);
/// assert_eq!(run.outputs.value().column(2 * 4 + 1).amax(), 0.0); // example 1 has no step 2
/// assert_eq!(run.last[0].value().column(2).amax(), 0.0); // example 2 is where it began
/// ```
#[derive(Debug)]
#[must_use = "nothing runs before `run`"]
pub struct Unroll<'a, 't, T: Scalar> {
    cell: &'a dyn Cell<T>,
    p: Weights<'a, 't, T>,
    initial: Option<Vec<Var<'t, T>>>,
    pub(crate) record: bool,
    held: Vec<HeldGate<'t, T>>,
    cut: Vec<usize>,
    pub(crate) reverse: bool,
    padding: Option<Padding>,
    pub(crate) segment: Option<usize>,
    regularizers: Regularizers,
    pub(crate) phase: Option<Phase>,
}

impl<'a, 't, T: Scalar> Unroll<'a, 't, T> {
    /// `cell` with its parameters on the tape.
    pub fn new(cell: &'a dyn Cell<T>, p: Weights<'a, 't, T>) -> Self {
        Self {
            cell,
            p,
            initial: None,
            record: false,
            held: Vec::new(),
            cut: Vec::new(),
            reverse: false,
            padding: None,
            segment: None,
            regularizers: Regularizers::default(),
            phase: None,
        }
    }

    /// Starts from these states (width × B each, in the cell's order) instead of zeros.
    pub fn initial(mut self, states: &[Var<'t, T>]) -> Self {
        self.initial = Some(states.to_vec());
        self
    }

    /// Goes on where `block` begins.
    pub fn over(self, block: &crate::Block<'_, 't, T>) -> Self {
        let segment = self.segment(block.steps.start);
        if block.states.is_empty() { segment } else { segment.initial(block.states) }
    }

    /// Records every state part and every gate of every step.
    pub fn record(mut self) -> Self {
        self.record = true;
        self
    }

    /// Holds every entry of a gate at `value` in every step, as if somebody's hand were on it: what the cell computes for it
    /// counts for nothing, and no gradient passes it. Which gates there are, the cell says by the names that it gives them.
    ///
    /// With the LSTM's f held at 0, c_t = i_t ∘ g_t is the input's share alone; with i held at 0, c_t = f_t ∘ c_{t−1} is what
    /// is left of the memory. All else is as it was, and the other gates still see x_t and h_{t−1}:
    ///
    /// ```
    /// # use autograd::Tape;
    /// # use models::{cells::Lstm, Dims, Params};
    /// # use nalgebra::DMatrix;
    /// # let mut params = Params::<f64>::new();
    /// # let cell = params.place("layers.0.fwd", Lstm::new(Dims { input: 2, hidden: 3, horizon: 10 }), 1);
    /// # let tape = Tape::new();
    /// # let bound = params.bind(&tape);
    /// # let x = tape.constant(&DMatrix::from_element(2, 5 * 4, 0.1));
    /// let run = cell.unroll(&bound).hold("f", 0.0).record().run(x, 4);
    /// let gate = |name| run.gate(name).value();
    /// assert_eq!(run.part("c").value(), gate("i").component_mul(&gate("g")));
    /// ```
    pub fn hold(mut self, gate: &str, value: f64) -> Self {
        self.held.push(HeldGate { name: gate.into(), value, computed: None });
        self
    }

    /// Cuts the gradient where the step reads the state part `name` of the step before: what remains is the gradient
    /// along the other parts.
    ///
    /// # Panics
    /// If the cell has no such part.
    #[track_caller]
    pub fn cut(mut self, name: &str) -> Self {
        let part = self.part(name);
        self.cut.push(part);
        self
    }

    /// Runs from the last step to the first. Outputs, recorded states and gates stay in the order of the input; `last`
    /// is the state after the input's first step.
    pub fn reverse(mut self) -> Self {
        self.reverse = true;
        self
    }

    /// Example j has `lengths[j]` steps, perhaps none; what stands in x behind them is padding, of any value, and no
    /// output, state or gradient depends on it. Outputs are 0 there, the state waits, and ∂L/∂x is exactly 0. In
    /// [`reverse`](Self::reverse) each example is reversed within its own length.
    ///
    /// In a [`segment`](Self::segment) they are the lengths of the whole sequences.
    pub fn lengths(mut self, lengths: &[usize]) -> Self {
        self.padding = Some(Padding::new(lengths.to_vec()));
        self
    }

    /// Says that x begins at step `first` of a longer sequence, so that masks, lengths and the steps of a traced tape are
    /// those of the whole.
    pub fn segment(mut self, first: usize) -> Self {
        self.segment = Some(first);
        self
    }

    #[track_caller]
    fn part(&self, name: &str) -> usize {
        let about = self.cell.about();
        match about.part(name) {
            Some(part) => part,
            None => panic!("unroll: {} has no state `{name}`; mind its part names", about.name),
        }
    }

    /// Runs over `x`, D × (T·B), time-major. A traced tape is told the layer (the owner of the cell's parameters), the
    /// time step, and the names of gates and state parts. A batch of no examples has outputs and states of no columns.
    ///
    /// # Panics
    /// If x has not D rows, its columns are no multiple of `batch`, an initial state has the wrong shape, there are not as
    /// many lengths as examples or one is beyond T, dropout and zoneout are not told the phase, a gate is held that the
    /// cell does not name, or what is known of the cell has an `output` that is no state part.
    #[track_caller]
    pub fn run(self, x: Var<'t, T>, batch: usize) -> Unrolled<'t, T> {
        let about = self.cell.about();
        let (output, (rows, columns)) = (about.output().0, x.shape());
        assert!(rows == about.input, "unroll: {} reads {} rows, the input has {rows}", about.name, about.input);
        let (tape, steps, start) = (x.tape(), whole_steps("unroll", columns, batch), self.segment.unwrap_or(0));
        let _layer = self.p.layer();
        if let Some(padding) = &self.padding {
            padding.check(batch, self.segment.is_none().then_some(steps));
        }
        let phase = self.regularizers.phase(self.phase);
        let masks = self.regularizers.masks(phase, about.input, about.output_width(), batch);

        let mut states = self.initial_states(x, batch);
        // The output is always stacked, the other parts only if they are recorded.
        let stacked = |part: usize| self.record || part == output;
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
        let mut gates = Gates::new(self.record.then_some(start..start + steps), self.held, tape);
        // Whether a step reads other states than the last one gave, or its own are mixed with those.
        let altered = !self.cut.is_empty() || self.regularizers.act_on_states();
        let (mut before, mut read) = if altered { (states.clone(), states.clone()) } else { (Vec::new(), Vec::new()) };
        let mut next = states.clone();
        // A projection is about as high as the highest parameter.
        let rows = about.specs.iter().map(|spec| spec.shape.0).max().unwrap_or(0).max(about.input);
        let places = blocks(0..steps).flat_map(|block| {
            let start = block.start;
            parts(block, rows * batch).map(move |part| (part.start == start, part))
        });
        for (begins_block, block) in places {
            if begins_block {
                tape.end_gathering();
            }
            // Blocks and k count the steps in the order of the run, t in the order of the input.
            let first = if self.reverse { steps - block.end } else { block.start };
            let projecting = stretch();
            let mut columns = x.columns(first * batch, block.len() * batch);
            if let Some(padding) = &self.padding {
                columns = padding.zeroed(columns, &(start + first..start + first + block.len()));
            }
            let projected = self.cell.project(self.p, self.regularizers.input(&masks, columns));
            for k in block {
                let t = if self.reverse { steps - 1 - k } else { k };
                let (_step, stepping) = (tape.in_step(start + t), stretch());
                if altered {
                    before.copy_from_slice(&states);
                    for &part in &self.cut {
                        before[part] = before[part].detach();
                    }
                    read.copy_from_slice(&before);
                    read[output] = self.regularizers.output(&masks, read[output]);
                }
                let reads = if altered { &mut read } else { &mut states };
                let x = projected.columns((t - first) * batch, batch);
                Step::take(self.cell, self.p, (x, start + t), reads, &mut next, &mut gates);
                if altered {
                    for (part, spec) in about.states.iter().enumerate() {
                        let at = (part, spec.name);
                        next[part] = self.regularizers.mix(at, start + t, phase, before[part], next[part]);
                    }
                }
                if let Some(padding) = &self.padding {
                    // The state that waits is the one before any cut: a short example's gradient goes on.
                    padding.advance(start + t, &states, &mut next);
                }
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

        if let Some(gate) = gates.not_met().next().filter(|_| steps > 0) {
            panic!("unroll: {} names no gate `{gate}` that could be held; mind its gates' names", about.name);
        }
        let finished: Vec<_> = stacks.into_iter().map(|stack| stack.map(|stack| stack.finish())).collect();
        let mut outputs = finished[output].expect("the output is stacked");
        if let Some(padding) = &self.padding {
            outputs = padding.zeroed(outputs, &(start..start + steps));
        }
        let recorded = about.states.iter().zip(&finished).filter(|_| self.record);
        let recorded = recorded.filter_map(|(part, values)| values.map(|values| (part.name, values))).collect();
        Unrolled { outputs, last: states, states: recorded, gates: gates.into_seen(about.name) }
    }

    #[track_caller]
    fn initial_states(&self, x: Var<'t, T>, batch: usize) -> Vec<Var<'t, T>> {
        let about = self.cell.about();
        let states = match &self.initial {
            Some(states) => states.clone(),
            None => about.states.iter().map(|part| x.tape().zeros(part.width, batch).named(part.name)).collect(),
        };
        let (cell, given, count) = (about.name, states.len(), about.states.len());
        assert!(given == count, "unroll: {given} initial states, but {cell} has {count}");
        for (part, state) in about.states.iter().zip(&states) {
            let (name, shape, wanted) = (part.name, state.shape(), (part.width, batch));
            assert!(shape == wanted, "unroll: the initial `{name}` of {cell} is {shape:?}, not {wanted:?}");
        }
        states
    }
}
