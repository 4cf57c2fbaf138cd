use autograd::{Scalar, Var};

use crate::fused::RnnStep;
use crate::{About, Cell, Describe, Dims, Handle, Part, Step, Weights, init};

/// The plain recurrent network.
///
/// # Equations
/// ```text
/// h_t = φ(W_x x_t + W_h h_{t−1} + b),   φ = tanh, max(·, 0) or the identity
/// ```
/// # Shapes
/// x_t (D×B), h_t (H×B), W_x (H×D), W_h (H×H), b (H×1).
///
/// # Source
/// Elman 1990, "Finding structure in time", Cognitive Science 14(2); the lecture's equation. φ = max(·, 0) is the
/// `relu` of PyTorch's `nn.RNN`; the identity makes the linear network of Saxe, McClelland & Ganguli 2014,
/// arXiv:1312.6120, recurrent: its gradient is W_hᵏ and nothing else.
///
/// # Notes
/// W_x and W_h are uniform in ±1/√H, b is 0. ∂h_t/∂h_{t−1} = diag(φ′) W_h with φ′ = 1 − h_t², 0 or 1, or 1, so the
/// gradient k steps back is at most σ_max(W_h)ᵏ times as long. Where h ≈ 0 it shrinks or grows like ρ(W_h)ᵏ in the long run; before that it may rise
/// above, if W_h is not normal.
#[derive(Clone, Debug)]
pub struct Rnn {
    about: About,
    h: Part,
    w_x: Handle,
    w_h: Handle,
    b: Handle,
    phi: Phi,
}

/// φ.
#[derive(Clone, Copy, Debug)]
enum Phi {
    Tanh,
    Relu,
    Identity,
}

impl Rnn {
    /// The cell with φ = tanh.
    pub fn new(dims: Dims) -> Self {
        Self::with_phi(["rnn", "RNN"], dims, Phi::Tanh)
    }

    /// The cell with φ = max(·, 0).
    pub fn relu(dims: Dims) -> Self {
        Self::with_phi(["rnn_relu", "RNN, ReLU"], dims, Phi::Relu)
    }

    /// The cell with φ the identity.
    pub fn identity(dims: Dims) -> Self {
        Self::with_phi(["rnn_identity", "RNN, linear"], dims, Phi::Identity)
    }

    fn with_phi([name, label]: [&'static str; 2], Dims { input, hidden, .. }: Dims, phi: Phi) -> Self {
        let mut about = About::new(name, input).labelled(label).from_paper("Elman", 1990, "Cognitive Science 14(2)");
        let h = about.state("h", hidden);
        let w_x = about.param("w_x", (hidden, input), init::by_width(hidden));
        let w_h = about.param("w_h", (hidden, hidden), init::by_width(hidden));
        let b = about.param("b", (hidden, 1), init::zeros());
        Self { about, h, w_x, w_h, b, phi }
    }
}

impl Describe for Rnn {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for Rnn {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        p[self.w_x].affine(x, p[self.b])
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let a = s.x + s[self.w_h].matmul(s[self.h]);
        let h = match self.phi {
            Phi::Tanh => a.tanh(),
            Phi::Relu => a.relu(),
            Phi::Identity => a,
        };
        s.give(self.h, h);
    }

    fn fused<'t>(&self, s: &mut Step<'_, 't, T>) {
        if let Phi::Tanh = self.phi {
            s.give(self.h, s.x.tape().record(RnnStep, &[s.x, s[self.w_h], s[self.h]]));
        } else {
            self.step(s);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Oracle, agrees_with_oracle, dot};

    fn agrees(make: fn(Dims) -> Rnn, phi: fn(f64) -> f64) {
        agrees_with_oracle(make, |Oracle { p, x, s, .. }| {
            let [w_x, w_h, b] = p else { unreachable!() };
            let h = s[0];
            let h_new = (0..h.len()).map(|i| phi(dot(w_x, i, x) + dot(w_h, i, h) + b[i]));
            vec![h_new.collect()]
        });
    }

    #[test]
    fn step_is_the_equation_entry_by_entry() {
        agrees(Rnn::new, f64::tanh);
        agrees(Rnn::relu, |a| a.max(0.0));
        agrees(Rnn::identity, |a| a);
    }
}
