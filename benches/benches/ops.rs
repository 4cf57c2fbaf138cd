//! Single ops, forward and backward, 128×32 in f32: the size of the gates of an LSTM with H = 32 and a batch of 32.

use autograd::{Gradients, Tape, Var};
use benches::normal;
use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::DMatrix;

/// Times `op` of a and b (both 128×32), on a tape that is reused, and its backward sweep.
fn forward_backward(c: &mut Criterion, name: &str, op: impl for<'t> Fn(Var<'t, f32>, Var<'t, f32>) -> Var<'t, f32>) {
    let (a, b) = (normal::<f32>(128, 32), normal::<f32>(128, 32));
    let (mut tape, mut gradients) = (Tape::new(), Gradients::new());
    c.bench_function(&format!("op forward + backward/{name}"), |bencher| {
        bencher.iter(|| {
            let y = op(tape.leaf(&a), tape.leaf(&b));
            let seed = DMatrix::from_element(y.shape().0, y.shape().1, 1.0);
            tape.vjp(&[(y, &seed)], &mut gradients);
            tape.reset();
        });
    });
}

fn ops(c: &mut Criterion) {
    forward_backward(c, "add", |a, b| a + b);
    forward_backward(c, "mul", |a, b| a * b);
    forward_backward(c, "tanh", |a, _| a.tanh());
    forward_backward(c, "sigmoid", |a, _| a.sigmoid());
    forward_backward(c, "slice_rows", |a, _| a.slice_rows(32..64));
    let w = normal::<f32>(128, 128);
    forward_backward(c, "matmul 128×128×32", move |a, _| a.tape().leaf(&w).matmul(a));
}

criterion_group!(benches, ops);
criterion_main!(benches);
