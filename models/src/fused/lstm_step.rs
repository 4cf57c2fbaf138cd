use autograd::kernels::{Loop, as_mut_slice, as_slice, prefetch, vectorize};
use autograd::{Known, Op, Reads, Scalar, Shape, Sink};
use nalgebra::{DMatrixView, DMatrixViewMut};

use super::{check_sizes, masked, recur};

/// i, f, o = σ(a_i, a_f, a_o), g = tanh(a_g) with a = x + W_h h;  c′ = f ∘ c + i ∘ g,  h′ = o ∘ tanh(c′).
/// x (4H×B, rows i, f, g, o), W_h (4H×H), h, c (H×B); the output is h′ and c′ side by side (H×2B).
///
/// ```text
/// do = dh′ ∘ tanh c′          dc = dc′ + dh′ ∘ o ∘ (1 − tanh² c′)
/// di = dc ∘ g,  df = dc ∘ c,  dg = dc ∘ i
/// da = (di ∘ i ∘ (1 − i), df ∘ f ∘ (1 − f), dg ∘ (1 − g²), do ∘ o ∘ (1 − o))
/// dx += da,  dW_h += da hᵀ,  dh += W_hᵀ da,  dc += dc ∘ f
/// ```
/// Saved are the four gates (4H×B) and tanh c′ (H×B), one after the other.
#[derive(Clone, Debug)]
pub(crate) struct LstmStep;

impl<T: Scalar> Op<T> for LstmStep {
    fn name(&self) -> &'static str {
        "lstm_step"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (hidden, batch) = check_sizes(4, inputs)?;
        if inputs[3] == (hidden, batch) { Ok((hidden, 2 * batch)) } else { Err("h and c have one shape".into()) }
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        (inputs[2].0, 5 * inputs[2].1)
    }

    fn reads(&self) -> Reads {
        Reads::only([false, true, true, true])
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, mut kept: DMatrixViewMut<'_, T>) {
        let (hidden, count) = (inputs[2].nrows(), inputs[2].len());
        let (gates, tanh_c) = as_mut_slice(&mut kept).split_at_mut(4 * count);
        recur(inputs[1], inputs[2], gates); // W_h h
        if count > 0 {
            let (x, before) = (as_slice(&inputs[0]), as_slice(&inputs[3]));
            let (h, c) = as_mut_slice(&mut out).split_at_mut(count);
            vectorize(Forward { hidden, x, before, gates, tanh_c, h, c });
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, saved: kept, .. } = known;
        let ((hidden, batch), count) = (inputs[2].shape(), inputs[2].len());
        if count == 0 {
            return;
        }
        let (gates, tanh_c) = as_slice(&kept).split_at(4 * count);
        let (dh, dc) = as_slice(&dy).split_at(count);
        let (mut da, mut passed) = (sink.begin_outer(1, batch), sink.scratch(hidden, batch));
        let before = as_slice(&inputs[3]);
        let line = sink.line();
        sink.add_flushed(0, |dx| {
            let (da, passed) = (da.as_mut_slice(), passed.as_mut_slice());
            vectorize(Back { hidden, line, gates, tanh_c, before, dc, dh, dx, da, passed }); // dx += da
        });
        sink.pass_back(2, 1, da.view()); // dh += W_hᵀ da
        sink.end_outer(1, da, inputs[2]); // dW_h += da hᵀ
        sink.add(3, passed.as_slice()); // dc += dc ∘ f
        sink.recycle(passed);
    }
}

/// From W_h h in the place of the gates: the gates, c′, tanh c′ and h′.
struct Forward<'a, T> {
    hidden: usize,
    x: &'a [T],
    before: &'a [T],
    gates: &'a mut [T],
    tanh_c: &'a mut [T],
    h: &'a mut [T],
    c: &'a mut [T],
}

impl<T: Scalar> Loop for Forward<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.hidden;
        let columns = self.gates.chunks_exact_mut(4 * n).zip(self.x.chunks_exact(4 * n));
        let states = self.before.chunks_exact(n).zip(self.c.chunks_exact_mut(n));
        let outputs = self.tanh_c.chunks_exact_mut(n).zip(self.h.chunks_exact_mut(n));
        for (((gates, x), (before, c)), (tanh_c, h)) in columns.zip(states).zip(outputs) {
            let (i_f, g_o) = gates.split_at_mut(2 * n);
            let (g, o) = g_o.split_at_mut(n);
            for (a, &x) in i_f.iter_mut().zip(x) {
                *a = (x + *a).sigmoid();
            }
            for (a, &x) in g.iter_mut().zip(&x[2 * n..]) {
                *a = (x + *a).tanh();
            }
            for (a, &x) in o.iter_mut().zip(&x[3 * n..]) {
                *a = (x + *a).sigmoid();
            }
            let (i, f) = i_f.split_at(n);
            for ((((c, &before), &i), &f), &g) in c.iter_mut().zip(before).zip(i).zip(f).zip(&*g) {
                *c = f * before + i * g;
            }
            for (((tanh_c, h), &c), &o) in tanh_c.iter_mut().zip(h).zip(&*c).zip(&*o) {
                *tanh_c = c.tanh();
                *h = o * *tanh_c;
            }
        }
    }
}

/// da, which is dx too, and dc ∘ f, from dc′ and dh′.
struct Back<'a, T> {
    hidden: usize,
    line: T,
    gates: &'a [T],
    tanh_c: &'a [T],
    before: &'a [T],
    dc: &'a [T],
    dh: &'a [T],
    dx: &'a mut [T],
    da: &'a mut [T],
    passed: &'a mut [T],
}

impl<T: Scalar> Loop for Back<'_, T> {
    #[inline(always)]
    fn run(self) {
        let (n, line, one) = (self.hidden, self.line, T::one());
        let sigmoid = |y: T| y * (one - y);
        for (column, (da, dx)) in self.da.chunks_exact_mut(4 * n).zip(self.dx.chunks_exact_mut(4 * n)).enumerate() {
            let (at, gates) = (column * n..(column + 1) * n, &self.gates[column * 4 * n..(column + 1) * 4 * n]);
            let [i, f, g, o] = [0, 1, 2, 3].map(|k| &gates[k * n..(k + 1) * n]);
            if at.end < self.dh.len() {
                let next = at.end..at.end + n;
                prefetch(&self.gates[4 * next.start..4 * next.end]);
                prefetch(&self.tanh_c[next.clone()]);
                prefetch(&self.before[next]);
            }
            let (tanh_c, before) = (&self.tanh_c[at.clone()], &self.before[at.clone()]);
            let (dc, dh, passed) = (&self.dc[at.clone()], &self.dh[at.clone()], &mut self.passed[at]);
            let (da_i, rest) = da.split_at_mut(n);
            let (da_f, rest) = rest.split_at_mut(n);
            let (da_g, da_o) = rest.split_at_mut(n);
            for ((((da_o, dc_all), &dh), &o), &tanh_c) in da_o.iter_mut().zip(&mut *passed).zip(dh).zip(o).zip(tanh_c) {
                *da_o = masked(dh, dh * tanh_c * sigmoid(o)).flushed(line);
                *dc_all = masked(dh, dh * o * (one - tanh_c * tanh_c));
            }
            for (dc_all, &dc) in passed.iter_mut().zip(dc) {
                *dc_all += dc;
            }
            for ((((da_i, da_g), &dc), &i), &g) in da_i.iter_mut().zip(da_g).zip(&*passed).zip(i).zip(g) {
                *da_i = masked(dc, dc * g * sigmoid(i)).flushed(line);
                *da_g = masked(dc, dc * i * (one - g * g)).flushed(line);
            }
            for (((da_f, dc), &f), &before) in da_f.iter_mut().zip(passed).zip(f).zip(before) {
                *da_f = masked(*dc, *dc * before * sigmoid(f)).flushed(line);
                *dc = masked(*dc, *dc * f);
            }
            dx.copy_from_slice(da);
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
            .prop_flat_map(|(h, b)| [matrix(4 * h, b), matrix(4 * h, h), matrix(h, b), matrix(h, b)]);
        certify(&LstmStep, inputs.prop_map(Vec::from));
    }

    #[test]
    #[should_panic(expected = "lstm_step: with h of 3 × 2, x is 12 × 2 and W_h 12 × 3; inputs are")]
    fn a_misfit_says_what_fits() {
        let tape = autograd::Tape::<f64>::new();
        tape.record(LstmStep, &[tape.zeros(12, 2), tape.zeros(12, 2), tape.zeros(3, 2), tape.zeros(3, 2)]);
    }
}
