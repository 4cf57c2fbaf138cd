//! The driver against its equations, written out for one cell.

use std::panic::{AssertUnwindSafe, catch_unwind};

use autograd::{Scalar, Tape, Var};
use nalgebra::DMatrix;

use super::*;
use crate::cells::{Gru, Lstm, Rnn};
use crate::{About, AnyCell, CellScalar, Describe, Dims, Params, Placed, Specs};

const DIMS: Dims = Dims { input: 2, hidden: 3, horizon: 10 };
const STEPS: usize = 21;
const BATCH: usize = 3;
const PHASE: Phase = Phase::Training(Address { seed: 1, update: 2, layer: 3, first_example: 0 });

fn params(cell: &dyn AnyCell) -> (Params<f64>, Placed<Specs>) {
    let mut params = Params::new();
    let group = params.place("cell", cell.about().specs.clone(), 1);
    (params, group)
}

fn x() -> DMatrix<f64> {
    DMatrix::from_fn(2, STEPS * BATCH, |i, j| ((3 * i + j) as f64).sin())
}

/// The outputs of `cell`, of any options.
fn outputs(
    cell: &dyn AnyCell,
    options: impl for<'a, 't> Fn(Unroll<'a, 't, f64>) -> Unroll<'a, 't, f64>,
) -> DMatrix<f64> {
    let ((params, group), tape) = (params(cell), Tape::new());
    let bound = params.bind(&tape);
    options(Unroll::new(f64::cell(cell), group.on(&bound))).run(tape.constant(&x()), BATCH).outputs.value()
}

/// h_t for every step of [`Rnn`], where `mix` makes it of (t, h_{t−1}, what a step gives for an input and a state).
fn by_hand(
    mix: impl Fn(usize, &DMatrix<f64>, &dyn Fn(&DMatrix<f64>, &DMatrix<f64>) -> DMatrix<f64>) -> DMatrix<f64>,
) -> DMatrix<f64> {
    let (params, _) = params(&Rnn::new(DIMS));
    let [w_x, w_h, b] = ["cell.w_x", "cell.w_h", "cell.b"].map(|name| params.get(name).expect("there").value.clone());
    let ones = DMatrix::from_element(1, BATCH, 1.0);
    let step = |x: &DMatrix<f64>, h: &DMatrix<f64>| (&w_x * x + &w_h * h + &b * &ones).map(f64::tanh);
    let (mut h, mut all) = (DMatrix::zeros(3, BATCH), DMatrix::zeros(3, STEPS * BATCH));
    for t in 0..STEPS {
        h = mix(t, &h, &step);
        all.columns_mut(t * BATCH, BATCH).copy_from(&h);
    }
    all
}

fn x_at(t: usize) -> DMatrix<f64> {
    x().columns(t * BATCH, BATCH).into_owned()
}

#[track_caller]
fn assert_near(a: &DMatrix<f64>, b: &DMatrix<f64>) {
    assert!((a - b).amax() < 1e-13, "{a} {b}");
}

#[test]
fn a_leak_mixes_the_old_state_in() {
    let cell = Rnn::new(DIMS);
    let expected = by_hand(|t, h, step| h * 0.7 + step(&x_at(t), h) * 0.3);
    assert_near(&outputs(&cell, |unroll| unroll.leaky("h", 0.3)), &expected);
}

#[test]
fn zoneout_selects_in_training_and_mixes_in_evaluation() {
    let cell = Rnn::new(DIMS);
    let zoned = |phase: Phase| outputs(&cell, move |unroll| unroll.zoneout("h", 0.4).phase(phase));
    let expected = by_hand(|t, h, step| h * 0.4 + step(&x_at(t), h) * 0.6);
    assert_near(&zoned(Phase::Evaluation), &expected);

    let trained = zoned(PHASE);
    let mut kept = 0;
    let expected = by_hand(|t, h, step| {
        let next = step(&x_at(t), h);
        // Which entries stayed is read off the outputs; each is the old or the new one, and nothing else.
        DMatrix::from_fn(3, BATCH, |i, j| {
            let is = trained[(i, t * BATCH + j)];
            if (is - h[(i, j)]).abs() < (is - next[(i, j)]).abs() { h[(i, j)] } else { next[(i, j)] }
        })
    });
    assert_near(&trained, &expected);
    for t in 1..STEPS {
        let (old, new) = (trained.columns((t - 1) * BATCH, BATCH), trained.columns(t * BATCH, BATCH));
        kept += old.iter().zip(new.iter()).filter(|(old, new)| old.to_bits() == new.to_bits()).count();
    }
    let share = kept as f64 / ((STEPS - 1) * 3 * BATCH) as f64;
    assert!((share - 0.4).abs() < 0.1, "a share of {share} stayed");
}

#[test]
fn variational_dropout_has_one_mask_a_sequence() {
    let cell = Rnn::new(DIMS);
    let Phase::Training(address) = PHASE else { unreachable!() };
    let scaled = |purpose: &str, rows: usize| {
        let keep = address.keep(purpose, None, rows, BATCH, 0.4);
        DMatrix::from_iterator(rows, BATCH, keep.iter().map(|keep| f64::from(u8::from(*keep)) / 0.6))
    };
    let (input, recurrent) = (scaled("input dropout", 2), scaled("recurrent dropout", 3));
    let dropped = input.iter().chain(recurrent.iter()).filter(|m| **m < 0.5).count();
    assert!((2..13).contains(&dropped), "the masks say something");
    let expected = by_hand(|t, h, step| step(&x_at(t).component_mul(&input), &h.component_mul(&recurrent)));
    let dropout = |phase| outputs(&cell, move |unroll| unroll.input_dropout(0.4).recurrent_dropout(0.4).phase(phase));
    assert_near(&dropout(PHASE), &expected);
    assert_near(&dropout(Phase::Evaluation), &outputs(&cell, |unroll| unroll));
}

#[test]
fn masks_belong_to_steps_and_examples() {
    let regularised: for<'a, 't> fn(Unroll<'a, 't, f64>, u64) -> Unroll<'a, 't, f64> = |unroll, first_example| {
        let address = Address { seed: 1, first_example, ..Address::default() };
        unroll
            .zoneout("h", 0.3)
            .zoneout("c", 0.3)
            .input_dropout(0.3)
            .recurrent_dropout(0.3)
            .phase(Phase::Training(address))
    };
    let cell = Lstm::new(DIMS);
    let whole = outputs(&cell, |unroll| regularised(unroll, 0));
    let ((params, group), tape) = (params(&cell), Tape::new());
    let bound = params.bind(&tape);
    // The last two examples alone, in segments of 5 and 16 steps.
    let column = |t: usize, j: usize| t * BATCH + 1 + j;
    let mut states: Option<Vec<_>> = None;
    for steps in [0..5, 5..STEPS] {
        let columns: Vec<_> = steps.clone().flat_map(|t| [column(t, 0), column(t, 1)]).collect();
        let mut unroll = regularised(Unroll::new(f64::cell(&cell), group.on(&bound)), 1).segment(steps.start);
        if let Some(states) = &states {
            unroll = unroll.initial(states);
        }
        let run = unroll.run(tape.constant(&x().select_columns(&columns)), 2);
        assert_near(&run.outputs.value(), &whole.select_columns(&columns));
        states = Some(run.last);
    }
}

#[test]
fn what_zoneout_and_leak_keep_is_the_whole_state_and_not_what_the_step_reads() {
    let cell = Rnn::new(DIMS);
    let Phase::Training(address) = PHASE else { unreachable!() };
    let keep = address.keep("recurrent dropout", None, 3, BATCH, 0.4);
    let mask = DMatrix::from_iterator(3, BATCH, keep.iter().map(|keep| f64::from(u8::from(*keep)) / 0.6));
    let expected = by_hand(|t, h, step| h * 0.7 + step(&x_at(t), &h.component_mul(&mask)) * 0.3);
    let found = outputs(&cell, |unroll| unroll.recurrent_dropout(0.4).phase(PHASE).leaky("h", 0.3));
    assert_near(&found, &expected);
}

#[test]
fn a_recorded_state_at_a_padded_step_is_the_one_that_waits() {
    let (cell, tape) = (Gru::new(DIMS), Tape::new());
    let (params, group) = params(&cell);
    let bound = params.bind(&tape);
    let initial = [tape.constant(&DMatrix::from_element(3, BATCH, 0.5))];
    let unroll = || Unroll::new(f64::cell(&cell), group.on(&bound)).initial(&initial).lengths(&[STEPS, 4, 0]).record();
    let column = |m: Var<'_, f64>, t: usize, j: usize| m.value().columns(t * BATCH + j, 1).into_owned();
    let (forward, reverse) =
        (unroll().run(tape.constant(&x()), BATCH), unroll().reverse().run(tape.constant(&x()), BATCH));
    for t in 4..STEPS {
        assert_eq!(column(forward.part("h"), t, 1), column(forward.last[0], 0, 1));
        assert_eq!(column(forward.part("h"), t, 2), column(initial[0], 0, 2));
        assert_eq!(column(reverse.part("h"), t, 1), column(initial[0], 0, 1));
    }
    assert_eq!(column(reverse.part("h"), 0, 1), column(reverse.last[0], 0, 1));
}

/// h_t = h_{t−1} + 1/x_t: of an input of zeros it is infinite.
#[derive(Debug)]
struct Reciprocal(About);

impl Describe for Reciprocal {
    fn about(&self) -> &About {
        &self.0
    }
}

impl<T: Scalar> Cell<T> for Reciprocal {
    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let h = self.0.output();
        s.give(h, s[h] + (s.x * s.x).pow(-0.5));
    }
}

#[test]
fn a_state_waits_though_the_step_that_it_is_spared_is_infinite() {
    let mut about = About::new("reciprocal", 1);
    about.state("h", 1);
    let (cell, tape) = (Reciprocal(about), Tape::<f64>::new());
    let bound = Params::new().bind(&tape);
    let x = tape.constant(&DMatrix::from_element(1, 4 * 2, 0.5));
    let run = Unroll::new(&cell, bound.all()).lengths(&[4, 2]).run(x, 2);
    assert_near(&run.last[0].value(), &nalgebra::dmatrix![8.0, 4.0]);
    assert_near(&run.outputs.value(), &nalgebra::dmatrix![2.0, 2.0, 4.0, 4.0, 6.0, 0.0, 8.0, 0.0]);
}

#[test]
fn segments_of_padded_sequences_are_the_whole_in_both_directions() {
    let (cell, tape) = (Lstm::new(DIMS), Tape::new());
    let (params, group) = params(&cell);
    let bound = params.bind(&tape);
    let lengths = [STEPS, 8, 3];
    for reverse in [false, true] {
        let unroll = || {
            let unroll = Unroll::new(f64::cell(&cell), group.on(&bound)).lengths(&lengths);
            if reverse { unroll.reverse() } else { unroll }
        };
        let whole = unroll().run(tape.constant(&x()), BATCH);
        let mut segments = [0..5, 5..9, 9..STEPS];
        if reverse {
            segments.reverse();
        }
        let mut states: Vec<_> = whole.last.iter().map(|s| tape.zeros(s.shape().0, BATCH)).collect();
        for steps in segments {
            let columns = |m: &DMatrix<f64>| m.columns(steps.start * BATCH, steps.len() * BATCH).into_owned();
            let run = unroll().segment(steps.start).initial(&states).run(tape.constant(&columns(&x())), BATCH);
            assert_near(&run.outputs.value(), &columns(&whole.outputs.value()));
            states = run.last;
        }
        for (state, last) in states.iter().zip(&whole.last) {
            assert_near(&state.value(), &last.value());
        }
    }
}

#[test]
fn what_is_recorded_in_reverse_stands_in_the_order_of_the_input() {
    let (cell, tape) = (Lstm::new(DIMS), Tape::new());
    let (params, group) = params(&cell);
    let bound = params.bind(&tape);
    let run = Unroll::new(f64::cell(&cell), group.on(&bound)).reverse().record().run(tape.constant(&x()), BATCH);
    for t in 0..STEPS {
        let at = |v: Var<'_, f64>| v.value().columns(t * BATCH, BATCH).into_owned();
        // h_t = o_t ∘ tanh c_t, all three of the same step.
        assert_near(&at(run.part("h")), &at(run.gate("o")).component_mul(&at(run.part("c")).map(f64::tanh)));
    }
    assert_near(&run.last[0].value(), &run.outputs.value().columns(0, BATCH).into_owned());
}

#[test]
fn options_that_change_nothing_record_nothing() {
    let recorded = |options: for<'a, 't> fn(Unroll<'a, 't, f64>) -> Unroll<'a, 't, f64>| {
        let (cell, tape) = (Gru::new(DIMS), Tape::new());
        let (params, group) = params(&cell);
        let bound = params.bind(&tape);
        let x = tape.leaf(&x());
        let run = options(Unroll::new(f64::cell(&cell), group.on(&bound))).run(x, BATCH);
        let gradients = tape.backward((run.outputs * run.outputs).sum());
        (tape.len(), gradients.of(x).into_owned())
    };
    let plain = recorded(|unroll| unroll);
    assert_eq!(recorded(|unroll| unroll.lengths(&[STEPS; BATCH]).segment(0)), plain);
    assert_eq!(recorded(|unroll| unroll.leaky("h", 1.0).zoneout("h", 0.0).phase(PHASE)), plain);
    assert_eq!(recorded(|unroll| unroll.zoneout("h", 0.0).input_dropout(0.0).recurrent_dropout(0.0)), plain);
    assert_eq!(recorded(|unroll| unroll.input_dropout(0.5).recurrent_dropout(0.5).phase(Phase::Evaluation)), plain);
}

#[test]
fn a_cut_stops_no_gradient_of_a_state_that_waits() {
    let (cell, tape) = (Rnn::new(DIMS), Tape::new());
    let (params, group) = params(&cell);
    let bound = params.bind(&tape);
    let x = tape.leaf(&x());
    let run = Unroll::new(&cell, group.on(&bound)).cut("h").lengths(&[2, STEPS, 0]).run(x, BATCH);
    let gradients = tape.backward(run.last[0].sum());
    let reached = |t: usize, j: usize| gradients.of(x).column(t * BATCH + j).amax() > 0.0;
    let all: Vec<_> = (0..STEPS).flat_map(|t| [0, 1, 2].map(|j| (t, j))).filter(|(t, j)| reached(*t, *j)).collect();
    assert_eq!(all, [(1, 0), (STEPS - 1, 1)], "each example's last step alone");
}

#[test]
#[should_panic(expected = "unroll: 2 lengths for a batch of 3")]
fn a_length_for_each_example() {
    outputs(&Rnn::new(DIMS), |unroll| unroll.lengths(&[1, 2]));
}

#[test]
#[should_panic(
    expected = "unroll: a length of 22 in a sequence of 21 steps; if it is a part of a longer one, say `segment`"
)]
fn no_example_is_longer_than_the_sequence() {
    outputs(&Rnn::new(DIMS), |unroll| unroll.lengths(&[1, 22, 0]));
}

#[test]
#[should_panic(expected = "unroll: dropout and zoneout need a phase; call `phase` before `run`")]
fn a_mask_without_a_phase_is_refused() {
    outputs(&Rnn::new(DIMS), |unroll| unroll.zoneout("h", 0.1));
}

#[test]
#[should_panic(expected = "unroll: rnn has no state `c`; mind its part names")]
fn a_part_that_is_not_there_is_named() {
    outputs(&Rnn::new(DIMS), |unroll| unroll.leaky("c", 0.1));
}

#[test]
#[should_panic(expected = "unroll: the rate of zoneout is 1, not in [0, 1)")]
fn a_rate_of_one_is_refused() {
    outputs(&Rnn::new(DIMS), |unroll| unroll.zoneout("h", 1.0));
}

#[test]
fn a_batch_of_no_examples_has_no_columns_and_no_gradient() {
    let cell = Lstm::new(DIMS);
    let ((params, group), tape) = (params(&cell), Tape::<f64>::new());
    let bound = params.bind(&tape);
    let unroll = || Unroll::new(f64::cell(&cell), group.on(&bound)).lengths(&[]).zoneout("c", 0.1).phase(PHASE);
    for unroll in [unroll(), unroll().record().hold("f", 0.0), unroll().reverse().cut("h"), unroll().segment(7)] {
        let run = unroll.run(tape.zeros(2, 0), 0);
        let states = run.states.iter().map(|(_, state)| state).chain(&run.last).chain([&run.outputs]);
        assert!(states.into_iter().all(|state| state.shape() == (3, 0)));
        let gradients = tape.backward(run.outputs.sum() + run.last[1].sum());
        assert!(bound.vars().iter().all(|p| gradients.of(*p).iter().all(|g| *g == 0.0)));
    }
}

#[test]
fn an_initial_state_that_does_not_fit_is_named_with_its_cell() {
    let refused = |shapes: &[(usize, usize)]| {
        let (cell, tape) = (Lstm::new(DIMS), Tape::<f64>::new());
        let (params, group) = params(&cell);
        let bound = params.bind(&tape);
        let states: Vec<_> = shapes.iter().map(|(rows, columns)| tape.zeros(*rows, *columns)).collect();
        let unroll = Unroll::new(f64::cell(&cell), group.on(&bound)).initial(&states);
        let caught = catch_unwind(AssertUnwindSafe(|| unroll.run(tape.zeros(2, 4), 2)));
        *caught.expect_err("refused").downcast::<String>().expect("a sentence")
    };
    assert_eq!(refused(&[(3, 2), (4, 2)]), "unroll: the initial `c` of lstm is (4, 2), not (3, 2)");
    assert_eq!(refused(&[(3, 2)]), "unroll: 1 initial states, but lstm has 2");
}

#[test]
#[should_panic(expected = "unroll: 5 columns are no whole steps of 0")]
fn columns_of_no_examples_are_refused() {
    let (cell, tape) = (Rnn::new(DIMS), Tape::<f64>::new());
    let ((params, group), x) = (params(&cell), tape.zeros(2, 5));
    Unroll::new(f64::cell(&cell), group.on(&params.bind(&tape))).run(x, 0);
}
