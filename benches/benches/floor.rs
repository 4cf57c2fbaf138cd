//! The tape against backpropagation through time written by hand: the same training step of an LSTM, in f32. The cell in
//! plain ops stands beside the built-in one: it is what a cell of your own costs.

use benches::composed::ComposedLstm;
use benches::floor::LstmFloor;
use benches::{C0, C1, HELLO, TrainingStep};
use criterion::{Criterion, criterion_group, criterion_main};
use models::Dims;

fn floor(c: &mut Criterion) {
    for (name, sizes) in [("hello", HELLO), ("C0", C0), ("C1", C1)] {
        let mut group = c.benchmark_group(format!("lstm training step, tape and by hand, {name} f32"));
        group.sample_size(10);
        let mut step = TrainingStep::<f32>::new("lstm", sizes);
        let (params, x, target) = step.case();
        let mut floor = LstmFloor::new(params, x, target);
        group.bench_function("by hand", |bencher| bencher.iter(|| floor.run()));
        group.bench_function("built in", |bencher| bencher.iter(|| step.run()));
        let dims = Dims { input: sizes.input, hidden: sizes.hidden, horizon: sizes.steps };
        let mut composed = TrainingStep::<f32>::of(Box::new(ComposedLstm::new(dims)), sizes, 1);
        group.bench_function("in plain ops", |bencher| bencher.iter(|| composed.run()));
        group.finish();
    }
}

criterion_group!(benches, floor);
criterion_main!(benches);
