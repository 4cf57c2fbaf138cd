//! Transient stretches: what is dropped, what stays, and that no gradient notices.

use autograd::{Gradients, Tape, Var};
use nalgebra::{DMatrix, dmatrix};

/// A recurrent chain in plain ops; with `stretches`, each step in one, the projection of all in another around them.
fn chain(tape: &Tape<f64>, stretches: bool) -> (Vec<DMatrix<f64>>, DMatrix<f64>, usize) {
    let (hidden, batch, steps) = (3, 2, 7);
    let wave =
        |rows, columns, seed: usize| DMatrix::from_fn(rows, columns, |i, j| ((31 * i + 17 * j + seed) as f64).sin());
    let (w, u, x) = (tape.leaf(&wave(hidden, 2, 1)), tape.leaf(&wave(hidden, hidden, 2)), tape.leaf(&wave(2, 14, 3)));
    let mut h = tape.leaf(&wave(hidden, batch, 4));
    let leaves = [w, u, x, h];
    let mut stack = tape.stack(hidden, batch, steps);
    let outer = stretches.then(|| tape.transient());
    let projected = w.matmul(x);
    for t in 0..steps {
        let inner = stretches.then(|| tape.transient());
        // A value of the outer stretch is read by backward, through a view; a state is detached and goes on.
        let x = projected.columns(t * batch, batch);
        let gate = (x + u.matmul(h)).sigmoid();
        let kept = stack.put(t, gate * x.tanh() + x * h);
        h = kept + kept.detach().scale(0.1);
        if let Some(inner) = inner {
            inner.end(&[h]);
        }
    }
    if let Some(outer) = outer {
        outer.end(&[h]);
    }
    let all = stack.finish();
    let loss = (all * all).sum() + h.sum();
    let mut gradients = Gradients::new();
    tape.backward_into(loss, &mut gradients);
    (leaves.iter().map(|&v| gradients.of(v).into_owned()).collect(), loss.value(), tape.used_bytes())
}

#[test]
fn values_and_gradients_have_the_bits_of_a_tape_that_keeps_all() {
    let mut tape = Tape::new();
    let (plain, loss, bytes) = chain(&tape, false);
    tape.reset();
    for _ in 0..3 {
        let (gradients, again, fewer) = chain(&tape, true);
        assert_eq!((gradients, again), (plain.clone(), loss.clone()));
        assert!(fewer < bytes, "{fewer} bytes, not less than {bytes}");
        tape.reset();
    }
    let traced = Tape::traced();
    assert_eq!(chain(&traced, true).0, plain);
}

#[test]
fn a_traced_tape_and_a_stretch_that_is_not_ended_keep_every_value() {
    let keeps = |tape: &Tape<f64>, end: bool| {
        let stretch = tape.transient();
        let y = tape.leaf(&dmatrix![1.0]).scale(2.0);
        let _z = y.shift(1.0);
        if end {
            stretch.end(&[]);
        } else {
            drop(stretch);
        }
        !y.is_dropped()
    };
    assert!(keeps(&Tape::traced(), true) && keeps(&Tape::new(), false) && !keeps(&Tape::new(), true));
}

#[test]
fn what_is_looked_at_after_it_was_dropped_panics_at_the_callers_line() {
    type Use = fn(Var<'_, f64>) -> usize;
    let uses: [(&str, Use); 6] = [
        ("read", |y| y.value().len()),
        ("columns", |y| y.columns(0, 1).shape().1),
        ("detach", |y| y.detach().shape().1),
        ("tanh", |y| y.tanh().shape().1),
        ("add", |y| (y.tape().zeros(1, 1) + y).shape().1),
        ("stack", |y| y.tape().stack(1, 1, 1).put(0, y).shape().1),
    ];
    for (what, use_it) in uses {
        let panic = std::panic::catch_unwind(|| {
            let tape = Tape::<f64>::new();
            let stretch = tape.transient();
            let y = tape.leaf(&dmatrix![1.0]).scale(2.0);
            stretch.end(&[]);
            use_it(y)
        });
        let message = panic.expect_err("refused").downcast::<String>().expect("a sentence");
        let expected = "the 1 × 1 value of `scale` was dropped at the end of its transient stretch; keep it there";
        assert_eq!(*message, format!("{what}: {expected}"));
    }
}

#[test]
fn a_dropped_value_is_drawn_without_a_norm() {
    let tape = Tape::<f64>::new();
    let stretch = tape.transient();
    let y = tape.leaf(&dmatrix![3.0]).scale(2.0).tanh();
    stretch.end(&[y]);
    let dot = tape.to_dot(&Gradients::new());
    assert!(dot.contains("‖v‖ dropped") && dot.contains("‖v‖ 3"), "{dot}");
}
