//! tanh and σ over slices, ours and the standard library's, by the element.

use autograd::{Real, Scalar};
use benches::normal;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Entries of a slice: in f32 they fill half of a usual first cache, with the results.
const LEN: usize = 2048;

/// y ← f(x), entry by entry.
type Loop<T> = fn(&[T], &mut [T]);

/// Times our loop and the standard library's.
fn kernel<T: Real>(c: &mut Criterion, name: &str, ours: Loop<T>, std: Loop<T>) {
    let x = normal::<T>(LEN, 1);
    let mut y = vec![T::zero(); LEN];
    let mut group = c.benchmark_group(format!("{name} of {LEN} numbers, {}", T::NAME));
    group.throughput(Throughput::Elements(LEN as u64));
    for (whose, f) in [("ours", ours), ("std", std)] {
        group.bench_function(whose, |bencher| {
            bencher.iter(|| {
                f(std::hint::black_box(x.as_slice()), &mut y);
                y[0]
            });
        });
    }
    group.finish();
}

/// f of every entry.
fn each<T: Copy>(x: &[T], y: &mut [T], f: impl Fn(T) -> T) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = f(x);
    }
}

fn kernels(c: &mut Criterion) {
    kernel::<f32>(c, "tanh", f32::tanh_into, |x, y| each(x, y, f32::tanh));
    kernel::<f64>(c, "tanh", f64::tanh_into, |x, y| each(x, y, f64::tanh));
    kernel::<f32>(c, "sigmoid", f32::sigmoid_into, |x, y| each(x, y, |x| 1.0 / (1.0 + (-x).exp())));
    kernel::<f64>(c, "sigmoid", f64::sigmoid_into, |x, y| each(x, y, |x| 1.0 / (1.0 + (-x).exp())));
}

criterion_group!(benches, kernels);
criterion_main!(benches);
