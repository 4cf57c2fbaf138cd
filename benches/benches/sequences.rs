//! `Unroll`: a cell over a whole sequence at C0's sizes in f32, forward alone, with every state and gate recorded, and
//! forward and backward.

use autograd::{Gradients, Tape};
use benches::{C0, normal};
use criterion::{Criterion, criterion_group, criterion_main};
use models::stacks::SequenceModel;
use models::{Dims, Params, Registry};
use nalgebra::DMatrix;

fn sequences(c: &mut Criterion) {
    let dims = Dims { input: C0.input, hidden: C0.hidden, horizon: C0.steps };
    let x = normal::<f32>(C0.input, C0.steps * C0.batch);
    let seed = DMatrix::from_element(C0.hidden, C0.batch, 1.0);
    for name in ["rnn", "gru", "lstm"] {
        let cell = Registry::builtin().build(name, dims).expect("a built-in cell");
        let (model, params): (_, Params<f32>) = SequenceModel::new(cell, 1, 1);
        let (mut tape, mut gradients) = (Tape::new(), Gradients::new());
        let mut group = c.benchmark_group(format!("unrolled sequence, {name}, B=32 T=100 H=64 f32"));
        group.sample_size(20);
        for (what, record, backward) in
            [("forward", false, false), ("forward, recorded", true, false), ("forward + backward", false, true)]
        {
            group.bench_function(what, |bencher| {
                bencher.iter(|| {
                    let bound = params.bind(&tape);
                    let unroll = model.unroll(&bound);
                    let unroll = if record { unroll.record() } else { unroll };
                    let run = unroll.run(tape.constant(&x), C0.batch);
                    if backward {
                        tape.vjp(&[(run.last[0], &seed)], &mut gradients);
                    }
                    drop((run, bound));
                    tape.reset();
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, sequences);
criterion_main!(benches);
