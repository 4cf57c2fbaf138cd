use autograd::{Scalar, Var};

use crate::fused::GruStep;
use crate::{About, Cell, Describe, Dims, Handle, Part, Step, Weights, init};

/// The gated recurrent unit, reset after the product (the variant of cuDNN and PyTorch).
///
/// # Equations
/// ```text
/// r_t = σ(W_xr x_t + W_hr h_{t−1} + b_r)                     reset gate
/// z_t = σ(W_xz x_t + W_hz h_{t−1} + b_z)                     update gate
/// n_t = tanh(W_xn x_t + b_n + r_t ∘ (W_hn h_{t−1} + b_hn))   candidate
/// h_t = (1 − z_t) ∘ n_t + z_t ∘ h_{t−1}
/// ```
/// # Shapes
/// x_t (D×B), h_t (H×B). The gates stand one under the other in the order r, z, n, which is PyTorch's: W_x (3H×D),
/// W_h (3H×H), b (3H×1), b_hn (H×1).
///
/// # Source
/// Cho et al. 2014, arXiv:1406.1078, §2.3, with the reset after the product and so a bias b_hn within it, as the
/// documentation of `torch.nn.GRU` has it.
///
/// # Notes
/// Not the same function as [`GruResetBefore`](super::GruResetBefore), whatever the weights. z near 1 keeps the state, so
/// the update gate is the forget gate here. W_x and W_h are uniform in ±1/√H, all biases are 0.
#[derive(Clone, Debug)]
pub struct Gru {
    about: About,
    h: Part,
    w_x: Handle,
    w_h: Handle,
    b: Handle,
    b_hn: Handle,
}

impl Gru {
    /// The cell, of these sizes.
    pub fn new(Dims { input, hidden, .. }: Dims) -> Self {
        let mut about = About::new("gru", input).labelled("GRU").from_paper(
            "Cho et al.",
            2014,
            "arXiv:1406.1078, §2.3, reset after the product",
        );
        let h = about.state("h", hidden);
        let w_x = about.param("w_x", (3 * hidden, input), init::by_width(hidden));
        let w_h = about.param("w_h", (3 * hidden, hidden), init::by_width(hidden));
        let b = about.param("b", (3 * hidden, 1), init::zeros());
        let b_hn = about.param("b_hn", (hidden, 1), init::zeros());
        Self { about, h, w_x, w_h, b, b_hn }
    }
}

impl Describe for Gru {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for Gru {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        p[self.w_x].affine(x, p[self.b])
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let (x, h) = (s.x.split_rows::<3>(), s[self.h]);
        let a = s[self.w_h].matmul(h).split_rows::<3>();
        let r = s.gate("r", (x[0] + a[0]).sigmoid());
        let z = s.gate("z", (x[1] + a[1]).sigmoid());
        let n = s.gate("n", (x[2] + r * a[2].add_bias(s[self.b_hn])).tanh());
        s.give(self.h, z.one_minus() * n + z * h);
    }

    fn fused<'t>(&self, s: &mut Step<'_, 't, T>) {
        s.give(self.h, s.x.tape().record(GruStep, &[s.x, s[self.w_h], s[self.h], s[self.b_hn]]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Oracle, agrees_with_oracle, dot, sigmoid};

    #[test]
    fn step_is_the_equations_entry_by_entry() {
        agrees_with_oracle(Gru::new, |Oracle { p, x, s, gate }| {
            let [w_x, w_h, b, b_hn] = p else { unreachable!() };
            let h = s[0];
            let width = h.len();
            let r: Vec<f64> = (0..width).map(|j| sigmoid(dot(w_x, j, x) + dot(w_h, j, h) + b[j])).collect();
            let z: Vec<f64> = (width..2 * width).map(|j| sigmoid(dot(w_x, j, x) + dot(w_h, j, h) + b[j])).collect();
            let n: Vec<f64> = (0..width)
                .map(|j| {
                    let row = 2 * width + j;
                    (dot(w_x, row, x) + b[row] + r[j] * (dot(w_h, row, h) + b_hn[j])).tanh()
                })
                .collect();
            let h = (0..width).map(|j| (1.0 - z[j]) * n[j] + z[j] * h[j]).collect();
            for (name, values) in [("r", r), ("z", z), ("n", n)] {
                gate(name, values);
            }
            vec![h]
        });
    }
}
