use autograd::Scalar;

use super::{Memory, Optimizer};
use crate::{ParamGrads, Params};

/// AdaGrad:  s ← s + g²,  p ← p − η g / (√s + ε).
///
/// Duchi, Hazan & Singer 2011, JMLR 12, fig. 1, with diagonal matrices: H_t = δ I + diag ‖g_{1:t,i}‖₂, δ = ε.
#[derive(Clone, Debug)]
pub struct AdaGrad<T: Scalar> {
    /// η.
    pub learning_rate: f64,
    /// ε.
    pub epsilon: f64,
    pub(super) memory: Memory<T, 1>,
}

impl<T: Scalar> AdaGrad<T> {
    /// With η, and ε = 1e-10 as in PyTorch.
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, epsilon: 1e-10, memory: Memory::new(["s"]) }
    }
}

impl<T: Scalar> Optimizer<T> for AdaGrad<T> {
    fn step(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>) {
        let [eta, epsilon] = [self.learning_rate, self.epsilon].map(T::from_f64);
        self.memory.update(params, grads, |p, g, [s]| {
            *s += g * g;
            *p -= eta * g / (s.sqrt() + epsilon);
        });
    }

    super::remembers!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::tests::follows;

    #[test]
    fn many_updates_follow_the_algorithm() {
        let mut squares = Vec::<f64>::new();
        follows(&mut AdaGrad::new(0.2), |_, p, g| {
            squares.push(g * g);
            p - 0.2 * g / (squares.iter().sum::<f64>().sqrt() + 1e-10)
        });
    }
}
