use autograd::{Scalar, Var};

use crate::{About, Cell, Describe, Dims, Handle, Part, Step, Weights, init};

/// Long short-term memory whose gates see the memory.
///
/// # Equations
/// ```text
/// i_t = σ(W_xi x_t + W_hi h_{t−1} + p_i ∘ c_{t−1} + b_i)        input gate
/// f_t = σ(W_xf x_t + W_hf h_{t−1} + p_f ∘ c_{t−1} + b_f)        forget gate
/// g_t = tanh(W_xg x_t + W_hg h_{t−1} + b_g)                     candidate
/// c_t = f_t ∘ c_{t−1} + i_t ∘ g_t
/// o_t = σ(W_xo x_t + W_ho h_{t−1} + p_o ∘ c_t + b_o)            output gate: it sees the new memory
/// h_t = o_t ∘ tanh(c_t)
/// ```
/// # Shapes
/// x_t (D×B), h_t and c_t (H×B). Gates in the order i, f, g, o as in [`Lstm`](super::Lstm): W_x (4H×D), W_h (4H×H),
/// b (4H×1); the peepholes p (H×3) have the columns p_i, p_f, p_o.
///
/// # Source
/// The equations are those of Graves 2013, arXiv:1308.0850v5, §2.1, eqs. 7–11, with p_i, p_f and p_o for the diagonals of its
/// W_ci, W_cf and W_co ("the weight matrices from the cell to gate vectors are diagonal"): the input and the forget gate
/// see c_{t−1}, the output gate c_t; candidate and memory both pass through tanh. Checked on a transcription of the paper.
///
/// The peepholes are from Gers, Schraudolph & Schmidhuber 2002, "Learning precise timing with LSTM recurrent networks",
/// JMLR 3:115–143, §3. That cell differs twice. Its memory goes out without squashing, h_t = o_t ∘ c_t (so Greff et al.
/// 2017, arXiv:1503.04069, report). And "during learning no error signals are propagated back from gates via peephole
/// connections" (§3; the backward pass is §3.2). §3 was checked as quoted; the equations of that paper were not to be had.
///
/// # Notes
/// The gradient is the whole one, as in Graves 2013, which also clips it where it enters the gates; that is left to the
/// training. The initialisation is neither paper's: W_x, W_h and p are uniform in ±1/√H, b is 0 but for b_f = 1.
/// Besides f_t, ∂c_t/∂c_{t−1} has what flows through the gates: c_{t−1} ∘ f′ ∘ p_f + g ∘ i′ ∘ p_i.
#[derive(Clone, Debug)]
pub struct LstmPeephole {
    about: About,
    h: Part,
    c: Part,
    w_x: Handle,
    w_h: Handle,
    p: Handle,
    b: Handle,
}

impl LstmPeephole {
    /// The cell, of these sizes.
    pub fn new(Dims { input, hidden: h, .. }: Dims) -> Self {
        let place = "arXiv:1308.0850, eqs. 7–11; the peepholes from Gers et al. 2002, JMLR 3:115–143";
        let mut about =
            About::new("lstm_peephole", input).labelled("LSTM, peepholes").from_paper("Graves", 2013, place);
        let (part_h, part_c) = (about.state("h", h), about.state("c", h));
        let w_x = about.param("w_x", (4 * h, input), init::by_width(h));
        let w_h = about.param("w_h", (4 * h, h), init::by_width(h));
        let p = about.param("p", (h, 3), init::by_width(h));
        let bias = init::rows([(h, init::zeros()), (h, init::constant(1.0)), (2 * h, init::zeros())]);
        let b = about.param("b", (4 * h, 1), bias);
        Self { about, h: part_h, c: part_c, w_x, w_h, p, b }
    }
}

impl Describe for LstmPeephole {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for LstmPeephole {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        p[self.w_x].affine(x, p[self.b])
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let (h, c, p) = (s[self.h], s[self.c], s[self.p]);
        let [p_i, p_f, p_o] = p.split_columns();
        let a = (s.x + s[self.w_h].matmul(h)).split_rows::<4>();
        let i = s.gate("i", (a[0] + c.scale_rows(p_i)).sigmoid());
        let f = s.gate("f", (a[1] + c.scale_rows(p_f)).sigmoid());
        let g = s.gate("g", a[2].tanh());
        let c = s.give(self.c, f * c + i * g);
        let o = s.gate("o", (a[3] + c.scale_rows(p_o)).sigmoid());
        s.give(self.h, o * c.tanh());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Oracle, agrees_with_oracle, dot, sigmoid};

    /// The entry of row j and column k of p, as the product of p with a unit vector.
    fn peephole(p: &crate::testing::Entries, j: usize, k: usize) -> f64 {
        let mut unit = [0.0; 3];
        unit[k] = 1.0;
        dot(p, j, &unit)
    }

    #[test]
    fn step_is_the_equations_entry_by_entry() {
        agrees_with_oracle(LstmPeephole::new, |Oracle { p, x, s, gate }| {
            let [w_x, w_h, p, b] = p else { unreachable!() };
            let (h, c) = (s[0], s[1]);
            let n = h.len();
            let a = |row: usize| dot(w_x, row, x) + dot(w_h, row, h) + b[row];
            let i: Vec<f64> = (0..n).map(|j| sigmoid(a(j) + peephole(p, j, 0) * c[j])).collect();
            let f: Vec<f64> = (0..n).map(|j| sigmoid(a(n + j) + peephole(p, j, 1) * c[j])).collect();
            let g: Vec<f64> = (0..n).map(|j| a(2 * n + j).tanh()).collect();
            let c: Vec<f64> = (0..n).map(|j| f[j] * c[j] + i[j] * g[j]).collect();
            let o: Vec<f64> = (0..n).map(|j| sigmoid(a(3 * n + j) + peephole(p, j, 2) * c[j])).collect();
            let h = (0..n).map(|j| o[j] * c[j].tanh()).collect();
            for (name, values) in [("i", i), ("f", f), ("g", g), ("o", o)] {
                gate(name, values);
            }
            vec![h, c]
        });
    }
}
