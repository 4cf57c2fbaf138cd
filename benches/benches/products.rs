//! The products of an LSTM's step at the sizes of the configs, in f32 and f64: forward, towards the state before, and of a weight
//! over 16 time steps. An element is a floating-point operation, so Gelem/s is GFLOP/s.

use autograd::Scalar;
use autograd::kernels::Operand;
use benches::{C0, C1, C2, C3, normal};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nalgebra::DMatrix;

/// Times C ← A B, or β = 1: C ← C + A B.
fn product<T: Scalar>(c: &mut Criterion, name: &str, a: Operand<'_, T>, b: Operand<'_, T>, beta: T) {
    let ((m, k), (_, n)) = (a.shape(), b.shape());
    let mut out = DMatrix::<T>::zeros(m, n);
    let mut group = c.benchmark_group(format!("product {}", std::any::type_name::<T>()));
    group.throughput(Throughput::Elements((2 * m * k * n) as u64));
    group.bench_function(format!("{name} {m}×{n}×{k}"), |bencher| {
        bencher.iter(|| T::gemm(T::one(), a, b, beta, &mut out.as_view_mut()));
    });
    group.finish();
}

fn products<T: Scalar>(c: &mut Criterion) {
    for (name, sizes) in [("C0", C0), ("C1", C1), ("C2", C2), ("C3", C3)] {
        let (h, n) = (sizes.hidden, sizes.batch);
        let (w, state, da) = (normal::<T>(4 * h, h), normal::<T>(h, 16 * n), normal::<T>(4 * h, 16 * n));
        let (state_t, da_t) = (Operand::plain(state.columns(0, n)), Operand::plain(da.columns(0, n)));
        let w_transposed = w.transpose();
        let turned = state.transpose();
        product(c, &format!("{name} W h"), (&w).into(), state_t, T::zero());
        product(c, &format!("{name} Wᵀ da"), Operand::transposed(w.as_view()), da_t, T::one());
        product(c, &format!("{name} Wᵀ da, Wᵀ copied"), (&w_transposed).into(), da_t, T::one());
        product(c, &format!("{name} da hᵀ"), (&da).into(), Operand::transposed(state.as_view()), T::one());
        product(c, &format!("{name} da hᵀ, hᵀ copied"), (&da).into(), (&turned).into(), T::one());
    }
}

criterion_group!(benches, products::<f32>, products::<f64>);
criterion_main!(benches);
