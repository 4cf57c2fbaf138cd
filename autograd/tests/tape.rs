//! The tape's own promises: depth, reset, views, stacks, watching, cutting, pruning, and the wording of misuse.

use autograd::testing::{self, Program, matrix};
use autograd::{Gradients, Scalar, Tape, Var};
use nalgebra::{DMatrix, dmatrix};
use proptest::prelude::*;

#[test]
fn a_chain_of_a_million_nodes_differentiates_and_drops_on_a_small_stack() {
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(|| {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![0.5]);
        let mut y = x;
        for _ in 0..1_000_000 {
            y = y.shift(1e-6);
        }
        let gradients = tape.backward(y);
        assert_eq!(gradients.of(x), dmatrix![1.0]);
        drop((gradients, tape));
    });
    thread.expect("a thread").join().expect("no overflow");
}

/// Slices, blocks of columns, blocks of blocks, and a stack that is read as a whole and step by step.
struct Views;

impl<T: Scalar> Program<T> for Views {
    fn name(&self) -> String {
        "views".into()
    }
    fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
        let [w, x] = *inputs else { unreachable!() };
        let tape = x.tape();
        let (n, steps) = (w.shape().0, 3);
        let batch = x.shape().1 / steps;
        let projected = w.matmul(x);
        let mut h = tape.zeros(n, batch);
        let mut stack = tape.stack(n, batch, steps);
        // Filled from the back, as a reversed layer does.
        for t in (0..steps).rev() {
            h = (projected.columns(t * batch, batch) + w.matmul(h)).tanh();
            h = stack.put(t, h);
        }
        let all = stack.finish();
        let inner = all.columns(batch, 2 * batch).columns(0, batch);
        all + w.matmul(all) + projected.columns(0, steps * batch) * all.columns(0, steps * batch) + {
            let mut again = tape.stack(n, batch, steps);
            again.put(0, inner); // a view: copied
            again.put(1, h); // a step of another stack: copied
            again.put(2, inner.sigmoid());
            again.finish()
        }
    }
}

#[test]
fn views_and_stacks_have_the_certificate() {
    let inputs = (1usize..4, 1usize..3).prop_flat_map(|(n, batch)| [matrix(n, n), matrix(n, 3 * batch)]);
    testing::certify_program(&Views, inputs.prop_map(Vec::from));
}

#[test]
fn a_watched_value_answers_after_a_reset_and_an_unwatched_one_does_not() {
    let mut tape = Tape::<f64>::new();
    let mut gradients = Gradients::new();
    let (x, y, z);
    {
        let a = tape.leaf(&dmatrix![2.0]);
        let b = (a * a).watch();
        let c = b * a;
        tape.backward_into(c * b, &mut gradients); // a⁵, as b² a
        (x, y, z) = (a.id(), b.id(), c.id());
    }
    tape.reset();
    assert_eq!(gradients.of(x), dmatrix![5.0 * 16.0]);
    assert_eq!(gradients.of(y), dmatrix![2.0 * 4.0 * 2.0]);
    assert!(gradients.get(z).is_none());
    // The same number after the reset is another value.
    assert!(gradients.get(tape.leaf(&dmatrix![1.0])).is_none());
}

#[test]
fn a_watched_stack_holds_the_gradient_of_every_step() {
    let tape = Tape::<f64>::new();
    let w = tape.constant(&dmatrix![0.5]);
    let mut h = tape.leaf(&dmatrix![1.0]);
    let mut stack = tape.stack(1, 1, 5);
    for t in 0..5 {
        h = stack.put(t, w.matmul(h));
    }
    let all = stack.finish().watch();
    assert_eq!(tape.backward(h).of(all), dmatrix![0.0625, 0.125, 0.25, 0.5, 1.0]);
}

#[test]
fn detached_values_pass_no_gradient() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(&dmatrix![3.0]);
    let y = x * x.detach();
    assert_eq!(tape.backward(y).of(x), dmatrix![3.0]);
}

#[test]
fn only_what_is_wanted_is_computed() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf(&dmatrix![2.0]), tape.leaf(&dmatrix![3.0]));
    let mut gradients = Gradients::new();
    tape.backward_wrt(a * b, &[b], &mut gradients);
    assert_eq!(gradients.of(b), dmatrix![2.0]);
    assert!(gradients.get(a).is_none());
}

#[test]
fn a_wanted_stack_or_view_is_reached_through_what_shares_its_memory() {
    // Nothing but the stack, or the view, is wanted, and the root uses neither: it uses the steps, or the whole.
    let tape = Tape::<f64>::new();
    let (w, x) = (tape.constant(&dmatrix![0.5]), tape.constant(&dmatrix![1.0, 2.0]));
    let mut stack = tape.stack(1, 1, 2);
    let first = stack.put(0, w.matmul(x.columns(0, 1)));
    let last = stack.put(1, w.matmul(first));
    let all = stack.finish();
    let mut gradients = Gradients::new();
    tape.backward_wrt(last, &[all], &mut gradients);
    assert_eq!(gradients.of(all), dmatrix![0.5, 1.0]);

    let whole = x.scale(2.0);
    let view = whole.columns(1, 1);
    tape.backward_wrt((whole * whole).sum(), &[view], &mut gradients);
    assert_eq!(gradients.of(view), dmatrix![8.0]);
}

#[test]
fn a_leaf_that_the_root_does_not_use_has_gradient_zero() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf(&dmatrix![2.0]), tape.leaf(&dmatrix![3.0, 4.0]));
    assert_eq!(tape.backward(a).of(b), dmatrix![0.0, 0.0]);
}

#[test]
fn memory_is_reused_after_a_reset() {
    let mut tape = Tape::<f32>::new();
    let mut gradients = Gradients::new();
    let mut round = || {
        let w = tape.leaf(&DMatrix::from_element(16, 16, 0.1));
        let mut h = tape.zeros(16, 8).shift(0.5);
        for _ in 0..100 {
            h = w.matmul(h).tanh();
        }
        tape.backward_into(h.sum(), &mut gradients);
        let bytes = tape.bytes();
        tape.reset();
        bytes
    };
    assert_eq!(round(), round());
}

#[test]
#[should_panic(expected = "add: input 1 lives on another tape")]
fn a_value_of_another_tape_is_refused() {
    let (one, two) = (Tape::<f64>::new(), Tape::<f64>::new());
    let _ = one.zeros(1, 1) + two.zeros(1, 1);
}

#[test]
#[should_panic(expected = "backward: the root is 2 × 1, not 1 × 1; give a seed with `vjp`")]
fn a_root_that_is_no_number_is_refused() {
    let tape = Tape::<f64>::new();
    tape.backward(tape.zeros(2, 1));
}

#[test]
#[should_panic(expected = "gradients: not kept for this value")]
fn the_gradient_of_an_unwatched_value_is_refused() {
    let tape = Tape::<f64>::new();
    let y = tape.leaf(&dmatrix![1.0]).tanh();
    tape.backward(y.tanh()).of(y);
}
