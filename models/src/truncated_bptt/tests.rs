//! Truncated gradients against their definition.

use super::*;
use crate::cells::Rnn;
use crate::{Describe, Dims, Group, Unroll};

const DIMS: Dims = Dims { input: 2, hidden: 3, horizon: 10 };
const STEPS: usize = 11;
const BATCH: usize = 2;

struct Study {
    cell: Rnn,
    params: Params<f64>,
    group: Group,
    x: DMatrix<f64>,
    initial: [DMatrix<f64>; 1],
}

impl Study {
    fn new() -> Self {
        let (cell, mut params) = (Rnn::new(DIMS), Params::new());
        let group = params.add("cell", &cell.about().specs, 1);
        let x = DMatrix::from_fn(2, STEPS * BATCH, |i, j| ((3 * i + j) as f64).sin());
        Self { cell, params, group, x, initial: [DMatrix::from_element(3, BATCH, 0.2)] }
    }

    fn record<'t>(&self, block: Block<'_, 't, f64>) -> BlockEnd<'t, f64> {
        let x = self.x.columns(block.steps.start * BATCH, block.steps.len() * BATCH).into_owned();
        let unroll = Unroll::new(&self.cell, block.bound.of(self.group)).initial(block.states);
        let run = unroll.run(block.tape.constant(&x), BATCH);
        BlockEnd::new(run.last, Some((run.outputs * run.outputs).sum()))
    }

    /// Σ_e g_e from its definition: each window by itself on a tape, from the state that a plain run has there.
    fn by_definition(&self, k1: usize, k2: usize) -> ParamGrads<f64> {
        let (mut sum, mut one) = (ParamGrads::zeros(&self.params), ParamGrads::zeros(&self.params));
        let run = |tape: &Tape<f64>, states: &[DMatrix<f64>], steps: Range<usize>, new: usize| {
            let bound = self.params.bind(tape);
            let states: Vec<_> = states.iter().map(|s| tape.constant(s)).collect();
            let x = self.x.columns(steps.start * BATCH, steps.len() * BATCH).into_owned();
            let run = Unroll::new(&self.cell, bound.of(self.group)).initial(&states).run(tape.constant(&x), BATCH);
            let outputs = run.outputs.columns((new - steps.start) * BATCH, (steps.end - new) * BATCH);
            let gradients = tape.backward((outputs * outputs).sum());
            let mut grads = ParamGrads::zeros(&self.params);
            grads.read(&bound, &gradients);
            (grads, run.last[0].value())
        };
        let mut before = 0;
        while before < STEPS {
            let end = (before + k1).min(STEPS);
            let start = end.saturating_sub(k2);
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
    for (k1, k2) in [(1, 1), (1, 4), (2, 3), (3, 3), (3, 4), (3, 7), (4, 20), (11, 11), (5, 10)] {
        let mut time = TruncatedBptt::new(k1, k2);
        let pass = time.pass(&study.params, &study.initial, STEPS, |block| study.record(block));
        for (found, expected) in time.gradients().iter().zip(study.by_definition(k1, k2).iter()) {
            assert!((found - expected).amax() < 1e-12, "k1 = {k1}, k2 = {k2}: {found} {expected}");
        }
        let mut whole = TruncatedBptt::new(STEPS, STEPS);
        let plain = whole.pass(&study.params, &study.initial, STEPS, |block| study.record(block));
        assert!((pass.loss - plain.loss).abs() < 1e-12 && (&pass.last[0] - &plain.last[0]).amax() < 1e-13);
    }
}

#[test]
fn a_truncated_gradient_is_another() {
    let study = Study::new();
    let sum = |k: usize| {
        let mut time = TruncatedBptt::new(k, k);
        time.pass(&study.params, &study.initial, STEPS, |block| study.record(block));
        time.gradients().norm()
    };
    assert!((sum(1) - sum(STEPS)).abs() > 1e-3);
}

#[test]
fn an_update_may_follow_every_sweep() {
    let mut study = Study::new();
    let (mut params, mut time) = (study.params.clone(), TruncatedBptt::new(3, 5));
    let (mut swept, mut gradients) = (Vec::new(), Vec::new());
    time.train(
        &mut params,
        &study.initial,
        STEPS,
        |block| study.record(block),
        |_, grads, steps| {
            swept.push(steps);
            gradients.push(grads.clone());
        },
    );
    assert_eq!(swept, [0..3, 3..6, 6..9, 9..11]);
    let pass = time.pass(&params, &study.initial, STEPS, |block| study.record(block));
    let mut sum = ParamGrads::zeros(&params);
    gradients.iter().for_each(|grads| sum.add(grads));
    assert!(sum.iter().zip(time.gradients().iter()).all(|(a, b)| (a - b).amax() < 1e-14), "no update: the sum");

    let descend = |params: &mut Params<f64>, grads: &mut ParamGrads<f64>, _: Range<usize>| {
        params.iter_mut().zip(grads.iter()).for_each(|(p, g)| p.value -= g * 0.05);
    };
    let trained = time.train(&mut params, &study.initial, STEPS, |block| study.record(block), descend);
    assert!(trained.loss < pass.loss, "the losses shrink on the way");
    study.params = params;
    let after = time.pass(&study.params, &study.initial, STEPS, |block| study.record(block));
    assert!(after.loss < trained.loss, "and after it");
}

#[test]
fn no_steps_change_nothing() {
    let study = Study::new();
    let mut time = TruncatedBptt::new(2, 2);
    let pass = time.pass(&study.params, &study.initial, 0, |block| study.record(block));
    assert_eq!(pass, TruncatedPass { loss: 0.0, last: study.initial.to_vec() });
    assert_eq!(time.gradients(), &ParamGrads::zeros(&study.params));
}

#[test]
#[should_panic(expected = "truncated BPTT: k1 = 3 and k2 = 2, but 1 ≤ k1 ≤ k2")]
fn losses_that_would_never_be_swept_are_refused() {
    TruncatedBptt::<f64>::new(3, 2);
}
