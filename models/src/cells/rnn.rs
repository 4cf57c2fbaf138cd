//! The plain recurrent network.
//!
//! # Equations
//! ```text
//! h_t = tanh(W_x x_t + W_h h_{t−1} + b)
//! ```
//! # Shapes
//! x_t (D×B), h_t (H×B), W_x (H×D), W_h (H×H), b (H×1).
//!
//! # Source
//! Elman 1990, "Finding structure in time", Cognitive Science 14(2); the lecture's equation.
//!
//! # Notes
//! W_x and W_h are uniform in ±1/√H, b is 0. ∂h_t/∂h_{t−1} = diag(1 − h_t²) W_h, so the gradient k steps back is at
//! most σ_max(W_h)ᵏ times as long. Where h ≈ 0 it shrinks or grows like ρ(W_h)ᵏ in the long run; before that it may rise
//! above, if W_h is not normal.

use autograd::{Scalar, Var};

use crate::fused::RnnStep;
use crate::{About, Cell, Describe, Dims, Gates, Handle, Weights, init};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct Rnn {
    about: About,
    w_x: Handle,
    w_h: Handle,
    b: Handle,
}

impl Rnn {
    /// The cell, of these sizes.
    pub fn new(Dims { input, hidden, .. }: Dims) -> Self {
        let mut about = About::new("rnn", "Elman 1990, Cognitive Science 14(2)", input);
        about.state("h", hidden);
        let w_x = about.param("w_x", (hidden, input), init::by_width(hidden));
        let w_h = about.param("w_h", (hidden, hidden), init::by_width(hidden));
        let b = about.param("b", (hidden, 1), init::zeros());
        Self { about, w_x, w_h, b }
    }
}

impl Describe for Rnn {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for Rnn {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        p[self.w_x].matmul(x).add_bias(p[self.b])
    }

    fn step<'t>(
        &self,
        p: Weights<'_, 't, T>,
        x: Var<'t, T>,
        states: &[Var<'t, T>],
        next: &mut Vec<Var<'t, T>>,
        gates: &mut Gates<'t, T>,
    ) {
        let h = states[0];
        next.push(match gates.visible(x) {
            true => (x + p[self.w_h].matmul(h)).tanh(),
            false => x.tape().record(RnnStep, &[x, p[self.w_h], h]),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Oracle, agrees_with_oracle, dot};

    #[test]
    fn step_is_the_equation_entry_by_entry() {
        agrees_with_oracle(Rnn::new, |Oracle { p, x, s, .. }| {
            let [w_x, w_h, b] = p else { unreachable!() };
            let h = s[0];
            let h_new = (0..h.len()).map(|i| (dot(w_x, i, x) + dot(w_h, i, h) + b[i]).tanh());
            vec![h_new.collect()]
        });
    }
}
