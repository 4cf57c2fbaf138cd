//! LSTM and GRU as a user writes them: the equations in plain ops, one after the other, with nothing fused. The measure
//! of what a cell of your own costs.

use autograd::{Scalar, Var};
use models::{About, Cell, Describe, Dims, Handle, Part, Step, Weights, init};

/// i, f, o = σ(…), g = tanh(…), c_t = f ∘ c_{t−1} + i ∘ g, h_t = o ∘ tanh(c_t).
#[derive(Clone, Debug)]
pub struct ComposedLstm {
    about: About,
    h: Part,
    c: Part,
    w_x: Handle,
    w_h: Handle,
    b: Handle,
}

impl ComposedLstm {
    /// The cell, of these sizes.
    pub fn new(Dims { input, hidden, .. }: Dims) -> Self {
        let mut about = About::new("lstm_composed", input);
        let h = about.state("h", hidden);
        let c = about.state("c", hidden);
        let w_x = about.param("w_x", (4 * hidden, input), init::by_width(hidden));
        let w_h = about.param("w_h", (4 * hidden, hidden), init::by_width(hidden));
        let forget = [(hidden, init::zeros()), (hidden, init::constant(1.0)), (2 * hidden, init::zeros())];
        let b = about.param("b", (4 * hidden, 1), init::rows(forget));
        Self { about, h, c, w_x, w_h, b }
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

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let (h, c) = (s[self.h], s[self.c]);
        let [i, f, g, o] = (s.x + s[self.w_h].matmul(h)).split_rows();
        let (i, f) = (i.sigmoid(), f.sigmoid());
        let (g, o) = (g.tanh(), o.sigmoid());
        let c = s.give(self.c, f * c + i * g);
        s.give(self.h, o * c.tanh());
    }
}

/// r, z = σ(…), n = tanh(x_n + r ∘ (W_hn h + b_hn)), h_t = (1 − z) ∘ n + z ∘ h_{t−1}.
#[derive(Clone, Debug)]
pub struct ComposedGru {
    about: About,
    h: Part,
    w_x: Handle,
    w_h: Handle,
    b: Handle,
    b_hn: Handle,
}

impl ComposedGru {
    /// The cell, of these sizes.
    pub fn new(Dims { input, hidden, .. }: Dims) -> Self {
        let mut about = About::new("gru_composed", input);
        let h = about.state("h", hidden);
        let w_x = about.param("w_x", (3 * hidden, input), init::by_width(hidden));
        let w_h = about.param("w_h", (3 * hidden, hidden), init::by_width(hidden));
        let b = about.param("b", (3 * hidden, 1), init::zeros());
        let b_hn = about.param("b_hn", (hidden, 1), init::zeros());
        Self { about, h, w_x, w_h, b, b_hn }
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

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let (x, h) = (s.x.split_rows::<3>(), s[self.h]);
        let a = s[self.w_h].matmul(h).split_rows::<3>();
        let r = (x[0] + a[0]).sigmoid();
        let z = (x[1] + a[1]).sigmoid();
        let n = (x[2] + r * a[2].add_bias(s[self.b_hn])).tanh();
        s.give(self.h, z.one_minus() * n + z * h);
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
