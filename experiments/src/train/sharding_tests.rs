//! What every objective's test asks: the gradient of a batch is the sum of its shards'.

use models::{Engine, Params, Sharded, Whole};

use super::Objective;

/// Panics unless the first update's loss and gradients over three shards are those of the whole batch, to rounding.
#[track_caller]
pub fn shards_add_up(objective: &impl Objective<f32>, params: &Params<f32>) {
    let sequence = objective.sequence(1);
    let (mut whole, mut shards) = (Whole::default(), Sharded::new(3, || Box::new(Whole::default())));
    let loss = |engine: &mut dyn Engine<f32>| engine.sweep(params, &*sequence, &[]).expect("it can be cut").loss;
    let (all, sum) = (loss(&mut whole), loss(&mut shards));
    let examples = sequence.extent().examples;
    assert!(examples >= 3, "{examples} examples");
    assert!((all - sum).abs() <= 1e-5 * all.abs(), "a loss of {sum}, not {all}");
    let largest = whole.gradients().iter().map(|grad| grad.amax()).fold(0.0, f32::max);
    for ((param, all), sum) in params.iter().zip(whole.gradients().iter()).zip(shards.gradients().iter()) {
        assert!((all - sum).amax() <= 1e-5 * largest, "{}", param.name);
    }
}
