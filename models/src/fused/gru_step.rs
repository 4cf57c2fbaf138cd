use autograd::kernels::{Loop, as_mut_slice, as_slice, prefetch, vectorize};
use autograd::{Known, Op, Reads, Scalar, Shape, Sink};
use nalgebra::{DMatrixView, DMatrixViewMut};

use super::{check_sizes, masked, recur};

/// r, z = σ(x_r + s_r, x_z + s_z),  q = s_n + b_hn,  n = tanh(x_n + r ∘ q) with s = W_h h;  h′ = (1 − z) ∘ n + z ∘ h.
/// x (3H×B, rows r, z, n), W_h (3H×H), h (H×B), b_hn (H×1); h′ (H×B).
///
/// ```text
/// dz = dh′ ∘ (h − n),  dn̂ = dh′ ∘ (1 − z) ∘ (1 − n²),  dr = dn̂ ∘ q,  dq = dn̂ ∘ r
/// dx += (dr ∘ r ∘ (1 − r), dz ∘ z ∘ (1 − z), dn̂),  ds = the same but dq in the place of dn̂
/// dW_h += ds hᵀ,  dh += W_hᵀ ds + dh′ ∘ z,  db_hn += Σ over the batch of dq
/// ```
/// Saved are the gates (3H×B) and q (H×B), one after the other.
#[derive(Clone, Debug)]
pub(crate) struct GruStep;

impl<T: Scalar> Op<T> for GruStep {
    fn name(&self) -> &'static str {
        "gru_step"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (hidden, batch) = check_sizes(3, inputs)?;
        if inputs[3] == (hidden, 1) { Ok((hidden, batch)) } else { Err(format!("b_hn is {hidden} × 1")) }
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        (inputs[2].0, 4 * inputs[2].1)
    }

    fn reads(&self) -> Reads {
        Reads::only([false, true, true, false])
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, mut kept: DMatrixViewMut<'_, T>) {
        let (n, count) = (inputs[2].nrows(), inputs[2].len());
        if count == 0 {
            return;
        }
        let (s, q) = as_mut_slice(&mut kept).split_at_mut(3 * count);
        recur(inputs[1], inputs[2], s); // s = W_h h
        let (x, b, before) = (as_slice(&inputs[0]), as_slice(&inputs[3]), as_slice(&inputs[2]));
        vectorize(Forward { hidden: n, x, b, before, gates: s, q, h: as_mut_slice(&mut out) });
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, saved: kept, .. } = known;
        let ((hidden, batch), count) = (inputs[2].shape(), inputs[2].len());
        if count == 0 {
            return;
        }
        let (gates, q) = as_slice(&kept).split_at(3 * count);
        let (mut da, mut passed) = (sink.begin_outer(1, batch), sink.scratch(hidden, batch));
        let (before, dh) = (as_slice(&inputs[2]), as_slice(&dy));
        let line = sink.line();
        sink.add_flushed(0, |dx| {
            let (da, passed) = (da.as_mut_slice(), passed.as_mut_slice());
            vectorize(Back { hidden, line, gates, q, before, dh, dx, da, passed }); // dx += (dr ∘ r ∘ (1 − r), dz ∘ z ∘ (1 − z), dn̂)
        });
        sink.pass_back(2, 1, da.view()); // dh += W_hᵀ ds
        sink.add(2, passed.as_slice()); // dh += dh′ ∘ z
        sink.sum_columns(3, da.view().rows(2 * hidden, hidden)); // db_hn += Σ dq
        sink.end_outer(1, da, inputs[2]); // dW_h += ds hᵀ
        sink.recycle(passed);
    }
}

/// From s in the place of the gates: the gates, q and h′.
struct Forward<'a, T> {
    hidden: usize,
    x: &'a [T],
    b: &'a [T],
    before: &'a [T],
    gates: &'a mut [T],
    q: &'a mut [T],
    h: &'a mut [T],
}

impl<T: Scalar> Loop for Forward<'_, T> {
    #[inline(always)]
    fn run(self) {
        let (n, one) = (self.hidden, T::one());
        let columns = self.gates.chunks_exact_mut(3 * n).zip(self.x.chunks_exact(3 * n));
        let states = self.before.chunks_exact(n).zip(self.h.chunks_exact_mut(n)).zip(self.q.chunks_exact_mut(n));
        for ((gates, x), ((before, h), q)) in columns.zip(states) {
            let (r_z, s_n) = gates.split_at_mut(2 * n);
            for (s, &x) in r_z.iter_mut().zip(x) {
                *s = (x + *s).sigmoid();
            }
            for ((q, &s), &b) in q.iter_mut().zip(&*s_n).zip(self.b) {
                *q = s + b;
            }
            let (r, z) = r_z.split_at(n);
            for (((s, &x), &r), &q) in s_n.iter_mut().zip(&x[2 * n..]).zip(r).zip(&*q) {
                *s = x + r * q;
            }
            for s in s_n.iter_mut() {
                *s = s.tanh();
            }
            for (((h, &z), &n), &before) in h.iter_mut().zip(z).zip(&*s_n).zip(before) {
                *h = (one - z) * n + z * before;
            }
        }
    }
}

/// dx, ds, which has dq = dn̂ ∘ r where dx has dn̂, and dh′ ∘ z, from dh′.
struct Back<'a, T> {
    hidden: usize,
    line: T,
    gates: &'a [T],
    q: &'a [T],
    before: &'a [T],
    dh: &'a [T],
    dx: &'a mut [T],
    da: &'a mut [T],
    passed: &'a mut [T],
}

impl<T: Scalar> Loop for Back<'_, T> {
    #[inline(always)]
    fn run(self) {
        let (width, line, one) = (self.hidden, self.line, T::one());
        let columns = self.da.chunks_exact_mut(3 * width).zip(self.dx.chunks_exact_mut(3 * width));
        for (column, (da, dx)) in columns.enumerate() {
            let at = column * width..(column + 1) * width;
            let gates = &self.gates[column * 3 * width..(column + 1) * 3 * width];
            let [r, z, n] = [0, 1, 2].map(|k| &gates[k * width..(k + 1) * width]);
            if at.end < self.dh.len() {
                let next = at.end..at.end + width;
                prefetch(&self.gates[3 * next.start..3 * next.end]);
                prefetch(&self.q[next.clone()]);
                prefetch(&self.before[next]);
            }
            let (q, before) = (&self.q[at.clone()], &self.before[at.clone()]);
            let (dh, passed) = (&self.dh[at.clone()], &mut self.passed[at]);
            let (da_r, rest) = da.split_at_mut(width);
            let (da_z, da_n) = rest.split_at_mut(width);
            for ((((da_z, &dh), &z), &n), &before) in da_z.iter_mut().zip(dh).zip(z).zip(n).zip(before) {
                *da_z = masked(dh, dh * (before - n) * (z * (one - z))).flushed(line);
            }
            for ((((da_n, passed), &dh), &z), &n) in da_n.iter_mut().zip(passed).zip(dh).zip(z).zip(n) {
                *da_n = masked(dh, dh * (one - z) * (one - n * n));
                *passed = masked(dh, dh * z);
            }
            for (((da_r, da_n), &r), &q) in da_r.iter_mut().zip(&mut *da_n).zip(r).zip(q) {
                *da_r = masked(*da_n, *da_n * q * (r * (one - r))).flushed(line);
                *da_n = da_n.flushed(line);
            }
            dx[..2 * width].copy_from_slice(&da[..2 * width]);
            let (dx_n, da_n) = (&mut dx[2 * width..], &mut da[2 * width..]);
            for ((dx, da), &r) in dx_n.iter_mut().zip(da_n).zip(r) {
                *dx = *da;
                *da = masked(*da, *da * r);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::{certify, matrix, proptest::prelude::*};

    #[test]
    fn certificate() {
        let inputs = (1usize..4, 1usize..4)
            .prop_flat_map(|(h, b)| [matrix(3 * h, b), matrix(3 * h, h), matrix(h, b), matrix(h, 1)]);
        certify(&GruStep, inputs.prop_map(Vec::from));
    }
}
