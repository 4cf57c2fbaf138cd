mod form;
#[cfg(test)]
mod truncation_tests;

use autograd::{Scalar, Var};

use crate::{About, Cell, Describe, Dims, Handle, Part, Step, Weights, init};
pub(crate) use form::Form;
use form::{Biased, Recurrent, Squash};

/// Long short-term memory as it was first published: no forget gate, and cells in blocks that share their gates.
///
/// # Equations
/// ```text
/// y_t = [h_t; i_t; o_t]                     all cell outputs, all input gates, all output gates
/// i_t = σ(W_xi x_t + W_yi y_{t−1} + b_i)         input gates, one for each block
/// o_t = σ(W_xo x_t + W_yo y_{t−1} + b_o)         output gates, one for each block
/// g_t = 4 σ(W_xg x_t + W_yg y_{t−1} + b_g) − 2   cell inputs
/// s_t = s_{t−1} + ī_t ∘ g_t                      internal states: the constant error carousel
/// h_t = ō_t ∘ (2 σ(s_t) − 1)                     cell outputs
/// ```
/// ī_t and ō_t have the gate of a block once for each of its cells.
///
/// The gradient is not that of the equations but the paper's: y_{t−1} enters the net inputs as a constant. So ∂s_t/∂s_{t−1} is
/// the identity, and an error that leaves a block through a net input changes the weights there, and goes no further back.
///
/// # Shapes
/// x_t (D×B), h_t and s_t (H×B), i_t and o_t (K×B) for K blocks of S = H/K cells; the cells of block k are the rows k S to
/// k S + S − 1. Net inputs stand in the order i, o, g: W_x ((2K+H)×D), W_y, called w_h, ((2K+H)×(H+2K)), b ((2K+H)×1). The gates
/// that the next step sees are the state part q (2K×B).
///
/// # Source
/// Hochreiter & Schmidhuber 1997, "Long short-term memory", Neural Computation 9(8):1735–1780, §4 and appendix A.1,
/// eqs. 3–9 and 12–15. The order within a step is that of §5: input, then hidden units, then outputs. That paper writes g and h
/// for the two squashing functions, y^in, y^out and y^c for what are i, o and h here. Checked on a transcription.
///
/// # Notes
/// Weights are uniform in ±0.1, biases too (§5; ±0.2 in experiments 1 and 2). Every departure from the paper, and what
/// differs between its experiments, is an option of the registry's entry:
///
/// | option | default | |
/// |---|---|---|
/// | `block_size` | 1 | S, the cells of a block; it divides H |
/// | `recurrent` | `all` | what of y_{t−1} is seen: `all`, the `cells`, as in later LSTMs, or `none` |
/// | `truncated` | `true` | whether y_{t−1} is a constant to the gradient |
/// | `forget_bias` | `none` | a number b_f adds forget gates f_t that start with it, s_t = f̄_t ∘ s_{t−1} + ī_t ∘ g_t; net inputs and gates are in the order i, f, o, g |
/// | `squash` | `paper` | `tanh`: g_t = tanh(…), h_t = ō_t ∘ tanh(s_t); `logistic`: g_t = σ(…), h_t = ō_t ∘ s_t, as in experiment 2a |
/// | `bias` | `all` | which net inputs have one: those of `all`, of the `gates`, or `none` |
/// | `input_bias`, `input_bias_step` | `drawn`, 0 | b_i of block k, from 0, starts at the one plus k times the other |
/// | `output_bias`, `output_bias_step` | `drawn`, 0 | the same of b_o |
/// | `output_gate` | `true` | `false`: h_t = 2 σ(s_t) − 1 |
/// | `init` | 0.1 | weights and drawn biases are uniform in ± this |
#[derive(Clone, Debug)]
pub struct Lstm1997 {
    about: About,
    form: Form,
    blocks: usize,
    h: Part,
    s: Part,
    /// If they are seen by the next step.
    q: Option<Part>,
    w_x: Handle,
    w_h: Option<Handle>,
    b: Option<Handle>,
}

impl Lstm1997 {
    /// The paper's cell, in blocks of one.
    pub fn new(dims: Dims) -> Self {
        Self::with_form(dims, Form::default())
    }

    /// The cell in another form, whose block size divides H.
    pub(crate) fn with_form(Dims { input, hidden, .. }: Dims, form: Form) -> Self {
        let place = "Neural Computation 9(8), §4 and appendix A.1";
        let mut about =
            About::new("lstm1997", input).labelled(form.label()).from_paper("Hochreiter & Schmidhuber", 1997, place);
        let blocks = hidden / form.block_size;
        let gates = form.gates() * blocks;
        let (h, s) = (about.state("h", hidden), about.state("s", hidden));
        let q = (form.recurrent == Recurrent::All).then(|| about.state("q", gates));
        let weights = || init::uniform(form.init);
        let w_x = about.param("w_x", (gates + hidden, input), weights());
        let w_h = match form.recurrent {
            Recurrent::All => Some(about.param("w_h", (gates + hidden, hidden + gates), weights())),
            Recurrent::Cells => Some(about.param("w_h", (gates + hidden, hidden), weights())),
            Recurrent::Nothing => None,
        };
        let mut biases = form.gate_biases(blocks);
        let b = match form.bias {
            Biased::All => {
                biases.push((hidden, weights()));
                Some(about.param("b", (gates + hidden, 1), init::rows(biases)))
            }
            Biased::Gates => Some(about.param("b", (gates, 1), init::rows(biases))),
            Biased::Nothing => None,
        };
        Self { about, form, blocks, h, s, q, w_x, w_h, b }
    }

    /// Each cell times the gate of its block.
    fn gated<'t, T: Scalar>(&self, gate: Var<'t, T>, cells: Var<'t, T>) -> Var<'t, T> {
        if self.form.block_size == 1 {
            return gate * cells;
        }
        // A block of an example is a column, for the cells of a block stand one under the other.
        let ((rows, batch), blocks) = (cells.shape(), self.blocks * cells.shape().1);
        cells.reshape(self.form.block_size, blocks).scale_columns(gate.reshape(1, blocks)).reshape(rows, batch)
    }
}

impl Describe for Lstm1997 {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for Lstm1997 {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        let w = p[self.w_x];
        let Some(b) = self.b else { return w.matmul(x) };
        let unbiased = w.shape().0 - p[b].shape().0;
        let b = if unbiased == 0 { p[b] } else { x.tape().concat_rows(&[p[b], x.tape().zeros(unbiased, 1)]) };
        w.affine(x, b)
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let (form, before, tape) = (&self.form, s[self.s], s.x.tape());
        // Truncated, the step reads them as constants.
        let seen = |y: Var<'t, T>| if form.truncated { y.detach() } else { y };
        let a = match (self.w_h, self.q) {
            (None, _) => s.x,
            (Some(w), None) => s.x + s[w].matmul(seen(s[self.h])),
            (Some(w), Some(q)) => s.x + s[w].matmul(tape.concat_rows(&[seen(s[self.h]), seen(s[q])])),
        };
        // The rows of the gates of one kind.
        let net = |kind: usize| a.slice_rows(kind * self.blocks..(kind + 1) * self.blocks);
        let i = s.gate("i", net(0).sigmoid());
        let f = form.forget_bias.is_some().then(|| s.gate("f", net(1).sigmoid()));
        let o = form.output_gate.then(|| s.gate("o", net(form.gates() - 1).sigmoid()));
        let net_g = a.slice_rows(form.gates() * self.blocks..a.shape().0);
        let g = s.gate(
            "g",
            match form.squash {
                Squash::Paper => net_g.sigmoid().scale(4.0).shift(-2.0),
                Squash::Tanh => net_g.tanh(),
                Squash::Logistic => net_g.sigmoid(),
            },
        );
        let kept = f.map_or(before, |f| self.gated(f, before));
        let state = s.give(self.s, kept + self.gated(i, g));
        let out = match form.squash {
            Squash::Paper => state.sigmoid().scale(2.0).shift(-1.0),
            Squash::Tanh => state.tanh(),
            Squash::Logistic => state,
        };
        s.give(self.h, o.map_or(out, |o| self.gated(o, out)));
        if let Some(q) = self.q {
            let gates: Vec<_> = [Some(i), f, o].into_iter().flatten().collect();
            s.give(q, tape.concat_rows(&gates));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::form::Staircase;
    use super::*;
    use crate::testing::{Oracle, agrees_with_oracle, conform, dot, sigmoid};

    /// Twice as many cells as asked for, so that they can stand in blocks of two.
    fn doubled(dims: Dims, form: Form) -> Lstm1997 {
        Lstm1997::with_form(Dims { hidden: 2 * dims.hidden, ..dims }, Form { block_size: 2, ..form })
    }

    /// Eqs. 3–9 of the paper, entry by entry, and what later LSTMs add.
    fn equations(form: Form, Oracle { p, x, s, gate }: Oracle<'_>) -> Vec<Vec<f64>> {
        let (before, cells) = (s[1], s[0].len());
        let blocks = cells / form.block_size;
        let kinds = 1 + usize::from(form.forget_bias.is_some()) + usize::from(form.output_gate);
        // y^u(t − 1) of cells and gates, or of cells alone.
        let seen: Vec<f64> = s[0].iter().chain(s.get(2).copied().unwrap_or(&[])).copied().collect();
        let mut rest = p[1..].iter();
        let w_y = (form.recurrent != Recurrent::Nothing).then(|| rest.next().expect("a weight"));
        let b = rest.next();
        let is_biased = |row: usize| match form.bias {
            Biased::All => true,
            Biased::Gates => row < kinds * blocks,
            Biased::Nothing => false,
        };
        let net = |row: usize| {
            let mut net = dot(&p[0], row, x);
            if let Some(w_y) = w_y {
                net += dot(w_y, row, &seen);
            }
            if is_biased(row) { net + b.expect("a bias")[row] } else { net }
        };
        let of_kind = |kind: usize| (0..blocks).map(|j| sigmoid(net(kind * blocks + j))).collect::<Vec<_>>();
        let y_in = of_kind(0);
        let forget = form.forget_bias.map(|_| of_kind(1));
        let y_out = form.output_gate.then(|| of_kind(kinds - 1));
        let squashed = |c: usize| match (form.squash, net(kinds * blocks + c)) {
            (Squash::Paper, net) => 4.0 / (1.0 + (-net).exp()) - 2.0,
            (Squash::Tanh, net) => net.tanh(),
            (Squash::Logistic, net) => 1.0 / (1.0 + (-net).exp()),
        };
        let g: Vec<f64> = (0..cells).map(squashed).collect();
        let (mut state, mut output) = (Vec::new(), Vec::new());
        for c in 0..cells {
            let j = c / form.block_size;
            let s = before[c] * forget.as_ref().map_or(1.0, |f| f[j]) + y_in[j] * g[c];
            let h = match form.squash {
                Squash::Paper => 2.0 / (1.0 + (-s).exp()) - 1.0,
                Squash::Tanh => s.tanh(),
                Squash::Logistic => s,
            };
            state.push(s);
            output.push(y_out.as_ref().map_or(1.0, |y_out| y_out[j]) * h);
        }
        let gates: Vec<_> = [Some(y_in.clone()), forget.clone(), y_out.clone()].into_iter().flatten().collect();
        gate("i", y_in);
        forget.into_iter().for_each(|f| gate("f", f));
        y_out.into_iter().for_each(|o| gate("o", o));
        gate("g", g);
        let mut new = vec![output, state];
        new.extend((form.recurrent == Recurrent::All).then(|| gates.concat()));
        new
    }

    /// The paper's form, and every option at another value, alone.
    fn variants() -> Vec<Form> {
        let paper = Form::default();
        vec![
            paper,
            Form { recurrent: Recurrent::Cells, ..paper },
            Form { recurrent: Recurrent::Nothing, ..paper },
            Form { truncated: false, ..paper },
            Form { forget_bias: Some(0.5), ..paper },
            Form { squash: Squash::Tanh, ..paper },
            Form { squash: Squash::Logistic, ..paper },
            Form { bias: Biased::Gates, ..paper },
            Form { bias: Biased::Nothing, ..paper },
            Form { output_gate: false, ..paper },
            Form { input_bias: Some(Staircase { first: -1.0, step: -2.0 }), ..paper },
        ]
    }

    #[test]
    fn step_is_the_equations_entry_by_entry_in_every_form() {
        for form in variants() {
            agrees_with_oracle(|dims| Lstm1997::with_form(dims, form), |given| equations(form, given));
            let in_blocks = Form { block_size: 2, ..form };
            agrees_with_oracle(|dims| doubled(dims, form), |given| equations(in_blocks, given));
        }
    }

    #[test]
    fn blocks_with_all_that_later_cells_have_conform() {
        let later = Form { truncated: false, forget_bias: Some(1.0), bias: Biased::Gates, ..Form::default() };
        conform(|dims| Box::new(doubled(dims, later)));
    }
}
