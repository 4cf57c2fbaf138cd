use autograd::{Scalar, Var};

use crate::{About, Cell, Describe, Dims, Handle, Part, Step, Weights, init};

/// The gated recurrent unit, reset before the product (the paper's variant).
///
/// # Equations
/// ```text
/// r_t = σ(W_xr x_t + W_hr h_{t−1} + b_r)              reset gate
/// z_t = σ(W_xz x_t + W_hz h_{t−1} + b_z)              update gate
/// n_t = tanh(W_xn x_t + W_hn (r_t ∘ h_{t−1}) + b_n)   candidate
/// h_t = (1 − z_t) ∘ n_t + z_t ∘ h_{t−1}
/// ```
/// # Shapes
/// x_t (D×B), h_t (H×B). The gates stand one under the other in the order r, z, n: W_x (3H×D), b (3H×1); W_h (2H×H) for
/// r and z, W_hn (H×H).
///
/// # Source
/// Cho et al. 2014, arXiv:1406.1078, §2.3, eqs. 5–8 (there without biases).
///
/// # Notes
/// The candidate needs a product of its own, after the reset gate is known: one more product a step than
/// [`Gru`](super::Gru), and not the same function. Weights are uniform in ±1/√H, biases are 0.
#[derive(Clone, Debug)]
pub struct GruResetBefore {
    about: About,
    h: Part,
    w_x: Handle,
    w_h: Handle,
    w_hn: Handle,
    b: Handle,
}

impl GruResetBefore {
    /// The cell, of these sizes.
    pub fn new(Dims { input, hidden, .. }: Dims) -> Self {
        let mut about = About::new("gru_reset_before", input).labelled("GRU, reset before").from_paper(
            "Cho et al.",
            2014,
            "arXiv:1406.1078, §2.3, eqs. 5–8",
        );
        let h = about.state("h", hidden);
        let w_x = about.param("w_x", (3 * hidden, input), init::by_width(hidden));
        let w_h = about.param("w_h", (2 * hidden, hidden), init::by_width(hidden));
        let w_hn = about.param("w_hn", (hidden, hidden), init::by_width(hidden));
        let b = about.param("b", (3 * hidden, 1), init::zeros());
        Self { about, h, w_x, w_h, w_hn, b }
    }
}

impl Describe for GruResetBefore {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for GruResetBefore {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        p[self.w_x].affine(x, p[self.b])
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let (x, h) = (s.x.split_rows::<3>(), s[self.h]);
        let a = s[self.w_h].matmul(h).split_rows::<2>();
        let r = s.gate("r", (x[0] + a[0]).sigmoid());
        let z = s.gate("z", (x[1] + a[1]).sigmoid());
        let n = s.gate("n", (x[2] + s[self.w_hn].matmul(r * h)).tanh());
        s.give(self.h, z.one_minus() * n + z * h);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Oracle, agrees_with_oracle, dot, sigmoid};

    #[test]
    fn step_is_the_equations_entry_by_entry() {
        agrees_with_oracle(GruResetBefore::new, |Oracle { p, x, s, gate }| {
            let [w_x, w_h, w_hn, b] = p else { unreachable!() };
            let h = s[0];
            let width = h.len();
            let gates: Vec<f64> = (0..2 * width).map(|j| sigmoid(dot(w_x, j, x) + dot(w_h, j, h) + b[j])).collect();
            let (r, z) = gates.split_at(width);
            let reset: Vec<f64> = (0..width).map(|j| r[j] * h[j]).collect();
            let n: Vec<f64> = (0..width)
                .map(|j| (dot(w_x, 2 * width + j, x) + dot(w_hn, j, &reset) + b[2 * width + j]).tanh())
                .collect();
            let h = (0..width).map(|j| (1.0 - z[j]) * n[j] + z[j] * h[j]).collect();
            for (name, values) in [("r", r.to_vec()), ("z", z.to_vec()), ("n", n)] {
                gate(name, values);
            }
            vec![h]
        });
    }
}
