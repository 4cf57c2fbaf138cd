//! What an op may ask of its sink.

use super::*;
use crate::testing::certify_binary;
use crate::{Known, Op, Shape, Tape, Var, same_shape};
use num_traits::Zero;

/// a ∘ b, whose backward computes in scratch memory and asks for nothing that is not wanted.
#[derive(Clone, Debug)]
struct Scratching;

impl<T: Scalar> Op<T> for Scratching {
    fn name(&self) -> &'static str {
        "scratching"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        same_shape(inputs)
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        out.copy_from(&inputs[0].component_mul(&inputs[1]));
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        let share = dy.component_mul(&inputs[1]).map(|share| share.flushed(sink.line()));
        sink.add_flushed(0, |dx| dx.copy_from_slice(share.as_slice()));
        assert_eq!(sink.wants(1), sink.grad(1).is_some());
        let mut scratch = sink.scratch(dy.nrows(), dy.ncols());
        assert_eq!(scratch.shape(), dy.shape());
        scratch.copy_from(&dy.component_mul(&inputs[0]));
        sink.add(1, scratch.as_slice());
        sink.recycle(scratch);
    }
}

#[test]
fn scratch_has_the_shape_asked_for_and_what_is_wanted_is_told() {
    certify_binary(&Scratching, -2.0..2.0);
}

/// Writes what a sweep would set to 0.
#[derive(Clone, Debug)]
struct Unflushed;

impl<T: Scalar> Op<T> for Unflushed {
    fn name(&self) -> &'static str {
        "unflushed"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        same_shape(inputs)
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        out.copy_from(&inputs[0]);
    }

    fn backward(&self, _: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        sink.add_flushed(0, |dx| dx.fill(T::from_f64(1e-305)));
    }
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "add_flushed: input 0 is given what `flushed` would change")]
fn numbers_that_are_not_flushed_are_refused() {
    let tape = Tape::<f64>::new().flushing();
    let x = tape.leaf(&nalgebra::dmatrix![1.0]);
    tape.backward(tape.record(Unflushed, &[x]));
}

type Use = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

/// ∂L/∂x of L = `use_of`(tanh x), with the tiny number that it is to multiply by.
fn gradient_of_use(tape: Tape<f64>, tiny: f64, use_of: Use) -> f64 {
    let x = tape.leaf(&nalgebra::dmatrix![0.5]);
    let loss = use_of(x.tanh(), tape.constant(&nalgebra::dmatrix![tiny]));
    tape.backward(loss).of(x)[0]
}

#[test]
fn a_flushing_tape_flushes_what_came_by_any_way_and_another_tape_nothing() {
    // Written as it is, handed over, a product, and beside what was flushed.
    let uses: [Use; 4] = [
        |y, tiny| y * tiny,
        |y, tiny| (y + tiny) * tiny,
        |y, tiny| y.matmul(tiny),
        |y, tiny| y * tiny + y.tape().record(Scratching, &[y, y.tape().zeros(1, 1)]),
    ];
    for (k, use_of) in uses.into_iter().enumerate() {
        assert!(gradient_of_use(Tape::new().flushing(), 1e-305, use_of).is_zero(), "use {k}");
        assert!(gradient_of_use(Tape::new().flushing(), 1e-300, use_of) > 0.0, "use {k}");
        assert!(gradient_of_use(Tape::new(), 1e-305, use_of) > 0.0, "use {k}");
    }
}

#[test]
fn a_product_that_overflows_is_found_on_a_traced_tape() {
    let tape = Tape::<f32>::traced();
    let w = tape.leaf(&nalgebra::dmatrix![1e-30]);
    let y = w.matmul(tape.constant(&nalgebra::dmatrix![1e30])).scale(1e30);
    let gradients = tape.backward(y);
    assert_eq!(gradients.anomaly().map(|anomaly| anomaly.op), Some("matmul")); // and not the sum in the leaf
    let y = w.matmul(tape.constant(&nalgebra::dmatrix![1e30]));
    assert!(tape.backward(y).anomaly().is_none());
}
