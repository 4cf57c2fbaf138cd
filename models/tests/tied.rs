//! Tied and frozen parameters: one value on the tape, its gradient accumulated once.

use autograd::{Gradients, Tape, Var};
use models::cells::Rnn;
use models::{Bound, Dims, ParamGrads, Params, Unroll};
use nalgebra::DMatrix;

const DIMS: Dims = Dims { input: 3, hidden: 3, horizon: 10 };
const STEPS: usize = 30; // more than are gathered at once
const BATCH: usize = 2;

/// Two layers with the parameter vectors of `first` and `second`.
fn loss<'t>(cell: &Rnn, first: &Bound<'t, f64>, second: &Bound<'t, f64>, tape: &'t Tape<f64>) -> Var<'t, f64> {
    let x = DMatrix::from_fn(DIMS.input, STEPS * BATCH, |i, j| ((7 * i + 13 * j) as f64).sin());
    let below = Unroll::new(cell, first.all()).run(tape.constant(&x), BATCH).outputs;
    let above = Unroll::new(cell, second.all()).run(below, BATCH).outputs;
    (above * above).sum()
}

fn params() -> Params<f64> {
    let mut params = Params::new();
    params.place("layers.0.fwd", Rnn::new(DIMS), 3);
    params
}

fn read(params: &Params<f64>, bound: &Bound<'_, f64>, gradients: &Gradients<f64>) -> Vec<DMatrix<f64>> {
    let mut grads = ParamGrads::zeros(params);
    grads.read(bound, gradients);
    grads.iter().cloned().collect()
}

#[test]
fn a_group_tied_in_two_layers_has_the_sum_of_both_gradients() {
    let cell = Rnn::new(DIMS);
    let params = params();
    let (together, apart) = (Tape::new(), Tape::new());
    let tied = params.bind(&together);
    let found = read(&params, &tied, &together.backward(loss(&cell, &tied, &tied, &together)));
    let (first, second) = (params.bind(&apart), params.bind(&apart));
    let gradients = apart.backward(loss(&cell, &first, &second, &apart));
    let shares = read(&params, &first, &gradients).into_iter().zip(read(&params, &second, &gradients));
    for ((param, found), (a, b)) in params.iter().zip(found).zip(shares) {
        assert!(a.amax() > 0.0 && b.amax() > 0.0, "{}", param.name);
        let expected = a + b;
        assert!((&found - &expected).amax() <= 1e-13 * (1.0 + expected.amax()), "{}", param.name);
    }
}

#[test]
fn a_frozen_tied_parameter_has_no_gradient_and_the_others_keep_theirs() {
    let cell = Rnn::new(DIMS);
    let mut params = params();
    let gradient = |params: &Params<f64>| {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        read(params, &bound, &tape.backward(loss(&cell, &bound, &bound, &tape)))
    };
    let free = gradient(&params);
    let frozen = params.iter().nth(1).expect("several parameters").name.clone();
    params.freeze(&frozen);
    for ((param, free), found) in params.iter().zip(free).zip(gradient(&params)) {
        let expected = if param.name == frozen { free * 0.0 } else { free };
        assert_eq!(found, expected, "{}", param.name);
    }
}

#[test]
fn contributions_of_a_tied_weight_are_listed_layer_by_layer() {
    let cell = Rnn::new(DIMS);
    let params = params();
    let (together, apart) = (Tape::new(), Tape::new());
    let watched = |tape| {
        let bound = params.bind(tape);
        // The input's share of all steps is one product a layer, and yet counts step by step.
        for w in bound.all().vars().iter().filter(|w| w.shape().1 > 1) {
            w.watch_steps(BATCH);
        }
        bound
    };
    let tied = watched(&together);
    let one = together.backward(loss(&cell, &tied, &tied, &together));
    let (first, second) = (watched(&apart), watched(&apart));
    let two = apart.backward(loss(&cell, &first, &second, &apart));
    for ((tied, first), second) in tied.all().vars().iter().zip(first.all().vars()).zip(second.all().vars()) {
        if tied.shape().1 > 1 {
            let expected = [two.per_step(*first), two.per_step(*second)].concat();
            assert_eq!(expected.len(), 2 * STEPS);
            assert_eq!(one.per_step(*tied), expected);
        }
    }
}
