//! The products of an LSTM's step at the sizes of the configs, in f32: forward, towards the state before, and of a weight
//! over 16 time steps. An element is a floating-point operation, so Gelem/s is GFLOP/s.

use autograd::Scalar;
use autograd::kernels::Operand;
use benches::{C0, C1, C2, C3, normal};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nalgebra::DMatrix;

/// Times C ← A B, or β = 1: C ← C + A B.
fn product(c: &mut Criterion, name: &str, a: Operand<'_, f32>, b: Operand<'_, f32>, beta: f32) {
    let ((m, k), (_, n)) = (a.shape(), b.shape());
    let mut out = DMatrix::<f32>::zeros(m, n);
    let mut group = c.benchmark_group("product f32");
    group.throughput(Throughput::Elements((2 * m * k * n) as u64));
    group.bench_function(format!("{name} {m}×{n}×{k}"), |bencher| {
        bencher.iter(|| f32::gemm(1.0, a, b, beta, &mut out.as_view_mut()));
    });
    group.finish();
}

fn products(c: &mut Criterion) {
    for (name, sizes) in [("C0", C0), ("C1", C1), ("C2", C2), ("C3", C3)] {
        let (h, n) = (sizes.hidden, sizes.batch);
        let (w, state, da) = (normal::<f32>(4 * h, h), normal::<f32>(h, 16 * n), normal::<f32>(4 * h, 16 * n));
        let (state_t, da_t) = (Operand::plain(state.columns(0, n)), Operand::plain(da.columns(0, n)));
        let w_transposed = w.transpose();
        product(c, &format!("{name} W h"), (&w).into(), state_t, 0.0);
        product(c, &format!("{name} Wᵀ da"), Operand::transposed(w.as_view()), da_t, 1.0);
        product(c, &format!("{name} Wᵀ da, Wᵀ copied"), (&w_transposed).into(), da_t, 1.0);
        product(c, &format!("{name} da hᵀ"), (&da).into(), Operand::transposed(state.as_view()), 1.0);
    }
}

criterion_group!(benches, products);
criterion_main!(benches);
