//! The first number that is not finite is found, forward and backward, and named; nothing else changes.

use autograd::{Anomaly, Dual, Found, Gradients, Range, Scalar, Tape, Var};
use nalgebra::{DMatrix, dmatrix};

const INF: f64 = f64::INFINITY;

fn backward<T: Scalar>(tape: &Tape<T>, loss: Var<'_, T>) -> Option<Anomaly> {
    assert_eq!(tape.anomaly(), None, "the values are finite");
    tape.backward(loss).anomaly().cloned()
}

#[test]
fn finite_is_none() {
    let tape = Tape::<f64>::traced();
    let x = tape.leaf(&dmatrix![1.0, 2.0]);
    assert_eq!(backward(&tape, x.matmul_nt(x).ln()), None);
    assert_eq!(Tape::<f64>::traced().anomaly(), None);
}

#[test]
fn a_value_is_told_with_op_line_scope_shapes_and_ranges() {
    let tape = Tape::<f64>::traced();
    let x = tape.leaf(&dmatrix![3.0, 0.5; -1.0, 2.0]).named("x");
    let _layer = tape.in_layer("encoder");
    let _step = tape.in_step(4);
    let (y, line) = (x.ln(), line!());
    let _gate = (y + y).sigmoid().named("z");
    let anomaly = tape.anomaly().expect("ln(−1)");
    assert_eq!((anomaly.found, anomaly.op, anomaly.entry), (Found::Value, "ln", (1, 0)));
    assert_eq!(anomaly.output.range.nan, 1);
    assert_eq!(anomaly.inputs[0].range, Range { finite: Some((-1.0, 3.0)), ..Range::default() });
    assert_eq!(
        anomaly.to_string(),
        format!(
            "ln gave NaN at row 1, column 0 ({}:{line}, encoder, time step 4, on the way to `z`): \
             output 2 × 2 in −0.693 … 1.10, 1 NaN; input `x` 2 × 2 in −1.00 … 3.00",
            file!()
        )
    );
}

#[test]
fn a_plain_tape_tells_the_value_but_not_the_line() {
    let tape = Tape::<f64>::new();
    tape.leaf(&dmatrix![-1.0]).sqrt();
    let anomaly = tape.anomaly().expect("√−1");
    assert_eq!((anomaly.op, &anomaly.origin), ("sqrt", &None));
    assert_eq!(
        anomaly.to_string(),
        "sqrt gave NaN at row 0, column 0: output 1 × 1 in 1 NaN; input 1 × 1 in all −1.00"
    );
}

#[test]
fn an_input_that_the_tape_has_dropped_is_no_reason_to_panic() {
    let tape = Tape::<f64>::new();
    let stretch = tape.transient();
    let y = (tape.leaf(&dmatrix![1.0, 0.0]).shift(1.0)).one_minus().sqrt();
    stretch.end(&[y]);
    let anomaly = tape.anomaly().expect("√−1");
    assert_eq!(
        anomaly.to_string(),
        "sqrt gave NaN at row 0, column 0: output 1 × 2 in all 0, 1 NaN; input 1 × 2, dropped"
    );
}

#[test]
fn what_was_put_on_the_tape_is_reported_as_such() {
    let tape = Tape::<f64>::traced();
    tape.constant(&dmatrix![1.0, f64::NEG_INFINITY]).named("x").exp();
    let anomaly = tape.anomaly().expect("−∞");
    assert!(anomaly.to_string().starts_with("constant `x` holds −∞ at row 0, column 1 ("), "{anomaly}");
    assert!(anomaly.to_string().ends_with("): value 1 × 2 in all 1.00, 1 −∞"), "{anomaly}");
}

#[test]
fn an_overflow_in_single_precision_is_found_where_it_happens() {
    let tape = Tape::<f32>::traced();
    let x = tape.leaf(&dmatrix![1e30f32, 1.0]);
    let y = x.scale(10.0);
    let z = y * y;
    z.tanh().sum();
    let anomaly = tape.anomaly().expect("1e62 is no f32");
    assert_eq!((anomaly.op, anomaly.number.to_bits()), ("mul", INF.to_bits()));
    assert_eq!(anomaly.inputs.len(), 2);
}

#[test]
fn a_stack_and_a_view_lead_to_the_op_that_filled_them() {
    let tape = Tape::<f64>::traced();
    let x = tape.leaf(&dmatrix![4.0, -1.0]).named("x");
    let mut stack = tape.stack(1, 1, 2);
    for t in 0..2 {
        let _step = tape.in_step(t);
        stack.put(t, x.columns(t, 1).sqrt());
    }
    stack.finish().columns(1, 1).sum();
    let anomaly = tape.anomaly().expect("√−1");
    assert_eq!((anomaly.op, anomaly.origin.as_ref().and_then(|origin| origin.step)), ("sqrt", Some(1)));
    assert_eq!(anomaly.inputs[0].name.as_deref(), Some("x"), "a view has its owner's name");
}

#[test]
fn an_infinite_slope_is_found_in_the_sweep() {
    let tape = Tape::<f64>::traced();
    let x = tape.leaf(&dmatrix![4.0, 0.0]).named("x");
    let (y, line) = (x.sqrt(), line!());
    let anomaly = backward(&tape, y.scale(3.0).sum()).expect("1 / (2 √0)");
    assert_eq!(anomaly.found, Found::Gradient { input: 0 });
    assert_eq!(
        anomaly.to_string(),
        format!(
            "backward of sqrt gave its input the gradient ∞ at row 0, column 1 ({}:{line}): gradient 1 × 2 in all 3.00; \
             output 1 × 2 in 0 … 2.00; input `x` 1 × 2 in 0 … 4.00",
            file!()
        )
    );
}

#[test]
fn a_gathered_product_is_laid_to_its_op_and_not_to_the_flush() {
    let tape = Tape::<f32>::traced();
    let w = tape.leaf(&dmatrix![1e-30f32]).named("w");
    let mut loss = tape.zeros(1, 1);
    for t in 0..5 {
        let _step = tape.in_step(t);
        let size = if t == 3 { 1e30 } else { 1.0 };
        let (x, factor) = (tape.constant(&dmatrix![size]), tape.constant(&dmatrix![size]));
        loss = loss + w.matmul(x) * factor; // dW += size · size
    }
    let anomaly = backward(&tape, loss).expect("1e60 is no f32");
    assert_eq!((anomaly.found, anomaly.op), (Found::Gradient { input: 0 }, "matmul"));
    assert_eq!(anomaly.origin.as_ref().and_then(|origin| origin.step), Some(3));
}

#[test]
fn finite_products_that_overflow_together_are_told_as_a_sum() {
    let tape = Tape::<f32>::traced();
    let w = tape.leaf(&dmatrix![1e-30f32]).named("w");
    let x = tape.constant(&dmatrix![1e38f32]);
    let loss = (0..5).fold(tape.zeros(1, 1), |loss, _| loss + w.matmul(x));
    let anomaly = backward(&tape, loss).expect("5e38 is no f32");
    assert_eq!(anomaly.found, Found::Sum);
    let text = anomaly.to_string();
    assert!(text.starts_with("finite contributions to the gradient of leaf `w` add up to ∞"), "{text}");
}

#[test]
fn a_seed_that_is_not_finite_is_no_ops_fault() {
    let tape = Tape::<f64>::traced();
    let x = tape.leaf(&dmatrix![1.0, 2.0]);
    let mut gradients = Gradients::new();
    tape.vjp(&[(x.tanh(), &dmatrix![0.0, f64::NAN])], &mut gradients);
    let text = gradients.anomaly().expect("the seed").to_string();
    assert!(text.starts_with("the seed of tanh holds NaN at row 0, column 1 ("), "{text}");
    tape.vjp(&[(x.tanh(), &dmatrix![0.0, 1.0])], &mut gradients);
    assert_eq!(gradients.anomaly(), None, "each sweep is told by itself");
}

#[test]
fn a_tangent_counts_like_the_number_itself() {
    let tape = Tape::<Dual<f64>>::traced();
    tape.leaf(&dmatrix![Dual::new(0.0, 1.0)]).sqrt();
    let anomaly = tape.anomaly().expect("the slope of √ at 0");
    assert!(anomaly.in_tangent && anomaly.output.range.finite == Some((0.0, 0.0)));
    assert!(anomaly.to_string().starts_with("sqrt gave ∞ in the tangent at row 0, column 0 ("), "{anomaly}");
    assert!(anomaly.to_string().ends_with("input 1 × 1 in all 0 (tangents all 1.00)"), "{anomaly}");
}

#[test]
#[should_panic(expected = "make the tape with `Tape::traced`")]
fn a_sweep_that_checked_nothing_does_not_answer() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(&dmatrix![0.0]);
    let _ = tape.backward(x.sqrt()).anomaly();
}

/// Forty steps of a recurrence with views, stacks and gathered products.
fn recurrence<T: Scalar>(tape: &Tape<T>) -> Vec<DMatrix<T>> {
    let number = |i: usize, j: usize| T::from_f64(((i * 7 + j * 5) % 11) as f64 / 11.0 - 0.4);
    let (w, x) = (tape.leaf(&DMatrix::from_fn(3, 3, number)), tape.leaf(&DMatrix::from_fn(3, 80, number)));
    let mut h = tape.zeros(3, 2);
    let mut stack = tape.stack(3, 2, 40);
    for t in 0..40 {
        h = stack.put(t, (w.matmul(h) + x.columns(2 * t, 2)).tanh());
    }
    let h = stack.finish();
    let gradients = tape.backward((h * h).mean());
    vec![h.value(), gradients.of(w).into_owned(), gradients.of(x).into_owned()]
}

#[test]
fn tracing_changes_no_bit() {
    assert_eq!(recurrence(&Tape::<f32>::new()), recurrence(&Tape::traced()));
    assert_eq!(recurrence(&Tape::<f64>::new()), recurrence(&Tape::traced()));
}
