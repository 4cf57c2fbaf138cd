//! Gradient descent with momentum:  v ← μ v + g,  p ← p − η v.  (μ = 0: plain gradient descent.)
//!
//! Sutskever, Martens, Dahl & Hinton 2013, eqs. 1–2, with the learning rate outside the velocity, as PyTorch has it.

use autograd::Scalar;
use nalgebra::DMatrix;

use super::Optimizer;
use crate::{ParamGrads, Params};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct Sgd<T: Scalar> {
    /// η.
    pub learning_rate: f64,
    /// μ.
    pub momentum: f64,
    velocity: Vec<DMatrix<T>>,
}

impl<T: Scalar> Sgd<T> {
    /// With η and μ.
    pub fn new(learning_rate: f64, momentum: f64) -> Self {
        Self { learning_rate, momentum, velocity: Vec::new() }
    }
}

impl<T: Scalar> Optimizer<T> for Sgd<T> {
    fn step(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>) {
        if self.velocity.is_empty() {
            self.velocity.extend(grads.iter().map(|g| DMatrix::zeros(g.nrows(), g.ncols())));
        }
        let (eta, mu) = (T::from_f64(self.learning_rate), T::from_f64(self.momentum));
        for ((param, g), v) in params.iter_mut().zip(grads.iter()).zip(&mut self.velocity) {
            if param.frozen {
                continue;
            }
            for ((p, &g), v) in param.value.iter_mut().zip(g).zip(v) {
                *v = mu * *v + g;
                *p -= eta * *v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::descend;

    #[test]
    fn momentum_follows_its_equations_by_hand() {
        // f(p) = p²/2 from p = 1, η = 0.1, μ = 0.5: v₁ = 1, p₁ = 0.9; v₂ = 0.5 + 0.9 = 1.4, p₂ = 0.76.
        let path = descend(&mut Sgd::new(0.1, 0.5), 2);
        assert!((path[0] - 0.9).abs() < 1e-15 && (path[1] - 0.76).abs() < 1e-15, "{path:?}");
    }
}
