//! Norms of every time step's share, held against one leaf a step.

use super::*;
use crate::Tape;
use nalgebra::{DMatrix, dmatrix};

fn filled(rows: usize, columns: usize, seed: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |i, j| ((7 * i + 13 * j + 5 * seed) as f64).sin())
}

const STEPS: usize = 40; // more than are gathered at once

/// h_t = tanh(V x_t + W h_{t−1}) with losses at two steps: what the norms are of the leaves that `w` and `v` give.
fn run<'t>(
    tape: &'t Tape<f64>,
    batch: usize,
    v: Var<'t, f64>,
    mut w: impl FnMut() -> Var<'t, f64>,
) -> (Var<'t, f64>, Var<'t, f64>) {
    let projected = v.matmul(tape.constant(&filled(2, STEPS * batch, 3)));
    let (mut h, mut loss) = (tape.constant(&filled(3, batch, 4)), tape.zeros(1, 1));
    for t in 0..STEPS {
        h = (projected.columns(t * batch, batch) + w().matmul(h)).tanh();
        if t == 25 || t == 36 {
            loss = loss + (h * h).sum();
        }
    }
    (loss, projected)
}

#[test]
fn they_are_the_norms_of_one_leaf_a_step() {
    for batch in [1, 3] {
        let (together, apart) = (Tape::new(), Tape::new());
        let (w, v) = (filled(3, 3, 1), filled(3, 2, 2));
        let (one, input) = (together.leaf(&w).watch_steps(batch), together.leaf(&v).watch_steps(batch));
        let gradients = together.backward(run(&together, batch, input, || one).0);
        let mut leaves = Vec::new();
        let (loss, projected) = run(&apart, batch, apart.leaf(&v), || {
            leaves.push(apart.leaf(&w));
            leaves[leaves.len() - 1]
        });
        projected.watch();
        let expected = apart.backward(loss);
        let found = gradients.per_step(one);
        assert_eq!(found.len(), STEPS);
        let x = filled(2, STEPS * batch, 3);
        for (t, (&leaf, found)) in leaves.iter().zip(found).enumerate() {
            let expected = expected.of(leaf).norm();
            assert!((found - expected).abs() <= 1e-13 * (1.0 + expected), "step {t}: {found} {expected}");
            assert_eq!(found > 0.0, t <= 36, "step {t}");
        }
        for (t, found) in gradients.per_step(input).into_iter().enumerate() {
            let dy = expected.of(projected).columns(t * batch, batch).into_owned();
            let expected = (dy * x.columns(t * batch, batch).transpose()).norm();
            assert!((found - expected).abs() <= 1e-13 * (1.0 + expected), "input, step {t}: {found} {expected}");
        }
    }
}

#[test]
fn they_outlive_a_reset_and_forget_the_last_sweep() {
    let mut tape = Tape::<f64>::new();
    let mut gradients = Gradients::new();
    for steps in [3, 2] {
        let w = tape.leaf(&dmatrix![0.5]).watch_steps(1);
        let h = (0..steps).fold(tape.constant(&dmatrix![1.0]), |h, _| w.matmul(h));
        tape.backward_into(h, &mut gradients);
        let id = w.id();
        tape.reset();
        assert_eq!(gradients.per_step(id).len(), steps);
    }
}

#[test]
fn a_step_after_the_root_and_one_whose_gradient_vanished_count_as_zero() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(&dmatrix![2.0]).watch_steps(1);
    let first = w.matmul(tape.constant(&dmatrix![1.0]));
    let second = w.matmul(first.scale(0.0));
    w.matmul(second);
    assert_eq!(tape.backward(second.shift(1.0)).per_step(w), [0.0, 0.0, 0.0]);
    assert_eq!(tape.backward(first).per_step(w), [1.0, 0.0, 0.0]);
}

#[test]
fn tiny_and_huge_contributions_neither_vanish_nor_overflow_and_nan_shows() {
    for size in [1e-200, 1e200] {
        let (dy, x) = (dmatrix![3.0; 4.0] * size, dmatrix![5.0; 12.0] / size);
        let norm = product_norm(dy.as_view(), x.as_view());
        assert!((norm - 65.0).abs() < 1e-12, "{norm}");
    }
    for bad in [f64::NAN, f64::INFINITY] {
        assert!(product_norm(dmatrix![1.0; bad].as_view(), dmatrix![1.0].as_view()).is_nan());
    }
    let none = DMatrix::<f64>::zeros(2, 0);
    assert_eq!(product_norm(none.as_view(), none.as_view()).to_bits(), 0.0f64.to_bits());
}

#[test]
#[should_panic(expected = "per_step: a part of this gradient came by other ways than products")]
fn a_weight_that_is_used_otherwise_is_refused() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(&dmatrix![0.5]).watch_steps(1);
    tape.backward(w.matmul(w.scale(2.0))).per_step(w);
}

#[test]
#[should_panic(expected = "per_step: a part of this gradient came by other ways than products")]
fn a_weight_that_is_added_as_well_is_refused() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(&dmatrix![0.5]).watch_steps(1);
    tape.backward(w.matmul(tape.constant(&dmatrix![2.0])) + w).per_step(w);
}

#[test]
#[should_panic(expected = "per_step: a part of this gradient came by other ways than products")]
fn a_weight_that_is_a_right_factor_as_well_is_refused() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(&dmatrix![0.5]).watch_steps(1);
    let x = tape.constant(&dmatrix![2.0]);
    tape.backward(w.matmul(x) + x.matmul(w)).per_step(w);
}

#[test]
#[should_panic(expected = "per_step: not noted for this value")]
fn a_weight_that_is_not_watched_is_refused() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(&dmatrix![0.5]);
    tape.backward(w).per_step(w);
}

#[test]
fn one_product_over_many_steps_counts_each_of_them_reached_or_not() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(&dmatrix![0.5]).watch_steps(2);
    let x = tape.constant(&dmatrix![1.0, 0.0, 2.0, 0.0, 3.0, 0.0]);
    let (reached, after) = (w.matmul(x), w.matmul(x));
    after.sum();
    tape.zeros(1, 3).sum(); // no whole number of steps, but no use of w either
    assert_eq!(tape.backward(reached.sum()).per_step(w), [1.0, 2.0, 3.0, 0.0, 0.0, 0.0]);
}

#[test]
fn watched_again_the_later_batch_holds() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(&dmatrix![0.5]).watch_steps(1).watch_steps(2);
    let y = w.matmul(tape.constant(&dmatrix![1.0, 0.0, 2.0, 0.0]));
    assert_eq!(tape.backward(y.sum()).per_step(w), [1.0, 2.0]);
}

#[test]
fn contributions_that_cancel_leave_a_number() {
    for (i, j) in (1..40).flat_map(|i| (1..40).map(move |j| (f64::from(i), f64::from(j)))) {
        let (dy, x) = (dmatrix![i, j, -(i + j)] * 0.1, dmatrix![1.0, 1.0, 1.0]);
        assert!(product_norm(dy.as_view(), x.as_view()) < 1e-6, "{i} {j}");
    }
}

#[test]
fn an_empty_side_has_norm_zero() {
    for (m, n) in [(0, 2), (2, 0)] {
        let (dy, x) = (filled(m, 1, 1), filled(n, 1, 2));
        assert_eq!(product_norm(dy.as_view(), x.as_view()).to_bits(), 0.0f64.to_bits());
    }
}

#[test]
#[should_panic(expected = "per_step: a part of this gradient came by other ways than products")]
fn a_product_with_a_part_of_the_weight_is_refused() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(&dmatrix![0.5, 0.25]).watch_steps(1);
    let x = tape.constant(&dmatrix![2.0]);
    let y = w.columns(0, 1).matmul(x) + w.matmul(tape.constant(&dmatrix![1.0; 2.0]));
    tape.backward(y).per_step(w);
}

#[test]
fn a_computed_weight_answers_too() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(&dmatrix![0.5]).scale(2.0).watch_steps(1);
    let y = w.matmul(tape.constant(&dmatrix![3.0]));
    assert_eq!(tape.backward(y).per_step(w), [3.0]);
}
