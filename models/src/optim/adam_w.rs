use autograd::Scalar;

use super::{Adam, Optimizer, OptimizerState, WrongState};
use crate::{ParamGrads, Params};

/// AdamW:  p ← p − η λ p,  then Adam's update. The decay is decoupled: it is neither averaged nor divided by √v̂.
///
/// Loshchilov & Hutter 2019, arXiv:1711.05101, alg. 2, in PyTorch's form: λ is multiplied by the whole learning rate
/// (the paper multiplies it by the schedule alone, so its λ is our η₀ λ). It decays every parameter, biases too.
#[derive(Clone, Debug)]
pub struct AdamW<T: Scalar> {
    /// The update after the decay, with η, β₁, β₂, ε.
    pub adam: Adam<T>,
    /// λ.
    pub weight_decay: f64,
}

impl<T: Scalar> AdamW<T> {
    /// With η and λ, and Adam's β₁, β₂, ε.
    pub fn new(learning_rate: f64, weight_decay: f64) -> Self {
        Self { adam: Adam::new(learning_rate), weight_decay }
    }
}

impl<T: Scalar> Optimizer<T> for AdamW<T> {
    fn step(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>) {
        let kept = T::from_f64(1.0 - self.adam.learning_rate * self.weight_decay);
        for param in params.iter_mut().filter(|param| !param.frozen) {
            param.value *= kept;
        }
        self.adam.step(params, grads);
    }

    fn lr(&self) -> f64 {
        self.adam.lr()
    }

    fn set_lr(&mut self, lr: f64) {
        self.adam.set_lr(lr);
    }

    fn state(&self, params: &Params<T>) -> OptimizerState<T> {
        self.adam.state(params)
    }

    fn restore(&mut self, params: &Params<T>, state: &OptimizerState<T>) -> Result<(), WrongState> {
        self.adam.restore(params, state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::tests::follows;

    #[test]
    fn many_updates_follow_the_algorithm() {
        // Alg. 2, line 12, with its λ as η λ: θ ← θ − (η m̂ / (√v̂ + ε) + η λ θ).
        let (eta, lambda, mut m, mut v) = (0.1, 0.3, 0.0, 0.0);
        follows(&mut AdamW::new(eta, lambda), |t, p, g| {
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let (m_hat, v_hat) = (m / (1.0 - 0.9f64.powi(t)), v / (1.0 - 0.999f64.powi(t)));
            p - (eta * m_hat / (v_hat.sqrt() + 1e-8) + eta * lambda * p)
        });
    }
}
