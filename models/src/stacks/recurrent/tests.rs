//! A stack against its layers put together by hand, and its promises.

use autograd::testing::proptest::prelude::*;
use autograd::testing::{Program, certify_program, check, matrix_of};
use autograd::{Tape, Var};
use nalgebra::DMatrix;

use super::*;
use crate::{Address, BlockEnd, Bound, Checkpointed, Engine, Phase, Recorded, Registry, Schedule, Unroll};

const STEPS: usize = 19;
const BATCH: usize = 3;

fn build(config: &RecurrentConfig) -> (Placed<Recurrent>, Params<f64>) {
    let mut params = Params::new();
    let stack = params.place("", config.build(&Registry::builtin(), 2, 10).expect("valid"), 1);
    // Learned initial states are zero when drawn; a value shows that they are used.
    params.iter_mut().filter(|p| p.name.contains("initial")).for_each(|p| p.value.fill(0.3));
    (stack, params)
}

fn x() -> DMatrix<f64> {
    DMatrix::from_fn(2, STEPS * BATCH, |i, j| ((3 * i + j) as f64).sin())
}

fn training(first_example: u64) -> Phase {
    Phase::Training(Address { seed: 5, update: 1, layer: 0, first_example })
}

/// Everything on at once.
fn full() -> RecurrentConfig {
    RecurrentConfig {
        layers: 3,
        dropout: 0.2,
        residual: true,
        zoneout: ByPart::Parts([("c".into(), 0.3)].into()),
        input_dropout: 0.1,
        recurrent_dropout: 0.1,
        leaky: ByPart::All(0.9),
        layer_norm: true,
        projection: Some(3),
        learned_initial: true,
        ..RecurrentConfig::new("lstm", 4)
    }
}

/// Outputs and last states, of any options.
fn run(
    config: &RecurrentConfig,
    x: &DMatrix<f64>,
    batch: usize,
    options: impl for<'a, 't> Fn(UnrollStack<'a, 't, f64>) -> UnrollStack<'a, 't, f64>,
) -> Vec<DMatrix<f64>> {
    let ((stack, params), tape) = (build(config), Tape::new());
    let bound = params.bind(&tape);
    let run = options(stack.unroll(&bound)).run(tape.constant(x), batch);
    std::iter::once(run.outputs).chain(run.last).map(|v| v.value()).collect()
}

#[track_caller]
fn assert_near(a: &[DMatrix<f64>], b: &[DMatrix<f64>]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!(a.shape() == b.shape() && (a - b).amax() < 1e-12, "{a} {b}");
    }
}

#[test]
fn layers_stand_one_on_the_other_and_directions_side_by_side() {
    let config = RecurrentConfig { layers: 2, bidirectional: true, residual: true, ..RecurrentConfig::new("gru", 3) };
    let ((stack, params), tape) = (build(&config), Tape::new());
    let bound = params.bind(&tape);
    let run = stack.unroll(&bound).run(tape.constant(&x()), BATCH);

    let mut rest = bound.all();
    let mut lane = |layer: usize, x| {
        let (own, others) = rest.split_at(stack.lanes[layer].params());
        rest = others;
        let unroll = Unroll::new(f64::cell(&*stack.lanes[layer].cell), own);
        if layer % 2 == 1 { unroll.reverse().run(x, BATCH) } else { unroll.run(x, BATCH) }
    };
    let x = tape.constant(&x());
    let lower = tape.concat_rows(&[lane(0, x).outputs, lane(1, x).outputs]);
    let upper = tape.concat_rows(&[lane(2, lower).outputs, lane(3, lower).outputs]) + lower;
    assert_eq!(run.outputs.value(), upper.value());
    assert_eq!(stack.output_width(), 6);
    let names: Vec<_> = params.iter().map(|p| p.name.as_str()).filter(|name| name.ends_with("w_h")).collect();
    assert_eq!(names, ["layers.0.fwd.w_h", "layers.0.rev.w_h", "layers.1.fwd.w_h", "layers.1.rev.w_h"]);
}

#[test]
fn one_plain_layer_records_what_the_driver_records() {
    let ((stack, params), one, other) = (build(&RecurrentConfig::new("lstm", 4)), Tape::new(), Tape::new());
    let (bound, alone) = (params.bind(&one), params.bind(&other));
    let run = stack.unroll(&bound).run(one.constant(&x()), BATCH);
    let plain = Unroll::new(f64::cell(&*stack.lanes[0].cell), alone.all()).run(other.constant(&x()), BATCH);
    assert_eq!((run.outputs.value(), one.len()), (plain.outputs.value(), other.len()));
}

#[test]
fn steps_then_more_steps_are_all_steps() {
    let whole = run(&full(), &x(), BATCH, |unroll| unroll.phase(training(0)));
    let (stack, params) = build(&full());
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let at = |steps: std::ops::Range<usize>| {
        tape.constant(&x().columns(steps.start * BATCH, steps.len() * BATCH).into_owned())
    };
    let first = stack.unroll(&bound).phase(training(0)).run(at(0..7), BATCH);
    let rest = stack.unroll(&bound).phase(training(0)).segment(7).initial(&first.last).run(at(7..STEPS), BATCH);
    let outputs = tape.concat_columns(&[first.outputs, rest.outputs]);
    let split: Vec<_> = std::iter::once(outputs).chain(rest.last).map(|v| v.value()).collect();
    assert_near(&split, &whole);
}

#[test]
fn every_example_is_alone_within_its_length() {
    for bidirectional in [false, true] {
        let config = RecurrentConfig { bidirectional, ..full() };
        let lengths = [STEPS, 5, 0];
        let mut padded = x();
        for (j, mut column) in padded.column_iter_mut().enumerate() {
            if j / BATCH >= lengths[j % BATCH] {
                column.fill(f64::NAN);
            }
        }
        let whole = run(&config, &padded, BATCH, |unroll| unroll.lengths(&[STEPS, 5, 0]).phase(training(0)));
        for (j, &length) in lengths.iter().enumerate() {
            let columns: Vec<_> = (0..length).map(|t| t * BATCH + j).collect();
            let alone = run(&config, &x().select_columns(&columns), 1, |unroll| unroll.phase(training(j as u64)));
            let padding: Vec<_> = (length..STEPS).map(|t| t * BATCH + j).collect();
            assert!(padding.is_empty() || whole[0].select_columns(&padding).amax() <= 0.0, "outputs at padded steps");
            let part = std::iter::once(whole[0].select_columns(&columns));
            let part: Vec<_> = part.chain(whole[1..].iter().map(|s| s.select_columns(&[j]))).collect();
            assert_near(&part, &alone);
        }
    }
}

/// A stack over a padded batch, in training, as a function of its input and its parameters.
struct Trained(Placed<Recurrent>);

impl<T: CellScalar> Program<T> for Trained {
    fn name(&self) -> String {
        "stack".into()
    }

    fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
        let bound = Bound::from_vars(inputs[1..].to_vec());
        let run = self.0.unroll(&bound).lengths(&[4, 2]).phase(training(0)).run(inputs[0], 2);
        run.last.iter().fold((run.outputs * run.outputs).sum(), |sum, last| sum + last.sum())
    }
}

#[test]
fn the_gradient_of_a_whole_stack_is_certified() {
    let config = RecurrentConfig { layers: 2, bidirectional: true, layer_norm: false, ..full() };
    let (stack, params) = build(&config);
    let shapes = params.iter().map(|p| p.value.shape()).collect::<Vec<_>>();
    let params = shapes.into_iter().map(|(m, n)| matrix_of(-1.0..1.0, m, n));
    let inputs: Vec<_> = std::iter::once(matrix_of(-1.0..1.0, 2, 4 * 2)).chain(params).collect();
    certify_program(&Trained(stack), inputs);
}

#[test]
fn learned_initial_states_are_trained_in_segments_too() {
    let config = RecurrentConfig { learned_initial: true, ..RecurrentConfig::new("gru", 3) };
    let (stack, params) = build(&config);
    let sequence = Recorded::new(BATCH, 0..37, |block| {
        let x = DMatrix::from_fn(2, block.steps.len() * BATCH, |i, j| ((i + j + 7 * block.steps.start) as f64).sin());
        let run = stack.unroll(block.bound).over(&block).run(block.tape.constant(&x), BATCH);
        BlockEnd::new(run.last, Some((run.outputs * run.outputs).sum()))
    });
    let swept = |schedule| {
        let mut engine = Checkpointed::new(schedule);
        engine.sweep(&params, &sequence, &[]).expect("no budget");
        engine.gradients().clone()
    };
    let (whole, segments) = (swept(Schedule::Whole), swept(Schedule::Sqrt));
    assert_eq!(whole, segments);
    let learned = params.iter().zip(whole.iter()).find(|(param, _)| param.name == "layers.0.fwd.initial.h");
    assert!(learned.expect("there").1.amax() > 1e-3);
}

#[test]
fn dropout_needs_training_and_evaluation_needs_no_dropout() {
    let config = RecurrentConfig { layers: 2, dropout: 0.5, ..RecurrentConfig::new("rnn", 3) };
    let plain = RecurrentConfig { dropout: 0.0, ..config.clone() };
    let evaluated = run(&config, &x(), BATCH, |unroll| unroll.phase(Phase::Evaluation));
    assert_eq!(evaluated, run(&plain, &x(), BATCH, |unroll| unroll));
    let trained = run(&config, &x(), BATCH, |unroll| unroll.phase(training(0)));
    assert_ne!(trained, evaluated);
    assert_eq!(trained[1], evaluated[1], "the lower layer is whole");
    let unsaid = std::panic::catch_unwind(|| run(&config, &x(), BATCH, |unroll| unroll));
    let message = *unsaid.expect_err("a phase").downcast::<&str>().expect("a sentence");
    assert_eq!(message, "stack: dropout needs a phase; call `phase` before `run`");
}

#[test]
fn every_layer_and_direction_has_masks_of_its_own() {
    let config =
        RecurrentConfig { layers: 2, bidirectional: true, input_dropout: 0.5, ..RecurrentConfig::new("gru", 5) };
    let ((stack, params), tape) = (build(&config), Tape::new());
    let bound = params.bind(&tape);
    let run = stack.unroll(&bound).phase(training(0)).run(tape.constant(&x()), BATCH);

    let mut rest = bound.all();
    let mut lane = |k: usize, x| {
        let (own, others) = rest.split_at(stack.lanes[k].params());
        rest = others;
        let phase = Phase::Training(Address { seed: 5, update: 1, layer: k as u64, first_example: 0 });
        let unroll = Unroll::new(f64::cell(&*stack.lanes[k].cell), own).input_dropout(0.5).phase(phase);
        if k % 2 == 1 { unroll.reverse().run(x, BATCH) } else { unroll.run(x, BATCH) }
    };
    let x = tape.constant(&x());
    let lower = tape.concat_rows(&[lane(0, x).outputs, lane(1, x).outputs]);
    let upper = tape.concat_rows(&[lane(2, lower).outputs, lane(3, lower).outputs]);
    assert_eq!(run.outputs.value(), upper.value());
}

/// Any stack of a few layers.
fn configs() -> impl Strategy<Value = RecurrentConfig> {
    let cells = prop::sample::select(Registry::builtin().names().map(String::from).collect::<Vec<_>>());
    (cells, 1usize..4, 2usize..4, any::<[bool; 6]>()).prop_map(
        |(cell, hidden, layers, [both, residual, drop, learned, norm, projected])| {
            let rate = if drop { 0.3 } else { 0.0 };
            RecurrentConfig {
                layers,
                bidirectional: both,
                residual,
                dropout: rate,
                zoneout: ByPart::All(rate),
                input_dropout: rate,
                recurrent_dropout: rate,
                layer_norm: norm,
                projection: projected.then_some(hidden.div_ceil(2)),
                learned_initial: learned,
                ..RecurrentConfig::new(cell, hidden)
            }
        },
    )
}

#[test]
fn checkpointed_is_plain_for_any_stack_and_any_masks() {
    check(configs().prop_filter("no state goes backwards", |config| !config.bidirectional), |config| {
        let (stack, params) = build(&config);
        let steps = 37;
        let x = DMatrix::from_fn(2, steps * BATCH, |i, j| ((5 * i + j) as f64).cos());
        let sequence = Recorded::new(BATCH, 0..steps, |block| {
            let x = x.columns(block.steps.start * BATCH, block.steps.len() * BATCH).into_owned();
            let unroll = stack.unroll(block.bound).over(&block).phase(training(0));
            let run = unroll.run(block.tape.constant(&x), BATCH);
            BlockEnd::new(run.last, Some((run.outputs * run.outputs).sum()))
        });
        let swept = |schedule| {
            let mut engine = Checkpointed::new(schedule);
            let swept = engine.sweep(&params, &sequence, &[]).expect("no budget");
            (swept.loss, engine.gradients().clone())
        };
        prop_assert_eq!(swept(Schedule::Sqrt), swept(Schedule::Whole));
        Ok(())
    });
}

#[test]
#[should_panic(expected = "stack: 1 initial states, not 6; `Recurrent::states` names them")]
fn all_states_or_none_are_given() {
    let tape = Tape::new();
    let (stack, params) = build(&full());
    let bound = params.bind(&tape);
    stack.unroll(&bound).initial(&[tape.zeros(4, BATCH)]).run(tape.constant(&x()), BATCH);
}

#[test]
fn one_lane_is_cut_and_held_by_its_full_name_and_all_by_the_cells() {
    let config = RecurrentConfig { layers: 2, bidirectional: true, ..RecurrentConfig::new("lstm", 3) };
    let ((stack, params), tape) = (build(&config), Tape::new());
    let bound = params.bind(&tape);
    let run = |of: &str| stack.unroll(&bound).hold(of, 0.25).record().run(tape.constant(&x()), BATCH);
    let lanes = ["layers.0.fwd", "layers.0.rev", "layers.1.fwd", "layers.1.rev"];
    for of in lanes {
        let run = run(&format!("{of}.f"));
        let held =
            |lane: &&str| run.gate(&format!("{lane}.f")).value().iter().all(|f| f.to_bits() == 0.25f64.to_bits());
        assert_eq!(lanes.iter().copied().filter(|lane| held(lane)).collect::<Vec<_>>(), [of]);
    }
    let all = run("f");
    assert!(
        lanes.iter().all(|lane| all
            .gate(&format!("{lane}.f"))
            .value()
            .iter()
            .all(|f| f.to_bits() == 0.25f64.to_bits()))
    );

    let reaches = |cut: &[&str]| {
        let unroll = cut.iter().fold(stack.unroll(&bound).record(), |unroll, part| unroll.cut(part));
        let run = unroll.run(tape.constant(&x()), BATCH);
        let c = run.part("layers.0.fwd.c").watch();
        tape.backward(run.last[0].sum()).of(c).columns(0, BATCH).amax() > 0.0
    };
    assert!(reaches(&[]) && reaches(&["layers.0.fwd.h"]) && reaches(&["layers.1.fwd.h", "layers.1.fwd.c"]));
    assert!(!reaches(&["layers.0.fwd.h", "layers.0.fwd.c"]) && !reaches(&["h", "c"]));
}

#[test]
fn a_gates_gradient_is_that_of_what_it_multiplies() {
    let ((stack, params), tape) = (build(&RecurrentConfig::new("lstm", 3)), Tape::new());
    let bound = params.bind(&tape);
    let run = stack.unroll(&bound).record().run(tape.constant(&x()), BATCH);
    let (o, c) = (run.gate("o").watch(), run.part("c"));
    let gradients = tape.backward(run.last[0].sum());
    // h_T = o_T ∘ tanh c_T.
    let last = (STEPS - 1) * BATCH;
    let expected = c.value().columns(last, BATCH).map(f64::tanh);
    assert_near(&[gradients.of(o).columns(last, BATCH).into_owned()], &[expected]);
    assert!(gradients.of(o).columns(0, BATCH).amax() > 0.0);
}

#[test]
#[should_panic(
    expected = "unroll: no recorded gate `layers.0.fwd.x`; there is layers.0.fwd.r, layers.0.fwd.z, layers.0.fwd.n"
)]
fn a_gate_that_is_not_there_is_answered_with_those_that_are() {
    let ((stack, params), tape) = (build(&RecurrentConfig::new("gru", 3)), Tape::new());
    stack.unroll(&params.bind(&tape)).record().run(tape.constant(&x()), BATCH).gate("layers.0.fwd.x");
}

#[test]
#[should_panic(expected = "stack: no layer or direction has `layers.1.fwd.h`; a full name begins as layers.0.fwd does")]
fn a_layer_that_is_not_there_cannot_be_cut() {
    let ((stack, params), tape) = (build(&RecurrentConfig::new("gru", 3)), Tape::new());
    stack.unroll(&params.bind(&tape)).cut("layers.1.fwd.h").run(tape.constant(&x()), BATCH);
}
