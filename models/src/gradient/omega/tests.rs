//! Ω against its closed form for the plain network, and against finite differences for others.

use std::sync::Arc;

use autograd::testing::proptest::prelude::*;
use autograd::testing::{check, matrix_of};

use super::*;
use crate::cells::{Irnn, Rnn};
use crate::testing::certified;
use crate::{Describe, Dims, Map, Params, Registry};

const STEPS: usize = 3;
const BATCH: usize = 2;

fn dims() -> Dims {
    Dims { input: 2, hidden: 3, horizon: 10 }
}

fn drawn(cell: &dyn AnyCell, sizes: f64) -> Vec<BoxedStrategy<DMatrix<f64>>> {
    let (about, columns) = (cell.about(), STEPS * BATCH);
    let matrix = |m, n| matrix_of(-sizes..sizes, m, n);
    let states = || about.states.iter().map(|part| matrix(part.width, columns));
    let params = about.specs.iter().map(|spec| matrix(spec.shape.0, spec.shape.1));
    [matrix(about.input, columns)].into_iter().chain(states()).chain(states()).chain(params).collect()
}

/// Transitions and parameters of `cell` out of [`drawn`].
fn transitions<'a>(cell: &'a dyn AnyCell, drawn: &[DMatrix<f64>]) -> (Transitions<'a, f64>, Vec<DMatrix<f64>>) {
    let n = cell.about().states.len();
    let (x, before, adjoints) = (drawn[0].clone(), drawn[1..=n].to_vec(), drawn[n + 1..=2 * n].to_vec());
    (Transitions { cell, batch: BATCH, x, before, adjoints }, drawn[2 * n + 1..].to_vec())
}

#[test]
fn of_the_plain_network_it_is_the_closed_form() {
    let cell: Arc<dyn AnyCell> = Arc::new(Rnn::new(dims()));
    check(drawn(&cell, 1.0), |drawn| {
        let (transitions, params) = transitions(&cell, &drawn);
        let omega = transitions.omega(&params);
        let ([x, h, lambda], [w_x, w_h, b]) = ([&drawn[0], &drawn[1], &drawn[2]], [&params[0], &params[1], &params[2]]);
        // ∂h'/∂h = D W with D = diag a, a = 1 − h'²;  u = Wᵀ D λ̂ = Wᵀ q.
        // û · du = q · dW û  +  Σᵢ (W û)ᵢ λ̂ᵢ daᵢ,  daᵢ = −2 h'ᵢ aᵢ dzᵢ,  z = W_x x + W h + b.
        let mut value = 0.0;
        let mut expected = params.iter().map(|p| p * 0.0).collect::<Vec<_>>();
        for j in 0..STEPS * BATCH {
            let h_new = (w_x * x.column(j) + w_h * h.column(j) + b).map(f64::tanh);
            let a = h_new.map(|h| 1.0 - h * h);
            let unit = lambda.column(j) / lambda.column(j).norm();
            let q = a.component_mul(&unit);
            let u = w_h.transpose() * &q;
            let r = u.norm();
            value += (r - 1.0).powi(2) / BATCH as f64;
            let factor = 2.0 * (r - 1.0) / BATCH as f64;
            let dz = (w_h * &u / r).component_mul(&unit).component_mul(&a).component_mul(&h_new) * (-2.0 * factor);
            expected[0] += &dz * x.column(j).transpose();
            expected[1] += &q * u.transpose() * (factor / r) + &dz * h.column(j).transpose();
            expected[2] += dz;
        }
        prop_assert!((omega.value - value).abs() < 1e-12 * (1.0 + value));
        for (found, expected) in omega.gradients.iter().zip(&expected) {
            prop_assert!((found - expected).amax() < 1e-10 * (1.0 + expected.amax()), "{found}{expected}");
        }
        Ok(())
    });
}

#[test]
fn of_every_cell_its_gradient_is_that_of_finite_differences() {
    let registry = Registry::builtin().with("free", |d, _| Box::new(crate::map::tests::Free::new(d, Map::Cayley)));
    for name in registry.names().filter(|name| *name != "irnn") {
        let cell = registry.build(certified(name), dims()).expect("a builtin name");
        check((drawn(&*cell, 1.0), any::<u64>()), |(drawn, seed)| {
            let (transitions, params) = transitions(&*cell, &drawn);
            let omega = transitions.omega(&params);
            // Along one random direction, by central differences; where r is tiny, ‖·‖ bends too sharply for them.
            prop_assume!(omega.ratios.iter().all(|r| *r > 0.02));
            let mut draws = crate::Draws::at(seed, "omega direction", &[]);
            let direction: Vec<_> = params.iter().map(|p| p.map(|_| draws.normal())).collect();
            let at = |step: f64| {
                let moved: Vec<_> = params.iter().zip(&direction).map(|(p, d)| p + d * step).collect();
                transitions.omega(&moved).value
            };
            let numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
            let exact: f64 = omega.gradients.iter().zip(&direction).map(|(g, d)| g.dot(d)).sum();
            prop_assert!((numeric - exact).abs() < 1e-6 * (1.0 + exact.abs()), "{name}: {exact}, not {numeric}");
            Ok(())
        });
    }
}

#[test]
fn the_ratio_is_that_of_the_jacobian_by_finite_differences() {
    let registry = Registry::builtin();
    for name in ["gru", "lstm"] {
        let cell = registry.build(name, dims()).expect("a builtin name");
        check(drawn(&*cell, 1.0), |drawn| {
            let (transitions, params) = transitions(&*cell, &drawn);
            let omega = transitions.omega(&params);
            // ⟨λ, F(s)⟩ of example 1 at step 1, along each axis of s.
            let j = BATCH + 1;
            let value = |states: &[DMatrix<f64>]| {
                let tape = Tape::new();
                let vars: Vec<_> = states.iter().map(|s| tape.leaf(s)).collect();
                let bound = cell.about().specs.bind(params.iter().map(|p| tape.leaf(p)).collect());
                let run = Unroll::new(f64::cell(&*cell), bound.all()).initial(&vars);
                let last = run.run(tape.constant(&drawn[0]), STEPS * BATCH).last;
                let pairs = last.iter().zip(&transitions.adjoints);
                pairs.map(|(s, lambda)| s.value().column(j).dot(&lambda.column(j))).sum::<f64>()
            };
            let mut back = Vec::new();
            for part in 0..transitions.before.len() {
                for i in 0..transitions.before[part].nrows() {
                    let at = |step: f64| {
                        let mut states = transitions.before.clone();
                        states[part][(i, j)] += step;
                        value(&states)
                    };
                    back.push((at(1e-5) - at(-1e-5)) / 2e-5);
                }
            }
            let lambda =
                transitions.adjoints.iter().flat_map(|part| part.column(j).iter().copied().collect::<Vec<_>>());
            let expected = norm(back.into_iter()) / norm(lambda.collect::<Vec<_>>().into_iter());
            prop_assert!((omega.ratios[(1, 1)] - expected).abs() < 1e-7 * (1.0 + expected), "{name}");
            Ok(())
        });
    }
}

/// What the run says of the states of `cell` is ∂L/∂s_t of a run that starts from s_t.
#[test]
fn the_adjoints_are_those_of_a_run_that_starts_there() {
    let registry = Registry::builtin();
    for name in ["rnn", "gru", "lstm"] {
        let cell: Arc<dyn AnyCell> = Arc::from(registry.build(name, dims()).expect("a builtin name"));
        let mut params = Params::<f64>::new();
        let group = params.place("cell", cell.about().specs.clone(), 1);
        let x = DMatrix::from_fn(2, STEPS * BATCH, |i, j| ((3 * i + j) as f64).sin());
        // Traced, a cell computes its step op by op: the LSTM's h_t from its c_t.
        let tape = Tape::traced();
        let bound = params.bind(&tape);
        let run = OmegaRun::new(&cell, group.on(&bound), &[], tape.constant(&x), &[STEPS; BATCH]);
        let gradients = tape.backward(run.outputs.square().sum());
        for t in 1..=STEPS {
            let (other, columns) = (Tape::new(), (t - 1) * BATCH);
            let bound = params.bind(&other);
            let at = |s: &Var<'_, f64>| s.value().columns(columns, BATCH).into_owned();
            let states: Vec<_> = run.states.iter().map(|s| other.leaf(&at(s))).collect();
            let rest = other.constant(&x.columns(t * BATCH, (STEPS - t) * BATCH).into_owned());
            let later = Unroll::new(f64::cell(&*cell), group.on(&bound)).initial(&states).run(rest, BATCH);
            let own = states[cell.about().output].square().sum();
            let expected = other.backward(own + later.outputs.square().sum());
            for (found, state) in run.states.iter().zip(&states) {
                assert!(
                    (gradients.of(*found).columns(columns, BATCH) - expected.of(*state)).amax() < 1e-13,
                    "{name}: s_{t}"
                );
            }
        }
    }
}

#[test]
fn a_cell_that_keeps_lengths_has_none() {
    // h_t = relu(h_{t−1} + W_x x_t + b) with positive entries: the Jacobian is I.
    let cell: Arc<dyn AnyCell> = Arc::new(Irnn::new(dims()));
    let mut params = Params::<f32>::new();
    let group = params.place("cell", cell.about().specs.clone(), 1);
    params
        .iter_mut()
        .for_each(|p| p.value = if p.name == "cell.w_h" { p.value.clone() } else { p.value.map(f32::abs) });
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let x = tape.constant(&DMatrix::from_element(2, 4, 0.5));
    let start = tape.constant(&DMatrix::from_element(3, 1, 1.0));
    let run = OmegaRun::new(&cell, group.on(&bound), &[start], x, &[4]);
    let omega = run.omega(&tape.backward(run.last[0].sum()));
    assert!(omega.value < 1e-12 && omega.gradients.iter().all(|g| g.amax() < 1e-6), "{omega:?}");
}

#[test]
fn steps_without_a_gradient_are_left_out_and_frozen_parameters_stay() {
    let cell: Arc<dyn AnyCell> = Arc::new(Rnn::new(dims()));
    let mut params = Params::<f64>::new();
    let group = params.place("cell", cell.about().specs.clone(), 1);
    params.freeze("cell.b");
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let x = tape.constant(&DMatrix::from_fn(2, 8, |i, j| (i + j) as f64));
    let run = OmegaRun::new(&cell, group.on(&bound), &[], x, &[4, 4]);
    // Only the second step's first example is in the loss.
    let omega = run.omega(&tape.backward(run.outputs.columns(2, 1).sum()));
    let defined: Vec<_> = omega.ratios.transpose().iter().map(|r| !r.is_nan()).collect();
    assert_eq!(defined, [true, false, true, false, false, false, false, false]);
    assert!(omega.value > 0.0 && omega.gradients[1].amax() > 0.0 && omega.gradients[2].amax() < 1e-300);

    let none = OmegaRun::new(&cell, group.on(&bound), &[], tape.zeros(2, 0), &[0, 0]);
    let omega = none.omega(&tape.backward(none.last[0].sum()));
    assert!(omega.value < 1e-300 && omega.gradients[0].shape() == (3, 2));
}

#[test]
fn the_ratios_of_a_run_are_those_at_its_own_states() {
    let cell: Arc<dyn AnyCell> = Arc::new(Rnn::new(dims()));
    let mut params = Params::<f64>::new();
    let group = params.place("cell", cell.about().specs.clone(), 1);
    let x = DMatrix::from_fn(2, STEPS * BATCH, |i, j| ((3 * i + j) as f64).sin());
    let start = DMatrix::from_fn(3, BATCH, |i, j| ((i + j) as f64).cos());
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let first = [tape.constant(&start)];
    let run = OmegaRun::new(&cell, group.on(&bound), &first, tape.constant(&x), &[STEPS; BATCH]);
    let omega = run.omega(&tape.backward(run.outputs.square().sum()));

    // The plain run records the same states; of a cell with one part, watching them gives λ.
    let plain = Unroll::new(f64::cell(&*cell), group.on(&bound)).initial(&first).record().run(tape.constant(&x), BATCH);
    let h = plain.part("h").watch();
    assert_eq!(h.value(), run.outputs.value());
    let lambda = tape.backward(plain.outputs.square().sum()).of(h).clone_owned();
    let w_h = &params.get("cell.w_h").expect("there").value;
    for (t, e) in (0..STEPS).flat_map(|t| (0..BATCH).map(move |e| (t, e))) {
        let (j, h) = (t * BATCH + e, h.value());
        let back = w_h.transpose() * lambda.column(j).component_mul(&h.column(j).map(|h| 1.0 - h * h));
        let r = back.norm() / lambda.column(j).norm();
        assert!((omega.ratios[(t, e)] - r).abs() < 1e-13, "step {t}, example {e}");
    }
}

#[test]
fn an_example_in_a_padded_batch_has_the_ratios_it_has_alone() {
    let cell: Arc<dyn AnyCell> = Arc::new(crate::cells::Lstm::new(dims()));
    let mut params = Params::<f64>::new();
    let group = params.place("cell", cell.about().specs.clone(), 1);
    let mut x = DMatrix::from_fn(2, 8, |i, j| ((3 * i + j) as f64).sin());
    for t in 2..4 {
        x.column_mut(2 * t + 1).fill(f64::NAN);
    }
    let omega = |x: &DMatrix<f64>, lengths: &[usize]| {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let run = OmegaRun::new(&cell, group.on(&bound), &[], tape.constant(x), lengths);
        run.omega(&tape.backward(run.last[0].square().sum()))
    };
    let both = omega(&x, &[4, 2]);
    let first = omega(&x.select_columns([0, 2, 4, 6].iter()), &[4]);
    let second = omega(&x.select_columns([1, 3].iter()), &[2]);
    assert!((both.ratios.column(0) - first.ratios.column(0)).amax() < 1e-13);
    assert!((both.ratios.view((0, 1), (2, 1)) - second.ratios.column(0)).amax() < 1e-13);
    assert!(both.ratios[(2, 1)].is_nan() && both.ratios[(3, 1)].is_nan());
    assert!((both.value - 0.5 * (first.value + second.value)).abs() < 1e-13);
    for ((both, first), second) in both.gradients.iter().zip(&first.gradients).zip(&second.gradients) {
        assert!((both - (first + second) * 0.5).amax() < 1e-12);
    }
}

#[test]
fn descending_it_brings_the_ratios_to_one() {
    let cell: Arc<dyn AnyCell> = Arc::new(Rnn::new(dims()));
    let mut params = Params::<f64>::new();
    let group = params.place("cell", cell.about().specs.clone(), 1);
    let x = DMatrix::from_fn(2, 10, |i, j| ((i + 2 * j) as f64).sin());
    let mut values = Vec::new();
    for _ in 0..60 {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let run = OmegaRun::new(&cell, group.on(&bound), &[], tape.constant(&x), &[5, 5]);
        let omega = run.omega(&tape.backward(run.last[0].sum()));
        values.push(omega.value);
        let mut grads = ParamGrads::zeros(&params);
        omega.add_to(&mut grads, &group, 0.05);
        params.iter_mut().zip(grads.iter()).for_each(|(p, g)| p.value -= g);
    }
    assert!(values[59] < 0.02 * values[0], "{values:?}");
}

#[test]
fn of_no_examples_it_is_0() {
    let cell: Arc<dyn AnyCell> = Arc::new(Rnn::new(dims()));
    let (mut params, tape) = (Params::<f64>::new(), Tape::new());
    let cell = params.place("cell", cell, 1);
    let bound = params.bind(&tape);
    let run = OmegaRun::new(&cell, cell.on(&bound), &[], tape.zeros(2, 0), &[]);
    let omega = run.omega(&tape.backward(run.outputs.sum()));
    assert_eq!((omega.value, omega.ratios.shape(), run.outputs.shape()), (0.0, (0, 0), (3, 0)));
    assert!(omega.gradients.iter().all(|gradient| gradient.iter().all(|g| *g == 0.0)));
}
