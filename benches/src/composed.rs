//! LSTM and GRU as a user writes them: the equations in plain ops, one after the other, with nothing fused. The measure
//! of what a cell of your own costs.

use autograd::{Scalar, Var};
use models::{About, Cell, Describe, Dims, Gates, Handle, Weights, init};

/// i, f, o = σ(…), g = tanh(…), c_t = f ∘ c_{t−1} + i ∘ g, h_t = o ∘ tanh(c_t).
#[derive(Clone, Debug)]
pub struct ComposedLstm {
    about: About,
    hidden: usize,
    w_x: Handle,
    w_h: Handle,
    b: Handle,
}

impl ComposedLstm {
    /// The cell, of these sizes.
    pub fn new(Dims { input, hidden, .. }: Dims) -> Self {
        let mut about = About::new("lstm_composed", "models::cells::Lstm, op by op", input);
        about.state("h", hidden);
        about.state("c", hidden);
        let w_x = about.param("w_x", (4 * hidden, input), init::by_width(hidden));
        let w_h = about.param("w_h", (4 * hidden, hidden), init::by_width(hidden));
        let forget = [(hidden, init::zeros()), (hidden, init::constant(1.0)), (2 * hidden, init::zeros())];
        let b = about.param("b", (4 * hidden, 1), init::rows(forget));
        Self { about, hidden, w_x, w_h, b }
    }
}

impl Describe for ComposedLstm {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for ComposedLstm {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        p[self.w_x].affine(x, p[self.b])
    }

    fn step<'t>(
        &self,
        p: Weights<'_, 't, T>,
        x: Var<'t, T>,
        states: &[Var<'t, T>],
        next: &mut Vec<Var<'t, T>>,
        _: &mut Gates<'t, T>,
    ) {
        let (h, c) = (states[0], states[1]);
        let a = x + p[self.w_h].matmul(h);
        let block = |k: usize| a.slice_rows(k * self.hidden..(k + 1) * self.hidden);
        let (i, f) = (block(0).sigmoid(), block(1).sigmoid());
        let (g, o) = (block(2).tanh(), block(3).sigmoid());
        let c = f * c + i * g;
        let h = o * c.tanh();
        next.extend([h, c]);
    }
}

/// r, z = σ(…), n = tanh(x_n + r ∘ (W_hn h + b_hn)), h_t = (1 − z) ∘ n + z ∘ h_{t−1}.
#[derive(Clone, Debug)]
pub struct ComposedGru {
    about: About,
    hidden: usize,
    w_x: Handle,
    w_h: Handle,
    b: Handle,
    b_hn: Handle,
}

impl ComposedGru {
    /// The cell, of these sizes.
    pub fn new(Dims { input, hidden, .. }: Dims) -> Self {
        let mut about = About::new("gru_composed", "models::cells::Gru, op by op", input);
        about.state("h", hidden);
        let w_x = about.param("w_x", (3 * hidden, input), init::by_width(hidden));
        let w_h = about.param("w_h", (3 * hidden, hidden), init::by_width(hidden));
        let b = about.param("b", (3 * hidden, 1), init::zeros());
        let b_hn = about.param("b_hn", (hidden, 1), init::zeros());
        Self { about, hidden, w_x, w_h, b, b_hn }
    }
}

impl Describe for ComposedGru {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for ComposedGru {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        p[self.w_x].affine(x, p[self.b])
    }

    fn step<'t>(
        &self,
        p: Weights<'_, 't, T>,
        x: Var<'t, T>,
        states: &[Var<'t, T>],
        next: &mut Vec<Var<'t, T>>,
        _: &mut Gates<'t, T>,
    ) {
        let h = states[0];
        let a = p[self.w_h].matmul(h);
        let block = |v: Var<'t, T>, k: usize| v.slice_rows(k * self.hidden..(k + 1) * self.hidden);
        let r = (block(x, 0) + block(a, 0)).sigmoid();
        let z = (block(x, 1) + block(a, 1)).sigmoid();
        let n = (block(x, 2) + r * block(a, 2).add_bias(p[self.b_hn])).tanh();
        next.push(z.one_minus() * n + z * h);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::testing::conform;

    #[test]
    fn the_composed_cells_conform() {
        conform(|dims| Box::new(ComposedLstm::new(dims)));
        conform(|dims| Box::new(ComposedGru::new(dims)));
    }
}
