use autograd::Scalar;

use super::{Memory, Optimizer};
use crate::{ParamGrads, Params};

/// Gradient descent with momentum, Nesterov's or the plain one, and weight decay:
/// ```text
/// g ← g + λ p,   v ← μ v + g,   p ← p − η v,   Nesterov: p ← p − η (g + μ v)
/// ```
///
/// μ = 0: plain gradient descent. Sutskever, Martens, Dahl & Hinton 2013, eqs. 1–4, in PyTorch's form: the learning rate
/// stands outside the velocity, and with Nesterov p is the look-ahead point, at which the gradient is taken (their
/// θ + μ v), so nothing is evaluated elsewhere. For a constant η it is the same path. λ is an L₂ penalty λ/2 ‖p‖², on
/// every parameter, biases too.
#[derive(Clone, Debug)]
pub struct Sgd<T: Scalar> {
    /// η.
    pub learning_rate: f64,
    /// μ.
    pub momentum: f64,
    /// Whether the momentum is Nesterov's.
    pub nesterov: bool,
    /// λ.
    pub weight_decay: f64,
    pub(super) memory: Memory<T, 1>,
}

impl<T: Scalar> Sgd<T> {
    /// With η and μ; no Nesterov, no weight decay.
    pub fn new(learning_rate: f64, momentum: f64) -> Self {
        Self { learning_rate, momentum, nesterov: false, weight_decay: 0.0, memory: Memory::new(["v"]) }
    }

    /// With Nesterov's momentum.
    #[must_use]
    pub fn nesterov(mut self) -> Self {
        self.nesterov = true;
        self
    }

    /// With λ.
    #[must_use]
    pub fn weight_decay(mut self, lambda: f64) -> Self {
        self.weight_decay = lambda;
        self
    }
}

impl<T: Scalar> Optimizer<T> for Sgd<T> {
    fn step(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>) {
        let [eta, mu, lambda] = [self.learning_rate, self.momentum, self.weight_decay].map(T::from_f64);
        // Without weight decay the gradient is left as it is, for 0 · ∞ is no number.
        let (decays, nesterov) = (self.weight_decay != 0.0, self.nesterov);
        self.memory.update(params, grads, |p, g, [v]| {
            let g = if decays { g + lambda * *p } else { g };
            *v = mu * *v + g;
            *p -= eta * if nesterov { g + mu * *v } else { *v };
        });
    }

    super::remembers!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::tests::{descend, follows};

    #[test]
    fn momentum_follows_its_equations_by_hand() {
        // f(p) = p²/2 from p = 1, η = 0.1, μ = 0.5: v₁ = 1, p₁ = 0.9; v₂ = 0.5 + 0.9 = 1.4, p₂ = 0.76.
        let path = descend(&mut Sgd::new(0.1, 0.5), 2);
        assert!((path[0] - 0.9).abs() < 1e-15 && (path[1] - 0.76).abs() < 1e-15, "{path:?}");
    }

    #[test]
    fn weight_decay_is_the_gradient_of_a_penalty() {
        let mut v = 0.0;
        follows(&mut Sgd::new(0.1, 0.9).weight_decay(0.2), |_, p, g| {
            v = 0.9 * v + (g + 0.2 * p);
            p - 0.1 * v
        });
    }

    #[test]
    fn nesterovs_path_is_that_of_the_paper_seen_from_the_look_ahead_point() {
        // Eqs. 3–4: v ← μ v − η ∇f(θ + μ v), θ ← θ + v. What we hold is θ + μ v.
        let (eta, mu, mut theta, mut v) = (0.1, 0.9, 1.0, 0.0);
        follows(&mut Sgd::new(eta, mu).nesterov(), |_, _, _| {
            v = mu * v - eta * (theta + mu * v);
            theta += v;
            theta + mu * v
        });
    }
}
