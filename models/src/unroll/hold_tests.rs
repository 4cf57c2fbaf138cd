//! The LSTM's memory, c_t = f_t ∘ c_{t−1} + i_t ∘ g_t, one share at a time.
//!
//! f = 0: c_t = i_t ∘ g_t, exactly. Of all that was before, c_t then knows what i_t and g_t read: h_{t−1}, and nothing
//! beyond. h_{t−1} = o_{t−1} ∘ tanh(c_{t−1}) itself still reaches back: without its way, W_h = 0, c_t is a function of x_t.
//!
//! i = 0: c_T = f_T ∘ (… (f_1 ∘ c_0)), exactly; and (Π f_t) ∘ c_0 to the rounding of T products.

use autograd::Tape;
use autograd::testing::proptest::prelude::*;
use autograd::testing::{check, matrix_of};
use nalgebra::DMatrix;

use super::Unroll;
use crate::cells::{Gru, Lstm, Rnn};
use crate::{AnyCell, CellScalar, Describe, Dims, Params};

/// A random LSTM's weights, a sequence and initial states.
#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    hidden: usize,
    steps: usize,
    batch: usize,
    x: DMatrix<f64>,
    h: DMatrix<f64>,
    c: DMatrix<f64>,
}

const INPUT: usize = 2;

fn cases() -> impl Strategy<Value = Case> {
    (any::<u64>(), 1usize..6, 1usize..20, 1usize..4).prop_flat_map(|(seed, hidden, steps, batch)| {
        let entry = || -3.0..3.0;
        let inputs = (
            matrix_of(entry(), INPUT, steps * batch),
            matrix_of(entry(), hidden, batch),
            matrix_of(entry(), hidden, batch),
        );
        inputs.prop_map(move |(x, h, c)| Case { seed, hidden, steps, batch, x, h, c })
    })
}

/// Values of a recorded run: every gate, then h and c, by name, step after step.
struct Seen(Vec<(&'static str, DMatrix<f64>)>);

impl Seen {
    fn all(&self, name: &str) -> &DMatrix<f64> {
        &self.0.iter().find(|(seen, _)| *seen == name).expect("seen").1
    }

    fn at(&self, name: &str, t: usize, batch: usize) -> DMatrix<f64> {
        self.all(name).columns(t * batch, batch).into_owned()
    }
}

/// The LSTM of a case with a gate held at 0; without `recurrent`, W_h = 0.
fn run(case: &Case, held: &str, recurrent: bool) -> Seen {
    let cell = Lstm::new(Dims { input: INPUT, hidden: case.hidden, horizon: 10 });
    let mut params = Params::<f64>::new();
    let group = params.place("lstm", cell.about().specs.clone(), case.seed);
    for w_h in params.iter_mut().filter(|p| p.name == "lstm.w_h" && !recurrent) {
        w_h.value.fill(0.0);
    }
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let initial = [tape.constant(&case.h), tape.constant(&case.c)];
    let unroll = Unroll::new(&cell, group.on(&bound)).initial(&initial).hold(held, 0.0).record();
    let run = unroll.run(tape.constant(&case.x), case.batch);
    Seen(run.gates.iter().chain(&run.states).map(|(name, values)| (*name, values.value())).collect())
}

#[test]
fn with_the_forget_gate_at_0_the_memory_is_the_inputs_share_exactly() {
    check(cases(), |case| {
        let seen = run(&case, "f", true);
        prop_assert_eq!(seen.all("c"), &seen.all("i").component_mul(seen.all("g")));
        prop_assert!(seen.all("f").iter().all(|f| f.to_bits() == 0));
        Ok(())
    });
}

#[test]
fn with_the_forget_gate_at_0_no_memory_before_matters_beyond_h() {
    check((cases(), -9.0..9.0), |(case, other)| {
        let another = Case { c: case.c.map(|c| c + other), ..case.clone() };
        let (one, two) = (run(&case, "f", true), run(&another, "f", true));
        for name in ["i", "g", "o", "h", "c"] {
            prop_assert_eq!(one.all(name), two.all(name), "{}", name);
        }
        Ok(())
    });
}

#[test]
fn with_the_forget_gate_at_0_and_no_way_through_h_the_memory_is_a_function_of_its_own_input() {
    check((cases(), -2.0..2.0), |(case, other)| {
        // Another past: other states, and other inputs at all steps but the last.
        let mut another = Case { h: case.h.map(|h| h - other), c: case.c.map(|c| c + other), ..case.clone() };
        let past = (case.steps - 1) * case.batch;
        another.x.columns_mut(0, past).apply(|x| *x += other);
        let last = |case: &Case| run(case, "f", false).at("c", case.steps - 1, case.batch);
        prop_assert_eq!(last(&case), last(&another));
        Ok(())
    });
}

#[test]
fn through_h_the_past_still_reaches_a_memory_whose_forget_gate_is_at_0() {
    let x = DMatrix::from_fn(INPUT, 2, |i, j| (i + j) as f64);
    let zeros = || DMatrix::zeros(3, 1);
    let case = Case { seed: 1, hidden: 3, steps: 2, batch: 1, x, h: zeros(), c: zeros() };
    let mut another = case.clone();
    another.x[(0, 0)] += 1.0;
    let last = |case: &Case, held| run(case, held, true).at("c", 1, 1);
    assert!((last(&case, "f") - last(&another, "f")).amax() > 1e-3);
    // And nothing enters at all where the input gate is at 0 and the memory is empty.
    assert_eq!(last(&case, "i"), zeros());
}

#[test]
fn with_the_input_gate_at_0_the_memory_is_the_product_of_the_forget_gates() {
    check(cases(), |case| {
        let seen = run(&case, "i", true);
        let (mut memory, mut product) = (case.c.clone(), DMatrix::from_element(case.hidden, case.batch, 1.0));
        for t in 0..case.steps {
            let f = seen.at("f", t, case.batch);
            memory = f.component_mul(&memory);
            product.component_mul_assign(&f);
            prop_assert_eq!(&seen.at("c", t, case.batch), &memory, "step {}", t);
        }
        // T products on each side, each rounded to half a unit in the last place.
        let tolerance = case.steps as f64 * f64::EPSILON;
        for (kept, whole) in memory.iter().zip(product.component_mul(&case.c).iter()) {
            prop_assert!((kept - whole).abs() <= tolerance * whole.abs(), "{} is not {}", kept, whole);
        }
        Ok(())
    });
}

#[test]
fn a_gate_held_at_what_it_is_changes_nothing_and_no_gradient_passes_it() {
    // With W = 0 and b = 0 the update gate is ½ in every step, of itself or held there.
    let cell = Gru::new(Dims { input: INPUT, hidden: 3, horizon: 10 });
    let mut params = Params::<f64>::new();
    let group = params.place("gru", cell.about().specs.clone(), 1);
    for param in params.iter_mut() {
        let rows = param.value.nrows() / 3;
        if param.value.nrows() == 9 {
            param.value.rows_mut(rows, rows).fill(0.0);
        }
    }
    let x = DMatrix::from_fn(INPUT, 8, |i, j| ((i + 2 * j) as f64).sin());
    let gradient = |hold: bool| {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let unroll = Unroll::new(&cell, group.on(&bound));
        let run = if hold { unroll.hold("z", 0.5) } else { unroll }.run(tape.constant(&x), 2);
        let gradients = tape.backward(run.outputs.sum());
        (run.outputs.value(), gradients.of(group.on(&bound).vars()[0]).rows(3, 3).amax())
    };
    let ((free, passes), (held, stopped)) = (gradient(false), gradient(true));
    assert!((free - held).amax() < 1e-14);
    assert!(passes > 1e-3 && stopped.to_bits() == 0, "{passes} {stopped}");
}

#[test]
fn every_precision_holds_the_same() {
    fn c<T: CellScalar>() -> DMatrix<f64> {
        let cell = Lstm::new(Dims { input: INPUT, hidden: 3, horizon: 10 });
        let mut params = Params::<T>::new();
        let group = params.place("lstm", cell.about().specs.clone(), 1);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let x = tape.constant(&DMatrix::from_element(INPUT, 6, T::from_f64(0.5)));
        let cell: &dyn AnyCell = &cell;
        Unroll::new(T::cell(cell), group.on(&bound)).hold("f", 0.25).run(x, 2).last[1].value().map(|c| c.re())
    }
    assert!((c::<f32>() - c::<f64>()).amax() < 1e-6);
    assert_eq!(c::<autograd::Dual<f64>>(), c::<f64>());
}

#[test]
#[should_panic(expected = "unroll: rnn names no gate `f` that could be held; mind its gates' names")]
fn a_gate_that_the_cell_does_not_name_cannot_be_held() {
    let cell = Rnn::new(Dims { input: INPUT, hidden: 3, horizon: 10 });
    let mut params = Params::<f64>::new();
    let group = params.place("rnn", cell.about().specs.clone(), 1);
    let tape = Tape::new();
    let bound = params.bind(&tape);
    Unroll::new(&cell, group.on(&bound)).hold("f", 0.0).run(tape.zeros(INPUT, 4), 2);
}
