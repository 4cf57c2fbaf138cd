//! One time step of every built-in cell, alone: forward, and forward and backward, at H = 64 and a batch of 32 in f32.

use autograd::{Gradients, Tape};
use benches::{C0, normal};
use criterion::{Criterion, criterion_group, criterion_main};
use models::testing::one_step;
use models::{Cell, CellScalar, Dims, Params, Registry};
use nalgebra::DMatrix;

fn steps(c: &mut Criterion) {
    let registry = Registry::builtin();
    let dims = Dims { input: C0.input, hidden: C0.hidden, horizon: C0.steps };
    for (what, backward) in [("forward", false), ("forward + backward", true)] {
        let mut group = c.benchmark_group(format!("cell step, {what}, B=32 H=64 f32"));
        for name in registry.names() {
            let cell = registry.build(name, dims).expect("a built-in cell");
            let mut params = Params::<f32>::new();
            params.place("cell", cell.about().specs.clone(), 1);
            let cell: &dyn Cell<f32> = f32::cell(&*cell);
            let about = cell.about();
            let x = normal::<f32>(about.input, C0.batch);
            let states: Vec<DMatrix<f32>> = about.states.iter().map(|part| normal(part.width, C0.batch)).collect();
            let seed = DMatrix::from_element(about.output_width(), C0.batch, 1.0);
            let (mut tape, mut gradients) = (Tape::new(), Gradients::new());
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    let bound = params.bind(&tape);
                    let before: Vec<_> = states.iter().map(|state| tape.leaf(state)).collect();
                    let x = cell.project(bound.all(), tape.constant(&x));
                    let (after, gates) = one_step(cell, bound.all(), x, &before, false);
                    if backward {
                        tape.vjp(&[(after[about.output], &seed)], &mut gradients);
                    }
                    drop((bound, before, after, gates));
                    tape.reset();
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
