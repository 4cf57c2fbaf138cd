//! `UnrollStack`: a stack of layers over a sequence.

use autograd::Var;

use super::{Direction, Lane, Recurrent};
use crate::unroll::named;
use crate::{CellScalar, Phase, Series, Unroll, Unrolled, Weights};

/// A stack about to run over a sequence: what `unroll` of a [placed](crate::Placed) stack gives.
#[derive(Debug)]
#[must_use = "nothing runs before `run`"]
pub struct UnrollStack<'a, 't, T: CellScalar> {
    stack: &'a Recurrent,
    p: Weights<'a, 't, T>,
    initial: Option<&'a [Var<'t, T>]>,
    lengths: Option<&'a [usize]>,
    segment: Option<usize>,
    phase: Option<Phase>,
    record: bool,
    held: Vec<(&'a str, f64)>,
    cut: Vec<&'a str>,
}

/// A stack that has run over T steps of a batch of B.
#[derive(Debug)]
#[non_exhaustive]
pub struct UnrolledStack<'t, T: CellScalar> {
    /// The outputs of the last layer, [`output_width`](Recurrent::output_width) × (T·B), time-major; 0 at padded steps.
    pub outputs: Var<'t, T>,
    /// Every state part after each example's last step (of a reverse direction: after the input's first), in the order of
    /// [`Recurrent::states`]: width × B each.
    pub last: Vec<Var<'t, T>>,
    /// Every layer and direction by itself, in the order of the states, with what was recorded of it. The outputs are the
    /// cell's own: before the residual sum and before dropout.
    pub lanes: Vec<Unrolled<'t, T>>,
    /// Those of a layer.
    directions: &'static [Direction],
}

impl<'t, T: CellScalar> UnrolledStack<'t, T> {
    /// The recorded states of one part, by its full name, such as `layers.0.fwd.c`; of a single layer in one direction the
    /// cell's name for it will do.
    ///
    /// # Panics
    /// As [`Unrolled::part`].
    #[track_caller]
    pub fn part(&self, name: &str) -> Var<'t, T> {
        self.recorded("state", name, |lane| &lane.states)
    }

    /// The recorded values of one gate, by its full name, such as `layers.0.fwd.f`; of a single layer in one direction the
    /// cell's name for it will do.
    ///
    /// # Panics
    /// As [`Unrolled::gate`].
    #[track_caller]
    pub fn gate(&self, name: &str) -> Var<'t, T> {
        self.recorded("gate", name, |lane| &lane.gates)
    }

    #[track_caller]
    fn recorded(
        &self,
        what: &str,
        name: &str,
        of: impl for<'l> Fn(&'l Unrolled<'t, T>) -> &'l Vec<Series<'t, T>>,
    ) -> Var<'t, T> {
        let by_own_name = self.lanes.len() == 1 && !name.contains('.');
        let mut all = Vec::new();
        for (k, lane) in self.lanes.iter().enumerate() {
            let (layer, direction) = (k / self.directions.len(), self.directions[k % self.directions.len()]);
            let of_lane = if by_own_name { String::new() } else { format!("layers.{layer}.{direction}.") };
            all.extend(of(lane).iter().map(|(own, values)| (format!("{of_lane}{own}"), *values)));
        }
        named(what, name, &all)
    }
}

impl<'a, 't, T: CellScalar> UnrollStack<'a, 't, T> {
    pub(super) fn new(stack: &'a Recurrent, p: Weights<'a, 't, T>) -> Self {
        Self {
            stack,
            p,
            initial: None,
            lengths: None,
            segment: None,
            phase: None,
            record: false,
            held: Vec::new(),
            cut: Vec::new(),
        }
    }

    /// Starts from these states (width × B each, in the order of [`Recurrent::states`]) instead of zeros or the learned
    /// ones.
    pub fn initial(mut self, states: &'a [Var<'t, T>]) -> Self {
        self.initial = Some(states);
        self
    }

    /// The examples' lengths, as in [`Unroll::lengths`], in every layer.
    pub fn lengths(mut self, lengths: &'a [usize]) -> Self {
        self.lengths = Some(lengths);
        self
    }

    /// Where in a longer sequence x begins, as in [`Unroll::segment`].
    pub fn segment(mut self, first: usize) -> Self {
        self.segment = Some(first);
        self
    }

    /// Training or evaluation. The layer numbers of the masks begin at the address's, two for each layer.
    pub fn phase(mut self, phase: Phase) -> Self {
        self.phase = Some(phase);
        self
    }

    /// Goes on where `block` begins.
    pub fn over(self, block: &crate::Block<'a, 't, T>) -> Self {
        let segment = self.segment(block.steps.start);
        if block.states.is_empty() { segment } else { segment.initial(block.states) }
    }

    /// Records every state part and every gate of every layer.
    pub fn record(mut self) -> Self {
        self.record = true;
        self
    }

    /// [Holds](Unroll::hold) every entry of a gate at `value`: of one layer and direction by its full name, such as
    /// `layers.0.fwd.f`, or of all by the cell's, such as `f`.
    pub fn hold(mut self, gate: &'a str, value: f64) -> Self {
        self.held.push((gate, value));
        self
    }

    /// [Cuts](Unroll::cut) the gradient where a step reads the state part `name`: of one layer and direction by its full
    /// name, such as `layers.0.fwd.c`, or of all by the cell's, such as `c`.
    pub fn cut(mut self, name: &'a str) -> Self {
        self.cut.push(name);
        self
    }

    /// Runs over `x`, D × (T·B), time-major.
    ///
    /// # Panics
    /// As [`Unroll::run`] and [`Unroll::cut`], if the number of initial states is another, or if what is held or cut is in
    /// a layer or direction that is not there.
    #[track_caller]
    pub fn run(self, x: Var<'t, T>, batch: usize) -> UnrolledStack<'t, T> {
        let config = &self.stack.config;
        if let Some(initial) = self.initial {
            let (given, wanted) = (initial.len(), self.stack.states().count());
            assert!(given == wanted, "stack: {given} initial states, not {wanted}; `Recurrent::states` names them");
        }
        for name in self.held.iter().map(|(gate, _)| gate).chain(&self.cut) {
            let there = self.stack.lanes.iter().any(|lane| lane.own(name).is_some());
            assert!(there, "stack: no layer or direction has `{name}`; a full name begins as layers.0.fwd does");
        }
        let mut initial = self.initial;
        let (mut p, mut y) = (self.p, x);
        let (mut last, mut lanes) = (Vec::new(), Vec::new());
        for layer in self.stack.lanes.chunks(config.directions().len()) {
            let below = y;
            let x = if layer[0].layer > 0 { self.dropped(below, layer[0].layer - 1, batch) } else { below };
            let mut outputs = Vec::with_capacity(layer.len());
            for lane in layer {
                let (own, others) = p.split_at(lane.params());
                p = others;
                let given = initial.map(|states| states.split_at(lane.cell.about().states.len()));
                initial = given.map(|(_, others)| others);
                let run = self.unroll(lane, own, given.map(|(own, _)| own), batch).run(x, batch);
                outputs.push(run.outputs);
                last.extend_from_slice(&run.last);
                lanes.push(run);
            }
            y = match outputs[..] {
                [only] => only,
                _ => x.tape().concat_rows(&outputs),
            };
            if config.residual && layer[0].layer > 0 {
                y = y + below;
            }
        }
        UnrolledStack { outputs: y, last, lanes, directions: config.directions() }
    }

    /// One direction of one layer.
    #[track_caller]
    fn unroll(
        &self,
        lane: &'a Lane,
        p: Weights<'a, 't, T>,
        initial: Option<&[Var<'t, T>]>,
        batch: usize,
    ) -> Unroll<'a, 't, T> {
        let (config, about) = (&self.stack.config, lane.cell.about());
        let (own, learned) = p.split_at(about.specs.iter().count());
        let mut unroll = Unroll::new(T::cell(&*lane.cell), own)
            .input_dropout(config.input_dropout)
            .recurrent_dropout(config.recurrent_dropout);
        for ((part, z), alpha) in about.states.iter().zip(&lane.zoneout).zip(&lane.leaky) {
            unroll = unroll.zoneout(part.name, *z).leaky(part.name, *alpha);
        }
        if let Some(states) = initial {
            unroll = unroll.initial(states);
        } else if config.learned_initial {
            let states: Vec<_> =
                learned.vars().iter().map(|s| s.tape().zeros(s.shape().0, batch).add_bias(*s)).collect();
            unroll = unroll.initial(&states);
        }
        for (gate, value) in self.held.iter().filter_map(|(gate, value)| Some((lane.own(gate)?, *value))) {
            unroll = unroll.hold(gate, value);
        }
        for part in self.cut.iter().filter_map(|part| lane.own(part)) {
            unroll = unroll.cut(part);
        }
        if let Some(lengths) = self.lengths {
            unroll = unroll.lengths(lengths);
        }
        unroll.reverse = lane.direction == Direction::Reverse;
        unroll.segment = self.segment;
        unroll.record = self.record;
        unroll.phase = self.phase.map(|phase| phase.layers_on(2 * lane.layer as u64 + u64::from(unroll.reverse)));
        unroll
    }

    /// The outputs of layer `layer` as the next one reads them.
    #[track_caller]
    fn dropped(&self, y: Var<'t, T>, layer: usize, batch: usize) -> Var<'t, T> {
        let (p, places) = (self.stack.config.dropout, (self.segment.unwrap_or(0), batch));
        match self.phase {
            Some(phase) => phase.layers_on(2 * layer as u64).dropout(y, "dropout", places, p),
            None if p <= 0.0 => y,
            None => panic!("stack: dropout needs a phase; call `phase` before `run`"),
        }
    }
}
