//! Values and gradients of every recurrent layer against those of PyTorch, from the files of `golden/make.py`.

use autograd::{Gradients, Tape, Var};
use models::stacks::{Recurrent, RecurrentConfig};
use models::{Params, Registry, pytorch};
use nalgebra::DMatrix;
use safetensors::SafeTensors;

const T: usize = 5;
const B: usize = 2;

struct Golden {
    name: String,
    file: Vec<u8>,
}

impl Golden {
    fn all() -> Vec<Self> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
        let mut all = Vec::new();
        for (cell, layers) in ["rnn", "rnn_relu", "lstm", "gru"].iter().flat_map(|cell| [1, 2, 3].map(|n| (cell, n))) {
            for ways in ["uni", "bi"] {
                let name = format!("{cell}_{layers}_{ways}");
                let file = std::fs::read(format!("{folder}/{name}.safetensors")).expect("a golden file");
                all.push(Self { name, file });
            }
        }
        all
    }

    fn stack(&self) -> Recurrent {
        let (rest, ways) = self.name.rsplit_once('_').expect("a name");
        let (cell, layers) = rest.rsplit_once('_').expect("a name");
        let layers = layers.parse().expect("a number");
        let config = RecurrentConfig { layers, bidirectional: ways == "bi", ..RecurrentConfig::new(cell, 4) };
        config.build(&Registry::builtin(), 3, 10).expect("a stack")
    }

    /// A tensor, its last dimension as rows: a column is what varies slowest, as a step or an example is.
    fn columns(&self, name: &str) -> DMatrix<f64> {
        let tensors = SafeTensors::deserialize(&self.file).expect("a safetensors file");
        let tensor = tensors.tensor(name).unwrap_or_else(|_| panic!("{}: no {name}", self.name));
        let entries = tensor.data().chunks_exact(8).map(|x| f64::from_le_bytes(x.try_into().expect("eight")));
        let rows = *tensor.shape().last().expect("a dimension");
        DMatrix::from_iterator(rows, entries.clone().count() / rows, entries)
    }

    /// Columns `lane · B .. (lane + 1) · B` of each named tensor, lane by lane.
    fn states(&self, stack: &Recurrent, h: &str, c: &str) -> Vec<DMatrix<f64>> {
        let mut lane = 0;
        let states = stack.states().map(|state| {
            if state.part == "h" {
                lane += 1;
            }
            self.columns(if state.part == "h" { h } else { c }).columns((lane - 1) * B, B).into_owned()
        });
        states.collect()
    }
}

/// The largest |a − b| / (1 + |b|).
fn error(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    assert_eq!(a.shape(), b.shape());
    a.iter().zip(b).map(|(a, b)| (a - b).abs() / (1.0 + b.abs())).fold(0.0, f64::max)
}

/// (error of values, error of gradients).
fn compare(golden: &Golden) -> (f64, f64) {
    let mut params = Params::<f64>::new();
    let stack = params.place("", golden.stack(), 1);
    pytorch::load(&stack, &mut params, &golden.file, "net.").expect("a state dict");

    let tape = Tape::new();
    let bound = params.bind(&tape);
    let x = tape.leaf(&golden.columns("x"));
    let initial: Vec<_> = golden.states(&stack, "h0", "c0").iter().map(|state| tape.leaf(state)).collect();
    let run = stack.unroll(&bound).initial(&initial).run(x, B);
    assert_eq!(run.outputs.shape().1, T * B);

    let mut values = error(&run.outputs.value(), &golden.columns("outputs"));
    for (last, expected) in run.last.iter().zip(golden.states(&stack, "h_n", "c_n")) {
        values = values.max(error(&last.value(), &expected));
    }

    let weighed = |value: Var<'_, f64>, r: &DMatrix<f64>| -> f64 { value.value().component_mul(r).sum() };
    let r_last = golden.states(&stack, "r_h_n", "r_c_n");
    let mut loss = (run.outputs * tape.constant(&golden.columns("r_outputs"))).sum();
    for (&last, r) in run.last.iter().zip(&r_last) {
        loss = loss + (last * tape.constant(r)).sum();
    }
    let by_hand = weighed(run.outputs, &golden.columns("r_outputs"))
        + run.last.iter().zip(&r_last).map(|(&last, r)| weighed(last, r)).sum::<f64>();
    assert!((loss.item() - by_hand).abs() < 1e-12);
    let mut gradients = Gradients::new();
    tape.backward_into(loss, &mut gradients);

    let mut worst = error(&gradients.of(x).into_owned(), &golden.columns("grad.x"));
    for (&state, expected) in initial.iter().zip(golden.states(&stack, "grad.h0", "grad.c0")) {
        worst = worst.max(error(&gradients.of(state).into_owned(), &expected));
    }
    for (param, &var) in params.iter().zip(bound.vars()) {
        let found = gradients.of(var).into_owned();
        let (lane, name) = param.name.rsplit_once('.').expect("a full name");
        let (layer, way) = lane.strip_prefix("layers.").and_then(|lane| lane.split_once('.')).expect("a lane");
        let theirs = |kind: &str| {
            golden.columns(&format!("grad.net.{kind}_l{layer}{}", if way == "rev" { "_reverse" } else { "" }))
        };
        // A weight is row-major, so that its columns here are its rows.
        worst = match name {
            "w_x" => worst.max(error(&found, &theirs("weight_ih").transpose())),
            "w_h" => worst.max(error(&found, &theirs("weight_hh").transpose())),
            // The gradient of our bias is that of each of PyTorch's two; of a GRU's n part, that of the first.
            "b" => {
                let shared = if golden.name.starts_with("gru") { found.nrows() - 4 } else { found.nrows() };
                let second = theirs("bias_hh").rows(0, shared).into_owned();
                worst.max(error(&found, &theirs("bias_ih"))).max(error(&found.rows(0, shared).into_owned(), &second))
            }
            "b_hn" => worst.max(error(&found, &theirs("bias_hh").rows(8, 4).into_owned())),
            other => unreachable!("{other}"),
        };
    }
    (values, worst)
}

#[test]
fn values_and_gradients_are_those_of_pytorch() {
    let (mut values, mut gradients) = (0.0f64, 0.0f64);
    let all = Golden::all();
    assert_eq!(all.len(), 24);
    for golden in &all {
        let (value, gradient) = compare(golden);
        assert!(value <= 1e-12 && gradient <= 1e-10, "{}: values {value:e}, gradients {gradient:e}", golden.name);
        (values, gradients) = (values.max(value), gradients.max(gradient));
    }
    println!("worst of 24: values {values:.1e}, gradients {gradients:.1e}, relative to 1 + |value|");
}

#[test]
fn the_comparison_sees_a_weight_in_the_wrong_place() {
    let golden = &Golden::all()[12];
    assert_eq!(golden.name, "lstm_1_uni");
    // Two numbers of the same weight change places: the last bytes of the file are a tensor's.
    let mut file = golden.file.clone();
    let tensors = SafeTensors::deserialize(&golden.file).expect("a safetensors file");
    let data = tensors.tensor("net.weight_hh_l0").expect("there").data();
    let start = data.as_ptr().addr() - golden.file.as_ptr().addr();
    for byte in 0..8 {
        file.swap(start + byte, start + 8 + byte);
    }
    let (values, _) = compare(&Golden { name: golden.name.clone(), file });
    assert!(values > 1e-6, "{values:e}");
}
