//! Misuse panics at the caller's line with one sentence: of all that is no op (for those, see `ops/table/misuse.rs`).
//! In a process of its own, for it looks at panics through the global hook.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex};

use autograd::ops::Window;
use autograd::{Dual, Gradients, Scalar, Tape, differential, program};
use nalgebra::{DMatrix, dmatrix};

/// Held by whoever has changed the hook.
static HOOK: Mutex<()> = Mutex::new(());

/// What `misuse` says when it panics, and at which line of this file.
fn panic_of(misuse: &dyn Fn(&Tape<f64>, &Tape<f64>)) -> (String, u32) {
    let place = Arc::new(Mutex::new(None));
    let (seen, thread) = (place.clone(), std::thread::current().id());
    let _alone = HOOK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let hook = take_hook();
    set_hook(Box::new(move |info| {
        // Other tests may panic meanwhile.
        if std::thread::current().id() != thread {
            return;
        }
        let location = info.location().expect("a location");
        let line = if location.file() == file!() { location.line() } else { 0 };
        *seen.lock().expect("the hook") = Some(line);
    }));
    let result = catch_unwind(AssertUnwindSafe(|| misuse(&Tape::new(), &Tape::new())));
    set_hook(hook);
    let payload = result.expect_err("a panic");
    let message = match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().expect("a sentence")).to_owned(),
    };
    (message, place.lock().expect("the hook").expect("a line"))
}

fn at(line: u32, sentence: &str, misuse: &dyn Fn(&Tape<f64>, &Tape<f64>)) {
    let (message, found) = panic_of(misuse);
    assert_eq!(message, sentence, "line {line}");
    assert_eq!(found, line, "{sentence}: not at the line of the call");
}

#[test]
#[rustfmt::skip] // a call and its `line!()` share a line
fn misuse_panics_at_the_callers_line_with_one_sentence() {
    let [one, row] = [dmatrix![1.0], dmatrix![1.0, 2.0]];
    let all = || Gradients::<f64>::new();
    // values
    at(line!(), "item: the value is 2 × 3, not 1 × 1", &|t, _| { t.zeros(2, 3).item(); });
    at(line!(), "item: the value is 0 × 1, not 1 × 1", &|t, _| { t.zeros(0, 1).item(); });
    at(line!(), "columns: 2..4 of a 2 × 3 value", &|t, _| { t.zeros(2, 3).columns(2, 2); });
    at(line!(), "columns: 2..18446744073709551615 of a 2 × 3 value", &|t, _| { t.zeros(2, 3).columns(2, usize::MAX); });
    at(line!(), "one_hot: index 3 with 3 rows", &|t, _| { t.one_hot(3, &[3]); });
    at(line!(), "add: input 1 lives on another tape", &|t, o| { let _ = t.zeros(1, 1).detach() + o.zeros(1, 1).detach(); });
    at(line!(), "add: input 1 lives on another tape", &|t, o| { let _ = t.zeros(1, 1).hook(|_| {}) + o.zeros(1, 1).hook(|_| {}); });
    // sweeps
    at(line!(), "backward: the root is 2 × 3, not 1 × 1; give a seed with `vjp`", &|t, _| { t.backward(t.zeros(2, 3)); });
    at(line!(), "backward: the root is 0 × 0, not 1 × 1; give a seed with `vjp`", &|t, _| { t.backward_into(t.zeros(0, 0), &mut all()); });
    at(line!(), "backward: the root is 1 × 2, not 1 × 1; give a seed with `vjp`", &|t, _| { t.backward_wrt(t.zeros(1, 2), &[], &mut all()); });
    at(line!(), "backward: the root lives on another tape", &|t, o| { t.backward(o.zeros(1, 1)); });
    at(line!(), "backward: the root lives on another tape", &|t, o| { t.backward_into(o.zeros(1, 1), &mut all()); });
    at(line!(), "backward: a wanted value lives on another tape", &|t, o| { t.backward_wrt(t.zeros(1, 1), &[o.zeros(1, 1)], &mut all()); });
    at(line!(), "backward: the root is (1, 1) but its seed (1, 2)", &|t, _| { t.vjp(&[(t.zeros(1, 1), &row)], &mut all()); });
    at(line!(), "backward: the root is (2, 1) but its seed (1, 2)", &|t, _| { t.vjp(&[(t.zeros(2, 1), &row)], &mut all()); });
    at(line!(), "backward: the root lives on another tape", &|t, o| { t.vjp(&[(t.zeros(1, 1), &one), (o.zeros(1, 1), &one)], &mut all()); });
    // gradients
    let unkept = "gradients: not kept for this value; make it a leaf or `watch` it before the sweep, and ask the gradients of the same recording";
    at(line!(), unkept, &|t, _| { let x = t.leaf(&one).tanh(); t.backward(x.sum()).of(x); });
    at(line!(), unkept, &|t, o| { t.backward(t.leaf(&one)).of(o.leaf(&one)); });
    // steps
    at(line!(), "watch_steps: a step has at least one column", &|t, _| { t.leaf(&one).watch_steps(0); });
    let ragged = |t: &Tape<f64>| t.leaf(&dmatrix![1.0]).watch_steps(2).matmul(t.zeros(1, 3)).sum().id();
    at(line!(), "watch_steps: a product of 3 columns is no whole number of steps of 2", &|t, _| { let y = t.leaf(&one).watch_steps(2).matmul(t.zeros(1, 3)); t.backward(y.sum()); });
    at(line!(), "watch_steps: a product of 3 columns is no whole number of steps of 2", &|t, _| { ragged(t); t.backward(t.leaf(&one)); });
    at(line!(), "per_step: not noted for this value; `watch_steps` it before the sweep, and want its gradient", &|t, _| { let x = t.leaf(&one); t.backward(x).per_step(x); });
    // stacks
    at(line!(), "stack: step 1 is (2, 3) but every step is (2, 2)", &|t, _| { t.stack(2, 2, 2).put(1, t.zeros(2, 3)); });
    at(line!(), "stack: step 1 of 1", &|t, _| { t.stack(2, 2, 1).put(1, t.zeros(2, 2)); });
    at(line!(), "stack: step 0 lives on another tape", &|t, o| { t.stack(2, 2, 1).put(0, o.zeros(2, 2)); });
    at(line!(), "stack: step 0 is already there", &|t, _| { let mut s = t.stack(1, 1, 1); for _ in 0..2 { s.put(0, t.zeros(1, 1)); } });
    at(line!(), "stack: step 1 of 2 is missing", &|t, _| { let mut s = t.stack(1, 1, 2); s.put(0, t.zeros(1, 1)); s.finish(); });
    // kernels
    let tall = Window { image: (2, 2), kernel: (3, 1), stride: (1, 1), padding: (0, 0) };
    at(line!(), &format!("places: {tall:?} does not fit"), &|_, _| { tall.places(); });
    at(line!(), "gemm: (1, 1) = (1, 2) · (1, 2) does not fit", &|_, _| f64::gemm(1.0, (&row).into(), (&row).into(), 0.0, &mut DMatrix::zeros(1, 1).as_view_mut()));
    let duals: DMatrix<Dual<f64>> = row.map(Dual::from_f64);
    at(line!(), "gemm: (1, 1) = (1, 2) · (1, 2) does not fit", &|_, _| Dual::gemm(Dual::from_f64(1.0), (&duals).into(), (&duals).into(), Dual::from_f64(0.0), &mut DMatrix::zeros(1, 1).as_view_mut()));
}

#[test]
fn a_refused_sweep_leaves_the_tape_usable() {
    let tape = Tape::new();
    let w = tape.leaf(&dmatrix![1.0]).watch_steps(2);
    let y = w.matmul(tape.zeros(1, 3)).sum();
    assert!(catch_unwind(AssertUnwindSafe(|| tape.backward(y))).is_err());
    let gradients = tape.backward(w.watch_steps(1).matmul(tape.zeros(1, 2)).sum());
    assert_eq!(gradients.per_step(w).len(), 5);
}

#[test]
fn the_differential_operators_panic_at_the_callers_line() {
    let f = program(|x| x[0].tanh());
    let (x, wrong) = (vec![dmatrix![1.0, 2.0]], vec![dmatrix![1.0; 2.0]]);
    let at = |line: u32, start: &str, misuse: &dyn Fn()| {
        let (message, found) = panic_of(&|_, _| misuse());
        assert!(message.starts_with(start) && !message.contains('\n'), "{message}");
        assert_eq!(found, line, "{message}: not at the line of the call");
    };
    at(line!() + 1, "value_and_grad: ", &|| {
        differential::value_and_grad(&f, &x);
    });
    at(line!() + 1, "value_and_grad: a program has at least one input", &|| {
        differential::value_and_grad(&f, &[]);
    });
    at(line!() + 1, "vjp: ", &|| {
        differential::vjp(&f, &x, &wrong[0]);
    });
    let f = program(|x| x[0].tanh());
    at(line!() + 1, "jvp: the direction has not the shapes of the inputs", &|| {
        differential::jvp(&f, &x, &wrong);
    });
}
