use autograd::Scalar;

use super::{Memory, Optimizer};
use crate::{ParamGrads, Params};

/// RMSProp:  v ← ρ v + (1 − ρ) g²,  p ← p − η g / (√v + ε).
///
/// Tieleman & Hinton 2012, "Neural networks for machine learning", lecture 6e, with ε outside the root as PyTorch has
/// it. The form with a mean and momentum, much used for recurrent networks, is [`RmsPropGraves`](super::RmsPropGraves).
#[derive(Clone, Debug)]
pub struct RmsProp<T: Scalar> {
    /// η.
    pub learning_rate: f64,
    /// ρ.
    pub decay: f64,
    /// ε.
    pub epsilon: f64,
    pub(super) memory: Memory<T, 1>,
}

impl<T: Scalar> RmsProp<T> {
    /// With η, and ρ = 0.9 as in the lecture, ε = 1e-8.
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, decay: 0.9, epsilon: 1e-8, memory: Memory::new(["v"]) }
    }
}

impl<T: Scalar> Optimizer<T> for RmsProp<T> {
    fn step(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>) {
        let [eta, epsilon] = [self.learning_rate, self.epsilon].map(T::from_f64);
        let [old, new] = [self.decay, 1.0 - self.decay].map(T::from_f64);
        self.memory.update(params, grads, |p, g, [v]| {
            *v = old * *v + new * g * g;
            *p -= eta * g / (v.sqrt() + epsilon);
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
        let mut v = 0.0f64;
        follows(&mut RmsProp::new(0.05), |_, p, g| {
            v = 0.9 * v + 0.1 * g * g;
            p - 0.05 * g / (v.sqrt() + 1e-8)
        });
    }
}
