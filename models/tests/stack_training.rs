//! A stack with everything on learns a task of unequal lengths, on shards, with the same masks however it is cut.

use models::layers::Linear;
use models::optim::{Adam, Optimizer};
use models::stacks::{ByPart, Recurrent, RecurrentConfig};
use models::{Address, BlockEnd, Draws, Engine, ParamGrads, Params, Phase, Placed, Recorded, Registry, Sharded, Whole};
use nalgebra::DMatrix;

const STEPS: usize = 9;
const BATCH: usize = 16;

struct Study {
    stack: Placed<Recurrent>,
    readout: Placed<Linear>,
    params: Params<f64>,
}

fn study() -> Study {
    let config = RecurrentConfig {
        layers: 2,
        bidirectional: true,
        dropout: 0.1,
        residual: true,
        zoneout: ByPart::All(0.05),
        input_dropout: 0.05,
        learned_initial: true,
        ..RecurrentConfig::new("gru", 8)
    };
    let mut params = Params::new();
    let stack = params.place("", config.build(&Registry::builtin(), 2, STEPS).expect("valid"), 1);
    let readout = params.place("readout", Linear::new(stack.output_width(), 2), 1);
    Study { stack, readout, params }
}

/// Example j of an update has 1 … T steps of two rows of letters; behind them stands NaN.
fn example(update: u64, j: usize) -> (usize, Vec<f64>) {
    let mut draws = Draws::at(1, "task", &[update, j as u64]);
    let length = 1 + draws.below(STEPS);
    let letters = (0..STEPS).map(|t| if t < length { draws.below(2) as f64 } else { f64::NAN });
    (length, letters.collect())
}

fn shards(parts: usize) -> Sharded<f64> {
    Sharded::new(parts, || Box::new(Whole::default()))
}

/// The loss and the gradients of one update: at its own first step, say the example's last letter.
fn update(study: &Study, shards: &mut Sharded<f64>, update: u64, training: bool) -> (f64, ParamGrads<f64>) {
    let sequence = Recorded::new(BATCH, 0..STEPS, |block| {
        let (batch, first) = (block.batch(), block.examples.start);
        let examples: Vec<_> = block.examples.clone().map(|j| example(update, j)).collect();
        let lengths: Vec<_> = examples.iter().map(|(length, _)| *length).collect();
        let x = DMatrix::from_fn(2, STEPS * batch, |i, column| {
            let letter = examples[column % batch].1[column / batch];
            if i == 0 { letter } else { 1.0 - letter }
        });
        let address = Address { seed: 1, update, layer: 0, first_example: first as u64 };
        let phase = if training { Phase::Training(address) } else { Phase::Evaluation };
        let unroll = study.stack.unroll(block.bound).lengths(&lengths).phase(phase);
        let run = unroll.run(block.tape.constant(&x), batch);
        let logits = study.readout.apply(block.bound, run.outputs.columns(0, batch));
        let labels: Vec<_> = examples.iter().map(|(length, letters)| letters[length - 1] as usize).collect();
        BlockEnd::loss(block.share(logits.softmax_cross_entropy(&labels), batch, BATCH))
    });
    let swept = shards.sweep(&study.params, &sequence.in_one_piece("it reads from both ends"), &[]).expect("it can");
    (swept.loss, shards.gradients().clone())
}

#[test]
fn shards_of_a_padded_batch_see_the_masks_of_the_whole() {
    let study = study();
    let (loss, whole) = update(&study, &mut shards(1), 3, true);
    for count in [2, 3, 16] {
        let (sum, grads) = update(&study, &mut shards(count), 3, true);
        assert!((sum - loss).abs() < 1e-13, "{count} shards: {sum}, not {loss}");
        for (grad, whole) in grads.iter().zip(whole.iter()) {
            assert!((grad - whole).amax() < 1e-13, "{count} shards");
        }
    }
    let (evaluated, _) = update(&study, &mut shards(2), 3, false);
    assert!((evaluated - loss).abs() > 1e-3, "the masks do something");
}

#[test]
fn it_looks_to_the_end_of_each_example_and_learns() {
    let mut study = study();
    let (mut shards, mut adam) = (shards(2), Adam::new(0.02));
    for k in 0..150 {
        let (_, mut grads) = update(&study, &mut shards, k, true);
        grads.clip(1.0, &study.params).expect("finite, whatever the padding holds");
        adam.step(&mut study.params, &grads);
    }
    let (loss, _) = update(&study, &mut shards, 1000, false);
    assert!(loss < 0.1, "loss {loss}");
}
