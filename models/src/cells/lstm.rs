use std::borrow::Cow;

use autograd::{Scalar, Var};
use nalgebra::DMatrix;

use crate::fused::LstmStep;
use crate::{About, Cell, Describe, Dims, Handle, Init, Part, Step, Weights, init};

/// Long short-term memory with a forget gate.
///
/// # Equations
/// ```text
/// i_t = σ(W_xi x_t + W_hi h_{t−1} + b_i)        input gate
/// f_t = σ(W_xf x_t + W_hf h_{t−1} + b_f)        forget gate
/// g_t = tanh(W_xg x_t + W_hg h_{t−1} + b_g)     candidate
/// o_t = σ(W_xo x_t + W_ho h_{t−1} + b_o)        output gate
/// c_t = f_t ∘ c_{t−1} + i_t ∘ g_t
/// h_t = o_t ∘ tanh(c_t)
/// ```
/// # Shapes
/// x_t (D×B), h_t and c_t (H×B). The four gates stand one under the other in the order i, f, g, o, which is PyTorch's:
/// W_x (4H×D), W_h (4H×H), b (4H×1).
///
/// # Source
/// Hochreiter & Schmidhuber 1997, Neural Computation 9(8); the forget gate from Gers, Schmidhuber & Cummins 2000, Neural
/// Computation 12(10); the lecture's equations.
///
/// # Notes
/// W_x and W_h are uniform in ±1/√H, b is 0 but for the forget gate's part b_f: 1 unless another is given (Gers et al.
/// 2000; Jozefowicz, Zaremba & Sutskever 2015), for along c alone the gradient shrinks by f_t ≈ σ(b_f) a step.
/// [`Lstm::chrono`] draws b_f by [`init::chrono`], log u with u uniform in [1, T − 1], T the horizon, and b_i = −b_f, so that
/// the units' memory times 1/(1 − f) spread over 2 … T steps (Tallec & Ollivier 2018, arXiv:1804.11188, §2.2).
#[derive(Clone, Debug)]
pub struct Lstm {
    about: About,
    h: Part,
    c: Part,
    w_x: Handle,
    w_h: Handle,
    b: Handle,
}

impl Lstm {
    /// The cell with forget bias 1.
    pub fn new(dims: Dims) -> Self {
        Self::with_forget_bias(dims, 1.0)
    }

    /// The cell whose forget gates start at σ(`bias`).
    pub fn with_forget_bias(dims: Dims, bias: f64) -> Self {
        let (h, label) = (dims.hidden, format!("LSTM, forget bias {bias}"));
        let bias = init::rows([(h, init::zeros()), (h, init::constant(bias)), (2 * h, init::zeros())]);
        Self::with_bias(dims, label.into(), bias)
    }

    /// The cell with the chrono initialisation for `dims.horizon` steps.
    pub fn chrono(dims: Dims) -> Self {
        Self::with_bias(dims, "LSTM, chrono".into(), chrono(dims.hidden, dims.horizon))
    }

    fn with_bias(Dims { input, hidden, .. }: Dims, label: Cow<'static, str>, bias: Init) -> Self {
        let place = "Neural Computation 9(8); Gers et al. 2000, ibid. 12(10)";
        let mut about = About::new("lstm", input).labelled(label).from_paper("Hochreiter & Schmidhuber", 1997, place);
        let h = about.state("h", hidden);
        let c = about.state("c", hidden);
        let w_x = about.param("w_x", (4 * hidden, input), init::by_width(hidden));
        let w_h = about.param("w_h", (4 * hidden, hidden), init::by_width(hidden));
        let b = about.param("b", (4 * hidden, 1), bias);
        Self { about, h, c, w_x, w_h, b }
    }
}

/// b_f from [`init::chrono`], b_i = −b_f, else 0.
fn chrono(hidden: usize, horizon: usize) -> Init {
    let forget = init::chrono(horizon);
    Init::new(format!("{forget:?}"), move |(rows, columns), draws| {
        let b_f = forget.draw((hidden, 1), draws);
        let mut b = DMatrix::zeros(rows, columns);
        b.rows_mut(0, hidden).copy_from(&-&b_f);
        b.rows_mut(hidden, hidden).copy_from(&b_f);
        b
    })
}

impl Describe for Lstm {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for Lstm {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        p[self.w_x].affine(x, p[self.b])
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let (h, c) = (s[self.h], s[self.c]);
        let [i, f, g, o] = (s.x + s[self.w_h].matmul(h)).split_rows();
        let i = s.gate("i", i.sigmoid());
        let f = s.gate("f", f.sigmoid());
        let g = s.gate("g", g.tanh());
        let o = s.gate("o", o.sigmoid());
        let c = s.give(self.c, f * c + i * g);
        s.give(self.h, o * c.tanh());
    }

    fn fused<'t>(&self, s: &mut Step<'_, 't, T>) {
        let [h, c] = s.x.tape().record(LstmStep, &[s.x, s[self.w_h], s[self.h], s[self.c]]).split_columns();
        s.give(self.h, h);
        s.give(self.c, c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Oracle, agrees_with_oracle, dot, sigmoid};
    use crate::{Draws, Params};

    #[test]
    fn step_is_the_equations_entry_by_entry() {
        agrees_with_oracle(Lstm::new, |Oracle { p, x, s, gate }| {
            let [w_x, w_h, b] = p else { unreachable!() };
            let (h, c) = (s[0], s[1]);
            let n = h.len();
            let a = |row: usize| dot(w_x, row, x) + dot(w_h, row, h) + b[row];
            let i: Vec<f64> = (0..n).map(|j| sigmoid(a(j))).collect();
            let f: Vec<f64> = (0..n).map(|j| sigmoid(a(n + j))).collect();
            let g: Vec<f64> = (0..n).map(|j| a(2 * n + j).tanh()).collect();
            let o: Vec<f64> = (0..n).map(|j| sigmoid(a(3 * n + j))).collect();
            let c: Vec<f64> = (0..n).map(|j| f[j] * c[j] + i[j] * g[j]).collect();
            let h = (0..n).map(|j| o[j] * c[j].tanh()).collect();
            for (name, values) in [("i", i), ("f", f), ("g", g), ("o", o)] {
                gate(name, values);
            }
            vec![h, c]
        });
    }

    const DIMS: Dims = Dims { input: 2, hidden: 50, horizon: 100 };

    fn bias(cell: &Lstm) -> DMatrix<f64> {
        let mut params = Params::new();
        params.place("net", cell.about().specs.clone(), 4);
        params.get("net.b").expect("a bias").value.clone()
    }

    #[test]
    fn the_forget_bias_is_the_one_given() {
        let b = bias(&Lstm::with_forget_bias(DIMS, 2.0));
        assert_eq!(b.rows(50, 50), DMatrix::from_element(50, 1, 2.0));
        assert_eq!(b.sum().to_bits(), 100.0f64.to_bits());
    }

    #[test]
    fn chrono_biases_are_drawn_for_the_forget_gate_and_negated_for_the_input_gate() {
        let b = bias(&Lstm::chrono(DIMS));
        let mut draws = Draws::at(4, "init net.b", &[]);
        let b_f = DMatrix::from_fn(50, 1, |_, _| draws.between(1.0, 99.0).ln());
        assert_eq!(b.rows(0, 50), -&b_f);
        assert_eq!(b.rows(50, 50), b_f);
        assert_eq!(b.rows(100, 100), DMatrix::zeros(100, 1));
    }
}
