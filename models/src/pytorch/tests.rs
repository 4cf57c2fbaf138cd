use autograd::Scalar;
use safetensors::Dtype;

use super::*;
use crate::cells::LstmPeephole;
use crate::stacks::RecurrentConfig;
use crate::{Cell, Describe, Handle, Registry, Step, init};

fn build(config: &RecurrentConfig, registry: &Registry) -> Placed<Recurrent> {
    Params::<f64>::new().place("net", config.build(registry, 3, 10).expect("a stack"), 1)
}

fn stack(cell: &str, layers: usize, bidirectional: bool) -> Placed<Recurrent> {
    build(&RecurrentConfig { layers, bidirectional, ..RecurrentConfig::new(cell, 4) }, &Registry::builtin())
}

fn drawn(stack: &Placed<Recurrent>, seed: u64) -> Params<f64> {
    let mut params = Params::new();
    params.place("net", stack.specs().clone(), seed);
    params.iter_mut().for_each(|param| param.value.iter_mut().enumerate().for_each(|(k, x)| *x += 0.01 * k as f64));
    params
}

fn file(stack: &Placed<Recurrent>) -> Vec<u8> {
    save(stack, &drawn(stack, 1), "theirs.").expect("PyTorch has it")
}

fn refusal(stack: &Placed<Recurrent>, file: &[u8], theirs: &str) -> String {
    let mut params = drawn(stack, 2);
    let before = params.clone();
    let refused = load(stack, &mut params, file, theirs).expect_err("refused").to_string();
    assert!(params == before && !refused.contains('\n'), "changed by a refused file, or more than a line: {refused}");
    refused
}

#[test]
fn what_is_saved_is_loaded_bit_by_bit() {
    for (cell, layers, bidirectional) in
        [("rnn", 1, false), ("rnn_relu", 2, true), ("lstm", 3, true), ("gru", 2, false)]
    {
        let stack = stack(cell, layers, bidirectional);
        let mut params = drawn(&stack, 2);
        load(&stack, &mut params, &file(&stack), "theirs.").expect("our own file");
        assert_eq!(params, drawn(&stack, 1), "{cell}");
    }
}

#[test]
fn files_of_other_layers_are_refused_by_the_tensors_name() {
    let lstm = stack("lstm", 2, false);
    let said = |other: &Placed<Recurrent>, theirs| refusal(&lstm, &file(other), theirs);
    let gru = "tensor `theirs.weight_ih_l0` is [12, 3], not [16, 3]; an LSTM's has 4H rows, a GRU's 3H, an RNN's H";
    assert_eq!(said(&stack("gru", 2, false), "theirs."), gru);
    let fewer =
        "no tensor `theirs.weight_ih_l1`; mind the prefix of the names, and the layers and directions of the stack";
    assert_eq!(said(&stack("lstm", 1, false), "theirs."), fewer);
    assert!(said(&lstm, "").starts_with("no tensor `weight_ih_l0`; mind the prefix"));
    assert!(said(&stack("lstm", 3, false), "theirs.").ends_with("belongs to no layer or direction of this stack"));
    let reverse = said(&stack("lstm", 2, true), "theirs.");
    assert!(reverse.contains("weight_ih_l1") || reverse.contains("_reverse"), "{reverse}");
    let mut narrow = Params::<f32>::new();
    narrow.place("net", lstm.specs().clone(), 1);
    let narrow = save(&lstm, &narrow, "theirs.").expect("PyTorch has it");
    assert_eq!(
        refusal(&lstm, &narrow, "theirs."),
        "tensor `theirs.weight_ih_l0` is F32, not F64; convert the network with .double() before saving, or load it into \
         Params::<f32>"
    );
}

/// `file` with the tensor `name` in another's place.
fn with_tensor(file: &[u8], name: &str, tensor: TensorView<'_>) -> Vec<u8> {
    let read = SafeTensors::deserialize(file).expect("our own file");
    let mut tensors = read.tensors();
    tensors.retain(|(there, _)| there != name);
    tensors.push((name.into(), tensor));
    safetensors::serialize(tensors, None).expect("a file")
}

#[test]
fn numbers_of_16_bits_are_refused_with_a_cure_that_works() {
    let rnn = stack("rnn", 1, false);
    for dtype in [Dtype::F16, Dtype::BF16] {
        let half = TensorView::new(dtype, vec![4, 3], &[0; 2 * 12]).expect("as many bytes");
        let file = with_tensor(&file(&rnn), "theirs.weight_ih_l0", half);
        let convert = |to| format!("tensor `theirs.weight_ih_l0` is {dtype:?}, not {to}() before saving");
        assert_eq!(refusal(&rnn, &file, "theirs."), convert("F64; convert the network with .double"));
        let mut single = drawn(&rnn, 1).cast::<f32>();
        let refused = load(&rnn, &mut single, &file, "theirs.").expect_err("refused").to_string();
        assert_eq!(refused, convert("F32; convert the network with .float"));
    }
}

/// `file` with zeros and one `value` for the tensor `name`.
fn with_entry(file: &[u8], name: &str, shape: &[usize], at: usize, value: f64) -> Vec<u8> {
    let mut entries = vec![0.0; shape.iter().product()];
    entries[at] = value;
    let bytes: Vec<u8> = entries.iter().flat_map(|x: &f64| x.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F64, shape.to_vec(), &bytes).expect("as many bytes");
    with_tensor(file, name, view)
}

#[test]
fn finite_biases_whose_sum_is_not_are_refused_by_their_tensors() {
    let gru = stack("gru", 1, false);
    let most = |first: usize, second: usize| {
        let one = with_entry(&file(&gru), "theirs.bias_ih_l0", &[12], first, f64::MAX);
        with_entry(&one, "theirs.bias_hh_l0", &[12], second, f64::MAX)
    };
    assert_eq!(
        refusal(&gru, &most(7, 7), "theirs."),
        "tensors `theirs.bias_ih_l0` and `theirs.bias_hh_l0` add up to inf at [7]; save the network as it was before its \
         training diverged"
    );
    // The last third of the second one is b_hn, which is not added.
    for (first, second) in [(7, 6), (9, 9)] {
        load(&gru, &mut drawn(&gru, 2), &most(first, second), "theirs.").expect("finite");
    }
}

#[test]
fn what_is_not_finite_is_refused_by_its_tensor_and_entry() {
    let rnn = stack("rnn", 1, false);
    let with = |name: &str, shape: &[usize], at: usize, value: f64| with_entry(&file(&rnn), name, shape, at, value);
    let cure = "; save the network as it was before its training diverged";
    let nan = with("theirs.weight_ih_l0", &[4, 3], 7, f64::NAN);
    assert_eq!(refusal(&rnn, &nan, "theirs."), format!("tensor `theirs.weight_ih_l0` has NaN at [2, 1]{cure}"));
    let infinite = with("theirs.bias_hh_l0", &[4], 3, f64::NEG_INFINITY);
    assert_eq!(refusal(&rnn, &infinite, "theirs."), format!("tensor `theirs.bias_hh_l0` has -inf at [3]{cure}"));
    load(&rnn, &mut drawn(&rnn, 2), &with("theirs.bias_hh_l0", &[4], 3, 1e300), "theirs.").expect("finite");
}

#[test]
fn a_cell_is_known_by_what_it_is_and_not_by_its_name_in_the_registry() {
    let registry = Registry::builtin()
        .with("lstm", |d, _| Box::new(LstmPeephole::new(d)))
        .with("gru", |d, _| Box::new(CalledGru::new(d)))
        .with("mine", |d, _| Box::new(Lstm::with_forget_bias(d, 2.0)));
    let build = |cell| build(&RecurrentConfig::new(cell, 4), &registry);
    let refused = |cell| save(&build(cell), &drawn(&build(cell), 1), "").expect_err("refused").to_string();
    assert!(refused("lstm").starts_with("PyTorch has no layer of the cell `lstm_peephole`;"), "{}", refused("lstm"));
    let other = "the cell `gru` has the parameters w_x [4, 3], not the built-in one's \
                 w_x [12, 3], w_h [12, 4], b [12, 1], b_hn [4, 1]; PyTorch has no such layer";
    assert_eq!(refused("gru"), other);
    let (mine, mut params) = (build("mine"), drawn(&build("mine"), 2));
    load(&mine, &mut params, &file(&mine), "theirs.").expect("an LSTM by another name");
    assert_eq!(params, drawn(&mine, 1));
}

/// h_t = W_x x_t, by the name of another.
#[derive(Debug)]
struct CalledGru(About, Handle);

impl CalledGru {
    fn new(Dims { input, hidden, .. }: Dims) -> Self {
        let mut about = About::new("gru", input);
        about.state("h", hidden);
        let w_x = about.param("w_x", (hidden, input), init::by_width(hidden));
        Self(about, w_x)
    }
}

impl Describe for CalledGru {
    fn about(&self) -> &About {
        &self.0
    }
}

impl<T: Scalar> Cell<T> for CalledGru {
    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        s.give(self.0.output(), s[self.1].matmul(s.x));
    }
}

#[test]
fn a_projection_and_what_pytorch_has_not_is_refused() {
    let lstm = stack("lstm", 1, false);
    let whole = file(&lstm);
    let read = SafeTensors::deserialize(&whole).expect("our own file");
    let mut tensors: Vec<_> = read.tensors();
    let projection = read.tensor("theirs.weight_hh_l0").expect("there");
    tensors.push(("theirs.weight_hr_l0".into(), projection));
    let projected = safetensors::serialize(tensors, None).expect("a file");
    assert_eq!(
        refusal(&lstm, &projected, "theirs."),
        "tensor `theirs.weight_hr_l0` is a projection (proj_size), which cannot be loaded"
    );
    let peephole = stack("lstm_peephole", 1, false);
    assert!(refusal(&peephole, &whole, "theirs.").starts_with("PyTorch has no layer of the cell `lstm_peephole`"));
    let config = RecurrentConfig { layer_norm: true, ..RecurrentConfig::new("lstm", 4) };
    let normed = build(&config, &Registry::builtin());
    assert!(save(&normed, &drawn(&normed, 1), "").expect_err("refused").to_string().contains("`layer_norm`"));
}

/// A projection of P rows makes `weight_hh` 4H × P, as PyTorch writes it.
#[test]
fn a_projection_is_named_though_weight_hh_is_narrower() {
    let lstm = stack("lstm", 1, false);
    let (narrow, projection) = ([0; 8 * 16 * 2], [0; 8 * 2 * 4]);
    let view = |shape, bytes| TensorView::new(Dtype::F64, shape, bytes).expect("as many bytes");
    let whole = file(&lstm);
    let read = SafeTensors::deserialize(&whole).expect("our own file");
    let mut tensors = read.tensors();
    tensors.retain(|(name, _)| name != "theirs.weight_hh_l0");
    tensors.push(("theirs.weight_hh_l0".into(), view(vec![16, 2], &narrow)));
    tensors.push(("theirs.weight_hr_l0".into(), view(vec![2, 4], &projection)));
    let said = refusal(&lstm, &safetensors::serialize(tensors, None).expect("a file"), "theirs.");
    assert_eq!(said, "tensor `theirs.weight_hr_l0` is a projection (proj_size), which cannot be loaded");
}

#[test]
fn a_tensors_name_keeps_the_message_on_one_line() {
    let lstm = stack("lstm", 1, false);
    let whole = file(&lstm);
    let read = SafeTensors::deserialize(&whole).expect("our own file");
    let mut tensors = read.tensors();
    tensors.push(("theirs.a\nb".into(), read.tensor("theirs.bias_ih_l0").expect("there")));
    let said = refusal(&lstm, &safetensors::serialize(tensors, None).expect("a file"), "theirs.");
    assert!(said.starts_with("tensor `theirs.a\\nb` belongs to no layer"), "{said}");
    let missing = refusal(&lstm, &whole, "a\nb.");
    assert!(missing.starts_with("no tensor `a\\nb.weight_ih_l0`;"), "{missing}");
}

#[test]
#[should_panic(
    expected = "a place of another model; parameter 0 is `net.layers.0.fwd.w_x` [4, 3] in that one, and none"
)]
fn a_stack_of_another_model_is_refused() {
    let _ = save(&stack("rnn", 1, false), &Params::<f64>::new(), "");
}

#[test]
fn a_file_without_biases_has_zeros() {
    let gru = stack("gru", 1, false);
    let whole = file(&gru);
    let read = SafeTensors::deserialize(&whole).expect("our own file");
    let weights = read.tensors().into_iter().filter(|(name, _)| name.contains("weight"));
    let unbiased = safetensors::serialize(weights, None).expect("a file");
    let mut params = drawn(&gru, 2);
    load(&gru, &mut params, &unbiased, "theirs.").expect("bias=False");
    for name in ["b", "b_hn"] {
        let value = &params.get(&format!("net.layers.0.fwd.{name}")).expect("there").value;
        assert_eq!(*value, DMatrix::zeros(value.nrows(), 1));
    }
}

#[test]
fn no_damage_makes_it_panic_or_change_half() {
    let rnn = stack("rnn", 1, false);
    let whole = file(&rnn);
    for len in 0..whole.len() {
        assert!(refusal(&rnn, &whole[..len], "theirs.").starts_with("not a readable safetensors file"), "{len} bytes");
    }
    let before = drawn(&rnn, 2);
    let mut refused = 0;
    for flip in 0..1000 {
        let mut file = whole.clone();
        let bit = flip * 7919 % (8 * file.len());
        file[bit / 8] ^= 1 << (bit % 8);
        let mut params = before.clone();
        if load(&rnn, &mut params, &file, "theirs.").is_err() {
            assert_eq!(params, before, "bit {bit}");
            refused += 1;
        }
    }
    assert!(refused > 100, "{refused} of 1000 flips were refused");
}

#[test]
fn hostile_headers_are_refused() {
    let rnn = stack("rnn", 1, false);
    let with = |header: &str| {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.extend([0; 64]);
        refusal(&rnn, &file, "theirs.")
    };
    let tensor = |shape: &str, offsets: &str| {
        format!(r#"{{"theirs.weight_ih_l0":{{"dtype":"F64","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let overlapping = r#"{"a":{"dtype":"F64","shape":[4],"data_offsets":[0,32]},"b":{"dtype":"F64","shape":[4],"data_offsets":[16,48]}}"#;
    let nothing_but_a_length =
        |length: u64| refusal(&rnn, &[length.to_le_bytes().as_slice(), &[b' '; 40]].concat(), "");
    for refused in [
        nothing_but_a_length(u64::MAX),
        nothing_but_a_length(100_000_000),
        nothing_but_a_length(0),
        with("not JSON"),
        with("[]"),
        with(overlapping),
        with(&tensor("[4,3]", "[0,18446744073709551615]")),
        with(&tensor("[4,3]", "[96,0]")),
        with(&tensor("[18446744073709551615,2]", "[0,64]")),
        with(&tensor("[-1]", "[0,64]")),
        with(&tensor("[2,3]", "[0,64]")),
    ] {
        assert!(refused.starts_with("not a readable safetensors file"), "{refused}");
    }
    assert!(with(&tensor("[8]", "[0,64]")).starts_with("tensor `theirs.weight_ih_l0` is [8], not [4, 3]"));
}
