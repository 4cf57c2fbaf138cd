//! Every built-in cell: a whole training step of the study's size, in f32, and the LSTM's in f64 and on a traced tape.

use benches::{FRANCE, Sizes, TrainingStep};
use criterion::{Criterion, criterion_group, criterion_main};
use models::Registry;

fn training_step(c: &mut Criterion) {
    let mut group = c.benchmark_group("training step B=32 T=100 H=32 f32");
    group.sample_size(20);
    let registry = Registry::builtin();
    for name in registry.names() {
        let mut step = TrainingStep::<f32>::new(name, FRANCE);
        group.bench_function(name, |bencher| bencher.iter(|| step.run()));
    }
    group.finish();
}

fn lengths(c: &mut Criterion) {
    let mut group = c.benchmark_group("lstm training step by length, f32");
    group.sample_size(20);
    for steps in [10, 100, 1000] {
        let mut step = TrainingStep::<f32>::new("lstm", Sizes { steps, ..FRANCE });
        group.bench_function(steps.to_string(), |bencher| bencher.iter(|| step.run()));
    }
    group.finish();
}

fn precision(c: &mut Criterion) {
    let mut step = TrainingStep::<f64>::new("lstm", FRANCE);
    c.bench_function("lstm training step, f64", |bencher| bencher.iter(|| step.run()));
}

fn tracing(c: &mut Criterion) {
    let mut group = c.benchmark_group("lstm training step, plain and traced, f32");
    group.sample_size(20);
    let mut plain = TrainingStep::<f32>::new("lstm", FRANCE);
    group.bench_function("plain", |bencher| bencher.iter(|| plain.run()));
    let mut traced = TrainingStep::<f32>::new("lstm", FRANCE).traced();
    group.bench_function("traced", |bencher| bencher.iter(|| traced.run()));
    group.finish();
}

criterion_group!(benches, training_step, lengths, precision, tracing);
criterion_main!(benches);
