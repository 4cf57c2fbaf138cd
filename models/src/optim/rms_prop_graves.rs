//! RMSProp, centred and with momentum:
//! ```text
//! n ← ρ n + (1 − ρ) g²,   ḡ ← ρ ḡ + (1 − ρ) g,   Δ ← μ Δ − η g / √(n − ḡ² + ε),   p ← p + Δ
//! ```
//!
//! Graves 2013, arXiv:1308.0850, eqs. 38–45: n − ḡ² estimates the gradient's variance. ε stands within the root, and
//! η within Δ, so a changed learning rate works through the momentum.

use autograd::Scalar;

use super::{Memory, Optimizer};
use crate::{ParamGrads, Params};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct RmsPropGraves<T: Scalar> {
    /// η.
    pub learning_rate: f64,
    /// ρ.
    pub decay: f64,
    /// μ.
    pub momentum: f64,
    /// ε.
    pub epsilon: f64,
    pub(super) memory: Memory<T, 3>,
}

impl<T: Scalar> RmsPropGraves<T> {
    /// With η (the paper's is 1e-4), and ρ = 0.95, μ = 0.9, ε = 1e-4 as in the paper.
    pub fn new(learning_rate: f64) -> Self {
        let memory = Memory::new(["n", "mean", "delta"]);
        Self { learning_rate, decay: 0.95, momentum: 0.9, epsilon: 1e-4, memory }
    }
}

impl<T: Scalar> Optimizer<T> for RmsPropGraves<T> {
    fn step(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>) {
        let [eta, mu, epsilon] = [self.learning_rate, self.momentum, self.epsilon].map(T::from_f64);
        let [old, new] = [self.decay, 1.0 - self.decay].map(T::from_f64);
        self.memory.update(params, grads, |p, g, [n, mean, delta]| {
            *n = old * *n + new * g * g;
            *mean = old * *mean + new * g;
            *delta = mu * *delta - eta * g / (*n - *mean * *mean + epsilon).sqrt();
            *p += *delta;
        });
    }

    super::remembers!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::tests::follows;

    #[test]
    fn many_updates_follow_the_equations() {
        let (mut n, mut mean, mut delta) = (0.0f64, 0.0, 0.0);
        follows(&mut RmsPropGraves::new(0.01), |_, p, g| {
            n = 0.95 * n + 0.05 * g * g;
            mean = 0.95 * mean + 0.05 * g;
            delta = 0.9 * delta - 0.01 * g / (n - mean * mean + 1e-4).sqrt();
            p + delta
        });
    }
}
