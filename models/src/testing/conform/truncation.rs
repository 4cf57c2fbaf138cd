//! Truncated where nothing is cut off, backpropagation through time is itself.

use autograd::Tape;

use super::over_time::waves;
use super::{Make, Outcome, bits, ensure};
use crate::{BlockEnd, CellScalar, Dims, Engine, ParamGrads, Params, Recorded, Truncated, Unroll};

const BATCH: usize = 2;
const STEPS: usize = 21;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let cell = make(Dims { input: 2, hidden: 3, horizon: 10 });
    let (about, x) = (cell.about(), waves(2, STEPS * BATCH));
    let mut params = Params::<f64>::new();
    let group = params.place("cell", about.specs.clone(), 1);

    let tape = Tape::new();
    let bound = params.bind(&tape);
    let plain = Unroll::new(f64::cell(&*cell), group.on(&bound)).run(tape.constant(&x), BATCH);
    let loss = (plain.outputs * plain.outputs).sum();
    let mut grads = ParamGrads::zeros(&params);
    grads.read(&bound, &tape.backward(loss));

    let sequence = Recorded::new(BATCH, 0..STEPS, |block| {
        let unroll = Unroll::new(f64::cell(&*cell), group.on(block.bound)).over(&block);
        let run = unroll.run(block.tape.constant(&x), BATCH);
        BlockEnd::new(run.last, Some((run.outputs * run.outputs).sum()))
    });
    let sequence = sequence.carrying();
    for k in [STEPS, STEPS + 7] {
        let mut engine = Truncated::new(k, k);
        let swept = engine.sweep(&params, &sequence, &[]).expect("it can");
        let name = about.name;
        ensure!(swept.loss.to_bits() == loss.item().to_bits(), "{name}: truncated at {k} ≥ T, the loss differs");
        for (truncated, plain) in engine.gradients().iter().zip(grads.iter()) {
            ensure!(bits(truncated) == bits(plain), "{name}: truncated at {k} ≥ T, the gradients differ");
        }
        for (truncated, plain) in swept.carried.iter().zip(&plain.last) {
            ensure!(bits(truncated) == bits(&plain.value()), "{name}: truncated at {k} ≥ T, the states differ");
        }
    }
    Ok(0.0)
}
