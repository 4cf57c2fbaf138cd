//! A network is its parts, whatever engine sweeps it, and each example is alone.

use autograd::testing::{self, Program};
use autograd::{Tape, Var};
use nalgebra::DMatrix;

use super::{Answer, Batch, Input, Network, NetworkConfig, Read, Targets};
use crate::layers::{Activation, MlpConfig};
use crate::optim::{Adam, Optimizer};
use crate::stacks::tests::inputs;
use crate::stacks::{ByPart, ConvConfig, ImageSize, RecurrentConfig, TokenBatch};
use crate::{
    Address, Bound, CellScalar, Checkpointed, Engine, ParamGrads, Params, Phase, Registry, Schedule, Sequence, Sharded,
    Truncated, Whole,
};

const LENGTHS: [usize; 4] = [40, 3, 17, 40];
const STEPS: usize = 40;
const READS: [Read; 3] = [Read::Last, Read::Mean, Read::Every];

fn plain() -> RecurrentConfig {
    RecurrentConfig::new("gru", 4)
}

/// Words and their shapes, and two numbers.
fn config(read: Read) -> NetworkConfig {
    let tokens = |name: &str, vocabulary, rows| Input::Tokens { name: name.into(), vocabulary, rows };
    NetworkConfig {
        inputs: vec![tokens("word", 9, 3), Input::Numbers { rows: 2 }, tokens("shape", 5, 2)],
        read,
        ..NetworkConfig::new(2, plain(), 3)
    }
}

/// All that acts between steps and layers.
fn regularised(read: Read) -> NetworkConfig {
    let stack = Some(RecurrentConfig {
        layers: 2,
        residual: true,
        dropout: 0.3,
        input_dropout: 0.2,
        zoneout: ByPart::All(0.1),
        learned_initial: true,
        ..RecurrentConfig::new("lstm", 4)
    });
    let mlp = Some(MlpConfig { hidden: vec![3], activation: Activation::Tanh, dropout: 0.3 });
    NetworkConfig { stack, mlp, ..config(read) }
}

fn batch(config: &NetworkConfig, numbers: bool) -> Batch {
    let (columns, answers) =
        (STEPS * LENGTHS.len(), if config.read == Read::Every { STEPS } else { 1 } * LENGTHS.len());
    let of = |rows: usize, n: usize| DMatrix::from_fn(rows, n, |i, j| ((i + 3 * j) as f64).sin());
    let targets = match numbers {
        true => Targets::Numbers(of(config.outputs, answers)),
        false => Targets::Classes((0..answers).map(|j| j * j % config.outputs).collect()),
    };
    let tokens = vec![(0..columns).map(|j| j * j % 9).collect(), (0..columns).map(|j| j % 5).collect()];
    Batch { tokens, x: of(2, columns), lengths: LENGTHS.to_vec(), targets }
}

fn place<T: CellScalar>(config: &NetworkConfig) -> (Network, Params<T>) {
    let mut params = Params::new();
    let network = Network::new(config, &Registry::builtin(), 40, params.at("", 1)).expect("valid");
    // What begins at 0 tells nothing apart.
    for (k, param) in params.iter_mut().enumerate() {
        param.value.iter_mut().enumerate().for_each(|(i, x)| *x += T::from_f64(0.1 * ((i + 7 * k) as f64).cos()));
    }
    (network, params)
}

fn swept(engine: &mut dyn Engine<f64>, params: &Params<f64>, sequence: &dyn Sequence<f64>) -> (f64, ParamGrads<f64>) {
    let loss = engine.sweep(params, sequence, &[]).expect("it can").loss;
    (loss, engine.gradients().clone())
}

fn apart(a: &ParamGrads<f64>, b: &ParamGrads<f64>) -> f64 {
    a.iter().zip(b.iter()).map(|(a, b)| (a - b).amax()).fold(0.0, f64::max)
}

const TRAINING: Phase = Phase::Training(Address { seed: 3, update: 7, layer: 0, first_example: 0 });

#[test]
fn it_has_the_bits_of_its_parts_put_together_by_hand() {
    for (read, bidirectional) in READS.into_iter().flat_map(|read| [(read, false), (read, true)]) {
        let mut config = config(read);
        config.stack.as_mut().expect("there").bidirectional = bidirectional;
        let (network, params) = place(&config);
        let batch = batch(&config, false);
        let found = swept(&mut Whole::default(), &params, &network.on(batch.clone(), Phase::Evaluation));

        let tape = Tape::new();
        let bound = params.bind(&tape);
        let vars = |name: &str| bound.vars()[params.iter().position(|p| p.name == name).expect("there")];
        let look_up = |name: &str, k: usize| vars(name).gather_columns(&batch.tokens[k]);
        let x = tape.concat_rows(&[look_up("word.w", 0), tape.constant(&batch.x), look_up("shape.w", 1)]);
        let y = network.stack().unroll(&bound).lengths(&LENGTHS).run(x, 4).outputs;
        let (rows, last) = (y.shape().0, LENGTHS.iter().enumerate().map(|(e, n)| (n - 1) * 4 + e).collect::<Vec<_>>());
        let h = match (read, bidirectional) {
            (Read::Every, _) => y,
            (Read::Last, false) => y.gather_columns(&last),
            (Read::Last, true) => {
                let forward = y.slice_rows(0..rows / 2).gather_columns(&last);
                tape.concat_rows(&[forward, y.slice_rows(rows / 2..rows).columns(0, 4)])
            }
            (Read::Mean, _) => y.matmul(tape.constant(&DMatrix::from_fn(4 * STEPS, 4, |j, e| {
                if j % 4 == e && j / 4 < LENGTHS[e] { 1.0 / LENGTHS[e] as f64 } else { 0.0 }
            }))),
        };
        let z = network.readout().apply(&bound, h, Phase::Evaluation);
        let Targets::Classes(classes) = &batch.targets else { unreachable!() };
        let there = |j: usize| f64::from(u8::from(read != Read::Every || j / 4 < LENGTHS[j % 4]));
        let loss = z.softmax_cross_entropy_weighted(classes, &(0..classes.len()).map(there).collect::<Vec<_>>());
        let mut grads = ParamGrads::zeros(&params);
        grads.read(&bound, &tape.backward(loss));
        assert_eq!(found.0.to_bits(), loss.item().to_bits(), "{read:?}, {bidirectional}");
        assert!(found.1 == grads && grads.norm() > 0.01, "{read:?}, {bidirectional}");
    }
}

#[test]
fn every_engine_finds_the_same() {
    type Make = fn() -> Box<dyn Engine<f64>>;
    let engines: [(&str, Make); 5] = [
        ("shards", || Box::new(Sharded::new(3, || Box::new(Whole::default())))),
        ("checkpoints", || Box::new(Checkpointed::new(Schedule::Sqrt))),
        ("checkpoints in shards", || Box::new(Sharded::new(2, || Box::new(Checkpointed::new(Schedule::Sqrt))))),
        ("windows that cut nothing off", || Box::new(Truncated::new(50, 50))),
        ("shards of one example", || Box::new(Sharded::new(9, || Box::new(Whole::default())))),
    ];
    for (read, numbers, config) in READS.into_iter().flat_map(|read| {
        [(read, false, regularised(read)), (read, true, regularised(read)), (read, true, config(read))]
    }) {
        let (network, params) = place(&config);
        let sequence = network.on(batch(&config, numbers), TRAINING);
        let (loss, gradients) = swept(&mut Whole::default(), &params, &sequence);
        for (name, engine) in engines {
            let found = swept(&mut *engine(), &params, &sequence);
            let what = format!("{name}, {read:?}, {numbers}: {} and {loss}", found.0);
            assert!((found.0 - loss).abs() < 1e-13 && apart(&found.1, &gradients) < 1e-13, "{what}");
            if name == "windows that cut nothing off" {
                assert!(found.0.to_bits() == loss.to_bits() && found.1 == gradients, "{what}");
            }
        }
    }
}

#[test]
fn a_window_counts_every_loss_once_and_looks_back_so_far() {
    let config = config(Read::Every);
    let (network, params) = place(&config);
    let sequence = network.on(batch(&config, true), Phase::Evaluation);
    let whole = swept(&mut Whole::default(), &params, &sequence);
    let cut = swept(&mut Truncated::new(5, 10), &params, &sequence);
    assert!((cut.0 - whole.0).abs() < 1e-13 && apart(&cut.1, &whole.1) > 1e-6);
}

#[test]
fn who_reads_from_both_ends_is_not_cut_in_time() {
    let mut config = config(Read::Mean);
    config.stack.as_mut().expect("there").bidirectional = true;
    let (network, params) = place(&config);
    let sequence = network.on(batch(&config, false), TRAINING);
    let why = Checkpointed::new(Schedule::Sqrt).sweep(&params, &sequence, &[]).expect_err("refused").to_string();
    assert!(why.ends_with("a bidirectional stack reads from both ends"), "{why}");
    let (whole, shards) =
        (swept(&mut Whole::default(), &params, &sequence), &mut Sharded::new(2, || Box::new(Whole::default())));
    assert!((swept(shards, &params, &sequence).0 - whole.0).abs() < 1e-14);
}

/// A CNN before the stack.
fn frames(width: u32) -> NetworkConfig {
    let image = ImageSize { channels: 1, height: 3, width };
    let conv = vec![ConvConfig { filters: 2, kernel: 2, stride: 1, padding: 0, activation: Activation::Tanh, pool: 1 }];
    let inputs = vec![Input::Frames { image, conv }];
    NetworkConfig { inputs, ..NetworkConfig::new(1, RecurrentConfig::new("lstm", 3), 2) }
}

/// CNN, LSTM, MLP.
fn behind(read: Read, hidden: usize) -> NetworkConfig {
    let mlp = Some(MlpConfig { hidden: vec![hidden], activation: Activation::Tanh, dropout: 0.0 });
    let stack = Some(RecurrentConfig::new("lstm", hidden));
    NetworkConfig { read, stack, mlp, ..frames(4) }
}

#[test]
fn frames_pass_the_convolutions_before_the_stack() {
    let (network, params) = place::<f64>(&frames(3));
    let names: Vec<_> = params.iter().map(|p| &*p.name).collect();
    assert_eq!((names[0], names[2], names[names.len() - 1]), ("cnn.0.w", "layers.0.fwd.w_x", "readout.b"));
    let x = DMatrix::from_fn(9, 5 * 2, |i, j| ((i + 2 * j) as f64).cos());
    let batch = Batch::new(x.clone(), 2, Targets::Classes(vec![0, 1]));
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let window = autograd::ops::Window { image: (3, 3), kernel: (2, 2), stride: (1, 1), padding: (0, 0) };
    let features = tape.constant(&x).conv2d(bound.vars()[0], Some(bound.vars()[1]), window).tanh();
    let last = network.stack().unroll(&bound).run(features, 2).last[0];
    assert_eq!(network.evaluate(&params, &batch), network.readout().apply(&bound, last, Phase::Evaluation).value());
}

#[test]
fn without_a_stack_every_step_is_answered_by_itself() {
    let (read, mlp) = (frames(3).inputs.remove(0), MlpConfig { hidden: vec![4], ..MlpConfig::default() });
    let (network, params) = place::<f64>(&NetworkConfig::feed_forward(read, mlp, 2));
    let names: Vec<_> = params.iter().map(|p| &*p.name).collect();
    assert_eq!(names, ["cnn.0.w", "cnn.0.b", "mlp.0.w", "mlp.0.b", "mlp.1.w", "mlp.1.b"]);
    let x = DMatrix::from_fn(9, 5 * 2, |i, j| ((i + 2 * j) as f64).cos());
    let batch = Batch::new(x.clone(), 2, Targets::Classes(vec![0; 10]));
    let z = network.evaluate(&params, &batch);
    for j in 0..10 {
        let alone = Batch::new(x.columns(j, 1).into_owned(), 1, Targets::Classes(vec![0]));
        assert!((network.evaluate(&params, &alone) - z.columns(j, 1)).amax() < 1e-15);
    }
    let sequence = network.on(batch, Phase::Evaluation);
    let (whole, pieces) = (&mut Whole::default(), &mut Checkpointed::new(Schedule::Sqrt));
    assert!((swept(whole, &params, &sequence).0 - swept(pieces, &params, &sequence).0).abs() < 1e-14);
}

#[test]
fn padding_of_any_value_changes_nothing() {
    for config in READS.map(config).into_iter().chain([frames(3), behind(Read::Every, 3)]) {
        let (network, params) = place(&config);
        let (tokens, numbers) = network.reads();
        let of = |padding: f64, token: usize| {
            let mut batch = batch(&config, true);
            batch.tokens.truncate(tokens);
            batch.x = DMatrix::from_fn(numbers, batch.x.ncols(), |i, j| ((i + j) as f64).sin());
            for j in (0..batch.x.ncols()).filter(|j| j / 4 >= LENGTHS[j % 4]) {
                batch.x.column_mut(j).fill(padding);
                batch.tokens.iter_mut().for_each(|tokens| tokens[j] = token);
                if let (Targets::Numbers(y), Read::Every) = (&mut batch.targets, config.read) {
                    y.column_mut(j).fill(padding);
                }
            }
            let sequence = network.on(batch, Phase::Evaluation);
            [
                swept(&mut Whole::default(), &params, &sequence),
                swept(&mut Checkpointed::new(Schedule::Sqrt), &params, &sequence),
            ]
        };
        assert!(of(0.0, 0) == of(f64::NAN, 4), "{config:?}");
    }
}

#[test]
fn each_example_is_answered_as_alone() {
    for read in READS {
        let config = regularised(read);
        let (network, params) = place(&config);
        let batch = batch(&config, true);
        let z = network.evaluate(&params, &batch);
        let (loss, _) = swept(&mut Whole::default(), &params, &network.on(batch.clone(), Phase::Evaluation));
        let mut sum = 0.0;
        for (e, &length) in LENGTHS.iter().enumerate() {
            let columns: Vec<_> = (0..length).map(|t| t * 4 + e).collect();
            let answers = if read == Read::Every { columns.clone() } else { vec![e] };
            let alone = Batch {
                tokens: batch.tokens.iter().map(|tokens| columns.iter().map(|j| tokens[*j]).collect()).collect(),
                x: batch.x.select_columns(&columns),
                lengths: vec![length],
                targets: batch.targets.select(&answers),
            };
            assert!((network.evaluate(&params, &alone) - z.select_columns(&answers)).amax() < 1e-13, "{read:?}");
            let share = if read == Read::Every { length as f64 / 100.0 } else { 0.25 };
            sum += share * swept(&mut Whole::default(), &params, &network.on(alone, Phase::Evaluation)).0;
        }
        assert!((sum - loss).abs() < 1e-13, "{read:?}");
    }
}

/// A network as a function of its parameters.
struct Applied(Network, Batch);

impl<T: CellScalar> Program<T> for Applied {
    fn name(&self) -> String {
        "network".into()
    }
    fn run<'t>(&self, params: &[Var<'t, T>]) -> Var<'t, T> {
        let bound = Bound::from_vars(params.to_vec());
        let x = self.0.inputs(params[0].tape(), &bound, &self.1);
        self.0.answers(&bound, x, &self.1.lengths, Phase::Evaluation)
    }
}

#[test]
fn certificate() {
    for read in READS {
        let mut config = config(read);
        config.stack = Some(RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("gru", 2) });
        let (network, params) = place::<f64>(&config);
        let tokens = [vec![vec![1, 8, 3], vec![2]], vec![vec![0, 1, 2], vec![4]]].map(|s| TokenBatch::new(&s));
        let x = DMatrix::from_fn(2, 6, |i, j| ((i + 2 * j) as f64).sin());
        let batch = Batch { x, ..Batch::of_tokens(tokens, Targets::Classes(vec![0, 1])) };
        testing::certify_program(&Applied(network, batch), inputs(&params, &[]));
    }
    for read in [Read::Last, Read::Every] {
        let (network, params) = place::<f64>(&behind(read, 2));
        let x = DMatrix::from_fn(12, 4, |i, j| ((i + 2 * j) as f64).sin());
        let batch = Batch { lengths: vec![2, 1], ..Batch::new(x, 2, Targets::Classes(vec![])) };
        testing::certify_program(&Applied(network, batch), inputs(&params, &[]));
    }
}

/// A bright pixel on a frame of 3 × 4 that wanders along a row, over `steps` frames, either way.
fn wandering(row: usize, start: usize, right: bool, steps: usize) -> Vec<usize> {
    (0..steps).map(|t| 4 * row + if right { (start + t) % 4 } else { (start + 4 - t % 4) % 4 }).collect()
}

/// Which way does it go? No single frame says.
#[test]
fn it_learns_which_way_a_pixel_moves() {
    let videos: Vec<_> = (0..24).map(|k| wandering(k / 8, k / 2 % 4, k % 2 == 1, 3 + k % 3)).collect();
    let videos = TokenBatch::new(&videos);
    let x = Batch::one_hot(12, &videos.tokens);
    let direction = |j: usize| j % 24 % 2;
    for read in [Read::Last, Read::Every] {
        let answers = if read == Read::Every { x.ncols() } else { 24 };
        let targets = Targets::Classes((0..answers).map(direction).collect());
        let batch = Batch { lengths: videos.lengths.clone(), ..Batch::new(x.clone(), 24, targets) };
        let loss = practise(&behind(read, 8), &batch, 200);
        // The first frame tells nothing: its loss is ln 2.
        let first = if read == Read::Every { 24.0 / videos.lengths.iter().sum::<usize>() as f32 } else { 0.0 };
        assert!(loss < first * 2f32.ln() + 0.1, "{read:?}: {loss}");
    }
}

#[test]
fn an_mlp_drops_in_training_alone_and_by_update() {
    let mut config = behind(Read::Last, 16);
    config.mlp.as_mut().expect("there").dropout = 0.5;
    let (network, params) = place::<f64>(&config);
    let x = DMatrix::from_fn(12, 2, |i, j| ((i + j) as f64).sin());
    let at = |phase| network.on(Batch::new(x.clone(), 1, Targets::Classes(vec![1])), phase).loss(&params).to_bits();
    let training = |update| at(Phase::Training(Address { update, ..Address::default() }));
    assert!(training(0) == training(0) && training(0) != training(1));
    assert!(at(Phase::Evaluation) == at(Phase::Evaluation) && at(Phase::Evaluation) != training(0));
}

/// The loss after `updates` updates of Adam.
fn practise(config: &NetworkConfig, batch: &Batch, updates: usize) -> f32 {
    let (network, mut params) = place::<f32>(config);
    let sequence = network.on(batch.clone(), Phase::Evaluation);
    let (mut engine, mut adam, mut last) = (Whole::default(), Adam::new(0.03), f32::NAN);
    for _ in 0..updates {
        last = engine.sweep(&params, &sequence, &[]).expect("it can").loss;
        engine.gradients().clip(1.0, &params).expect("finite");
        adam.step(&mut params, engine.gradients());
    }
    last
}

/// Token 1 anywhere is "spam"; a forward and a backward reader must find it at the start, the end and between.
#[test]
fn it_learns_to_find_a_token() {
    let sentences: [&[usize]; 6] = [&[1, 2, 3, 2, 3], &[2, 3, 1], &[3, 2, 1, 2], &[2, 2, 3, 3, 2], &[3], &[2, 3, 2]];
    let batch = Batch::of_tokens([TokenBatch::new(&sentences)], Targets::Classes(vec![1, 1, 1, 0, 0, 0]));
    for read in [Read::Last, Read::Mean] {
        let stack = RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("gru", 2) };
        let inputs = vec![Input::Tokens { name: "embedding".into(), vocabulary: 4, rows: 3 }];
        let loss = practise(&NetworkConfig { inputs, read, ..NetworkConfig::new(3, stack, 2) }, &batch, 150);
        assert!(loss < 0.1, "{read:?}: {loss}");
    }
}

/// The label of a step says whether the step before and the step after had the same letter: it needs both directions.
#[test]
fn it_learns_labels_that_look_both_ways() {
    let letters: [&[usize]; 3] = [&[0, 1, 0, 0, 1, 1, 1], &[1, 1, 0, 1], &[0, 0, 1, 1, 0]];
    let label = |s: &[usize], t: usize| match (t.checked_sub(1).map(|t| s[t]), s.get(t + 1)) {
        (Some(before), Some(after)) => usize::from(before == *after),
        _ => 2,
    };
    let labels = TokenBatch::new(&letters.map(|s| (0..s.len()).map(|t| label(s, t)).collect::<Vec<_>>()));
    let letters = TokenBatch::new(&letters);
    let x = Batch::one_hot(2, &letters.tokens);
    let batch = Batch { lengths: letters.lengths, ..Batch::new(x, 3, Targets::Classes(labels.tokens)) };
    let stack = RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("lstm", 6) };
    let loss = practise(&NetworkConfig { read: Read::Every, ..NetworkConfig::new(2, stack, 3) }, &batch, 200);
    assert!(loss < 0.1, "{loss}");
}

/// Which of two letters came first, three steps ago: every cell must learn it.
#[test]
fn every_builtin_cell_learns_a_short_memory() {
    let x = DMatrix::from_fn(2, 4 * 4, |i, j| f64::from(u8::from(i == (j >> (j / 4)) % 2)));
    let batch = Batch::new(x, 4, Targets::Classes(vec![0, 1, 0, 1]));
    for name in Registry::builtin().names() {
        let loss = practise(&NetworkConfig::new(2, RecurrentConfig::new(name, 8), 2), &batch, 200);
        assert!(loss < 0.05, "{name}: loss {loss}");
    }
}

#[test]
fn it_learns_numbers() {
    let x = DMatrix::from_fn(1, 3 * 8, |_, j| ((5 * j) as f64).sin());
    let sums = DMatrix::from_fn(1, 8, |_, e| (0..3).map(|t| x[t * 8 + e]).sum());
    let loss = practise(
        &NetworkConfig::new(1, RecurrentConfig::new("gru", 8), 1),
        &Batch::new(x, 8, Targets::Numbers(sums)),
        200,
    );
    assert!(loss < 0.01, "{loss}");
}

#[test]
fn a_config_that_does_not_fit_is_refused_with_the_key() {
    let refusal = |config: NetworkConfig| {
        let refused = Network::new::<f32>(&config, &Registry::builtin(), 9, Params::new().at("", 1));
        refused.expect_err("refused").to_string()
    };
    let whole = || config(Read::Last);
    assert_eq!(refusal(NetworkConfig { outputs: 0, ..whole() }), "outputs = 0 is not 1 or more");
    assert_eq!(refusal(NetworkConfig { inputs: vec![], ..whole() }), "inputs = 0 is not 1 or more");
    assert_eq!(refusal(NetworkConfig::new(0, plain(), 1)), "rows = 0 is not 1 or more");
    assert!(refusal(NetworkConfig::new(1, RecurrentConfig::new("lsmt", 1), 1)).contains("did you mean `lstm`?"));
    let mlp = |hidden, dropout| Some(MlpConfig { hidden, dropout, ..MlpConfig::default() });
    let refused = refusal(NetworkConfig { mlp: mlp(vec![3, 0], 0.0), ..whole() });
    assert_eq!(refused, "mlp.hidden = [3, 0] is not 1 or more in every layer");
    assert_eq!(refusal(NetworkConfig { mlp: mlp(vec![], 1.0), ..whole() }), "mlp.dropout = 1 is not in [0, 1)");
    let refused = refusal(NetworkConfig { stack: None, ..whole() });
    assert_eq!(refused, "read = Last is not Every, without a stack");
    assert!(refusal(frames(1)).starts_with("conv.0 = kernel 2"));
    let text = "inputs = [{ numbers = { rows = 2 } }]\nstack = { cell = \"gru\", hidden = 4 }\noutputs = 3";
    let config: NetworkConfig = toml::from_str(text).expect("valid");
    assert_eq!(config, NetworkConfig::new(2, plain(), 3));
    assert_eq!(
        toml::from_str::<NetworkConfig>(&toml::to_string(&whole()).expect("written")).expect("our own"),
        whole()
    );
}

#[test]
#[should_panic(expected = "network: 4 targets, but it answers 160 times (read = Every)")]
fn a_batch_with_other_targets_is_refused() {
    let (network, _) = place::<f64>(&config(Read::Every));
    network.on(batch(&config(Read::Last), false), TRAINING);
}

#[test]
#[should_panic(expected = "network: a batch of 2 inputs of tokens and 2 rows of numbers for a network of 0 and 9")]
fn a_batch_of_another_network_is_refused() {
    let (network, params) = place::<f64>(&frames(3));
    network.evaluate(&params, &batch(&config(Read::Last), false));
}

#[test]
fn a_batch_of_no_examples_is_answered_by_nothing() {
    for (read, numbers) in READS.into_iter().flat_map(|read| [(read, false), (read, true)]) {
        let (network, params) = place::<f64>(&regularised(read));
        let targets = if numbers { Targets::Numbers(DMatrix::zeros(3, 0)) } else { Targets::Classes(Vec::new()) };
        let batch = Batch { tokens: vec![Vec::new(); 2], x: DMatrix::zeros(2, 0), lengths: Vec::new(), targets };
        assert_eq!(network.evaluate(&params, &batch).shape(), (3, 0), "{read:?}");
    }
}

#[test]
#[should_panic(expected = "network: a batch of no examples has no loss; give at least one, or `evaluate`")]
fn a_batch_of_no_examples_has_no_loss() {
    let (network, _) = place::<f64>(&config(Read::Last));
    let batch = batch(&config(Read::Last), false);
    network.on(Batch { lengths: Vec::new(), ..batch }, TRAINING);
}

#[test]
#[should_panic(expected = "batch: 5 columns are no whole steps of 0")]
fn columns_of_no_examples_are_refused() {
    Batch::new(DMatrix::zeros(2, 5), 0, Targets::Classes(Vec::new()));
}

#[test]
fn logistic_answers_are_the_sigmoid_of_affine_ones_in_answer_and_loss() {
    let affine = NetworkConfig { readout_init: Some(0.1), ..NetworkConfig::new(2, RecurrentConfig::new("rnn", 3), 2) };
    let logistic = NetworkConfig { answer: Answer::Logistic, ..affine.clone() };
    let x = DMatrix::from_fn(2, 4 * 3, |i, j| (i + j) as f64 / 7.0);
    let batch = Batch::new(x, 3, Targets::Numbers(DMatrix::from_element(2, 3, 0.25)));
    let of = |config: &NetworkConfig| {
        let mut params = Params::<f64>::new();
        let network = Network::new(config, &Registry::builtin(), 4, params.at("", 1)).expect("built in");
        let readout = ["readout.w", "readout.b"].map(|name| params.get(name).expect("there").value.amax());
        assert!(readout.iter().all(|most| (0.0..=0.1).contains(most) && *most > 0.01), "{readout:?}");
        (network.evaluate(&params, &batch), network.on(batch.clone(), Phase::Evaluation).loss(&params))
    };
    let ((z, _), (y, loss)) = (of(&affine), of(&logistic));
    assert!((z.map(|z| 1.0 / (1.0 + (-z).exp())) - &y).amax() < 1e-15);
    assert!((y.map(|y| (y - 0.25).powi(2)).mean() - loss).abs() < 1e-15);
}

/// Cell and readout of the experiments of Hochreiter & Schmidhuber 1997, Table 10, whose readout has a bias.
#[test]
fn the_cells_of_1997_have_as_many_weights_as_the_paper_says() {
    for (spec, inputs, hidden, outputs, weights) in [
        ("lstm1997:block_size=2:input_bias=-3:input_bias_step=-3", 2, 4, 1, 93),
        ("lstm1997:block_size=2:input_bias=-2:input_bias_step=-2", 8, 4, 4, 156),
        ("lstm1997:block_size=2:input_bias=-2:input_bias_step=-2", 8, 6, 8, 308),
    ] {
        let config = NetworkConfig::new(inputs, RecurrentConfig::new(spec, hidden), outputs);
        let mut params = Params::<f64>::new();
        Network::new(&config, &Registry::builtin(), 1, params.at("", 1)).expect("built in");
        assert_eq!(params.count(), weights, "{spec}");
    }
}
