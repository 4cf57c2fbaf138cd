//! What threads buy: the LSTM's training step in 1 and 2 shards of the batch on 1 and 2 threads, in f32.

use benches::{C0, C1, TrainingStep};
use criterion::{Criterion, criterion_group, criterion_main};
use models::{Dims, Registry};
use rayon::ThreadPoolBuilder;

fn threads(c: &mut Criterion) {
    for (name, sizes) in [("C0", C0), ("C1", C1)] {
        let mut group = c.benchmark_group(format!("lstm training step, shards and threads, {name} f32"));
        group.sample_size(10);
        for (shards, threads) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            let dims = Dims { input: sizes.input, hidden: sizes.hidden, horizon: sizes.steps };
            let cell = Registry::builtin().build("lstm", dims).expect("a built-in cell");
            let mut step = TrainingStep::<f32>::of(cell, sizes, shards);
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
            group.bench_function(format!("{shards} shards on {threads} threads"), |bencher| {
                bencher.iter(|| pool.install(|| step.run()));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, threads);
criterion_main!(benches);
