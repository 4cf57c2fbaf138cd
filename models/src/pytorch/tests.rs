use super::*;
use crate::Registry;
use crate::stacks::RecurrentConfig;

fn stack(cell: &str, layers: usize, bidirectional: bool) -> Recurrent {
    let config = RecurrentConfig { layers, bidirectional, ..RecurrentConfig::new(cell, 4) };
    config.build(&Registry::builtin(), 3, 10).expect("a stack")
}

fn drawn(stack: &Recurrent, seed: u64) -> Params<f64> {
    let mut params = Params::new();
    stack.draw_as("net.", &mut params, seed);
    params.iter_mut().for_each(|param| param.value.iter_mut().enumerate().for_each(|(k, x)| *x += 0.01 * k as f64));
    params
}

fn file(stack: &Recurrent) -> Vec<u8> {
    save(stack, &drawn(stack, 1), "net.", "theirs.").expect("PyTorch has it")
}

fn refusal(stack: &Recurrent, file: &[u8], theirs: &str) -> String {
    let mut params = drawn(stack, 2);
    let before = params.clone();
    let refused = load(stack, &mut params, "net.", file, theirs).expect_err("refused").to_string();
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
        load(&stack, &mut params, "net.", &file(&stack), "theirs.").expect("our own file");
        assert_eq!(params, drawn(&stack, 1), "{cell}");
    }
}

#[test]
fn files_of_other_layers_are_refused_by_the_tensors_name() {
    let lstm = stack("lstm", 2, false);
    let said = |other: &Recurrent, theirs| refusal(&lstm, &file(other), theirs);
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
    lstm.draw_as("net.", &mut narrow, 1);
    let narrow = save(&lstm, &narrow, "net.", "theirs.").expect("PyTorch has it");
    assert!(refusal(&lstm, &narrow, "theirs.").starts_with("tensor `theirs.weight_ih_l0` is F32, not F64; convert it"));
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
    let normed = config.build(&Registry::builtin(), 3, 10).expect("a stack");
    assert!(save(&normed, &drawn(&normed, 1), "net.", "").expect_err("refused").to_string().contains("`layer_norm`"));
}

/// A projection of P rows makes `weight_hh` 4H × P, as PyTorch writes it.
#[test]
fn a_projection_is_named_though_weight_hh_is_narrower() {
    let lstm = stack("lstm", 1, false);
    let (narrow, projection) = ([0; 8 * 16 * 2], [0; 8 * 2 * 4]);
    let view = |shape, bytes| TensorView::new(safetensors::Dtype::F64, shape, bytes).expect("as many bytes");
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
}

#[test]
#[should_panic(expected = "no parameter `other.layers.0.fwd.w_x`; give the prefix the stack was drawn with")]
fn another_prefix_of_ours_is_named() {
    let rnn = stack("rnn", 1, false);
    let _ = save(&rnn, &drawn(&rnn, 1), "other.", "");
}

#[test]
fn a_file_without_biases_has_zeros() {
    let gru = stack("gru", 1, false);
    let whole = file(&gru);
    let read = SafeTensors::deserialize(&whole).expect("our own file");
    let weights = read.tensors().into_iter().filter(|(name, _)| name.contains("weight"));
    let unbiased = safetensors::serialize(weights, None).expect("a file");
    let mut params = drawn(&gru, 2);
    load(&gru, &mut params, "net.", &unbiased, "theirs.").expect("bias=False");
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
        if load(&rnn, &mut params, "net.", &file, "theirs.").is_err() {
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
