//! Truncated gradients against their definition.

use std::ops::Range;

use autograd::Tape;

use super::*;
use crate::cells::Rnn;
use crate::{Block, BlockEnd, Describe, Dims, Placed, Recorded, Specs, Unroll, Whole};

const DIMS: Dims = Dims { input: 2, hidden: 3, horizon: 10 };
const STEPS: usize = 11;
const BATCH: usize = 2;

struct Study {
    cell: Rnn,
    params: Params<f64>,
    group: Placed<Specs>,
    x: DMatrix<f64>,
    initial: [DMatrix<f64>; 1],
}

impl Study {
    fn new() -> Self {
        let (cell, mut params) = (Rnn::new(DIMS), Params::new());
        let group = params.place("cell", cell.about().specs.clone(), 1);
        let x = DMatrix::from_fn(2, STEPS * BATCH, |i, j| ((3 * i + j) as f64).sin());
        Self { cell, params, group, x, initial: [DMatrix::from_element(3, BATCH, 0.2)] }
    }

    /// What is swept: these steps, from the initial state where they begin at 0.
    fn sequence(&self, steps: Range<usize>) -> Recorded<impl for<'t> Fn(Block<'_, 't, f64>) -> BlockEnd<'t, f64>> {
        Recorded::new(BATCH, steps, |block| {
            let x = self.x.columns(block.steps.start * BATCH, block.steps.len() * BATCH).into_owned();
            let first = [block.tape.constant(&self.initial[0])];
            let states = if block.states.is_empty() { &first } else { block.states };
            let unroll = Unroll::new(&self.cell, self.group.on(block.bound)).initial(states);
            let run = unroll.run(block.tape.constant(&x), BATCH);
            BlockEnd::new(run.last, Some((run.outputs * run.outputs).sum()))
        })
        .carrying()
    }

    /// Loss, gradients and last states of all steps at once.
    fn swept(&self, k1: usize, k2: usize) -> (Swept<f64>, ParamGrads<f64>) {
        let mut engine = Truncated::new(k1, k2);
        let swept = engine.sweep(&self.params, &self.sequence(0..STEPS), &[]).expect("it can");
        (swept, engine.gradients().clone())
    }

    /// Σ_b g_b from its definition: each window by itself on a tape, from the state that a plain run has there.
    fn by_definition(&self, k1: usize, k2: usize) -> ParamGrads<f64> {
        let (mut sum, mut one) = (ParamGrads::zeros(&self.params), ParamGrads::zeros(&self.params));
        let run = |tape: &Tape<f64>, states: &[DMatrix<f64>], steps: Range<usize>, new: usize| {
            let bound = self.params.bind(tape);
            let states: Vec<_> = states.iter().map(|s| tape.constant(s)).collect();
            let x = self.x.columns(steps.start * BATCH, steps.len() * BATCH).into_owned();
            let run = Unroll::new(&self.cell, self.group.on(&bound)).initial(&states).run(tape.constant(&x), BATCH);
            let outputs = run.outputs.columns((new - steps.start) * BATCH, (steps.end - new) * BATCH);
            let gradients = tape.backward((outputs * outputs).sum());
            let mut grads = ParamGrads::zeros(&self.params);
            grads.read(&bound, &gradients);
            (grads, run.last[0].value())
        };
        let mut before = 0;
        while before < STEPS {
            let end = (before + k1).min(STEPS);
            let start = before.saturating_sub(k2 - k1);
            let (_, state) = run(&Tape::new(), &self.initial, 0..start, start);
            (one, _) = run(&Tape::new(), &[state], start..end, before);
            sum.add(&one);
            before = end;
        }
        drop(one);
        sum
    }
}

#[test]
fn every_truncation_is_its_definition() {
    let study = Study::new();
    let (plain, _) = study.swept(STEPS, STEPS);
    for (k1, k2) in [(1, 1), (1, 4), (2, 3), (3, 3), (3, 4), (3, 7), (4, 20), (11, 11), (5, 10)] {
        let (swept, gradients) = study.swept(k1, k2);
        for (found, expected) in gradients.iter().zip(study.by_definition(k1, k2).iter()) {
            assert!((found - expected).amax() < 1e-12, "k1 = {k1}, k2 = {k2}: {found} {expected}");
        }
        assert!((swept.loss - plain.loss).abs() < 1e-12);
    }
}

#[test]
fn where_nothing_is_cut_off_it_is_the_whole_bit_by_bit() {
    let study = Study::new();
    let mut whole = Whole::default();
    let swept = whole.sweep(&study.params, &study.sequence(0..STEPS), &[]).expect("it can");
    for k in [STEPS, STEPS + 5] {
        let mut engine = Truncated::new(k, k);
        let found = engine.sweep(&study.params, &study.sequence(0..STEPS), &[]).expect("it can");
        assert_eq!((&found, engine.gradients()), (&swept, whole.gradients()));
    }
}

#[test]
fn a_truncated_gradient_is_another() {
    let study = Study::new();
    assert!((study.swept(1, 1).1.norm() - study.swept(STEPS, STEPS).1.norm()).abs() > 1e-3);
}

#[test]
fn an_update_may_follow_every_sweep() {
    let mut study = Study::new();
    let windows = |study: &mut Study, rate: f64| {
        let (mut engine, mut carried) = (Truncated::new(3, 5), Vec::new());
        let (mut loss, mut sum) = (0.0, ParamGrads::zeros(&study.params));
        for steps in [0..3, 3..6, 6..9, 9..11] {
            let swept = engine.sweep(&study.params, &study.sequence(steps), &carried).expect("it can");
            (loss, carried) = (loss + swept.loss, swept.carried);
            sum.add(engine.gradients());
            study.params.iter_mut().zip(engine.gradients().iter()).for_each(|(p, g)| p.value -= g * rate);
        }
        (loss, sum)
    };
    let (loss, sum) = windows(&mut study, 0.0);
    let (swept, gradients) = study.swept(3, 5);
    assert!((loss - swept.loss).abs() < 1e-12);
    assert!(sum.iter().zip(gradients.iter()).all(|(a, b)| (a - b).amax() < 1e-14), "no update: the sum");

    let (trained, _) = windows(&mut study, 0.05);
    assert!(trained < loss, "the losses shrink on the way");
    assert!(study.swept(3, 5).0.loss < trained, "and after it");
}

#[test]
fn no_steps_change_nothing() {
    let study = Study::new();
    let mut engine = Truncated::new(2, 2);
    let swept = engine.sweep(&study.params, &study.sequence(0..0), &[]);
    assert_eq!(swept, Ok(Swept { loss: 0.0, carried: Vec::new() }));
    assert_eq!(engine.gradients(), &ParamGrads::zeros(&study.params));
}

#[test]
#[should_panic(expected = "truncated BPTT: k1 = 3 and k2 = 2, but 1 ≤ k1 ≤ k2")]
fn losses_that_would_never_be_swept_are_refused() {
    Truncated::<f64>::new(3, 2);
}
