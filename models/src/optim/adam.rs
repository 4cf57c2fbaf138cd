//! Adam:  m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  p ← p − η m̂ / (√v̂ + ε)  with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
//!
//! Kingma & Ba 2015, arXiv:1412.6980, alg. 1.

use autograd::Scalar;
use nalgebra::DMatrix;

use super::Optimizer;
use crate::{ParamGrads, Params};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct Adam<T: Scalar> {
    /// η.
    pub learning_rate: f64,
    /// β₁ and β₂.
    pub betas: (f64, f64),
    /// ε.
    pub epsilon: f64,
    updates: i32,
    moments: Vec<(DMatrix<T>, DMatrix<T>)>,
}

impl<T: Scalar> Adam<T> {
    /// With η, and β₁ = 0.9, β₂ = 0.999, ε = 1e-8 as in the paper.
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, betas: (0.9, 0.999), epsilon: 1e-8, updates: 0, moments: Vec::new() }
    }
}

impl<T: Scalar> Optimizer<T> for Adam<T> {
    fn step(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>) {
        if self.moments.is_empty() {
            let zeros = |g: &DMatrix<T>| DMatrix::zeros(g.nrows(), g.ncols());
            self.moments.extend(grads.iter().map(|g| (zeros(g), zeros(g))));
        }
        self.updates += 1;
        let (beta1, beta2) = self.betas;
        let corrected = |beta: f64| 1.0 - beta.powi(self.updates);
        let eta = T::from_f64(self.learning_rate / corrected(beta1));
        let (scale, epsilon) = (T::from_f64(1.0 / corrected(beta2)), T::from_f64(self.epsilon));
        let [b1, b2, r1, r2] = [beta1, beta2, 1.0 - beta1, 1.0 - beta2].map(T::from_f64);
        for ((param, g), (m, v)) in params.iter_mut().zip(grads.iter()).zip(&mut self.moments) {
            if param.frozen {
                continue;
            }
            for (((p, &g), m), v) in param.value.iter_mut().zip(g).zip(m).zip(v) {
                *m = b1 * *m + r1 * g;
                *v = b2 * *v + r2 * g * g;
                *p -= eta * *m / ((*v * scale).sqrt() + epsilon);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::descend;

    #[test]
    fn two_updates_follow_the_algorithm_by_hand() {
        // f(p) = p²/2 from p = 1, η = 0.1. t = 1: m̂ = g = 1, v̂ = 1, p = 0.9 (but for ε).
        // t = 2: g = 0.9, m = 0.09 + 0.09 = 0.18, v = 0.000999 + 0.00081 = 0.001809;
        // m̂ = 0.18/0.19, v̂ = 0.001809/0.001999, p = 0.9 − 0.1 · m̂/√v̂.
        let path = descend(&mut Adam::new(0.1), 2);
        let second = 0.9 - 0.1 * (0.18 / 0.19) / (0.001_809f64 / 0.001_999).sqrt();
        assert!((path[0] - 0.9).abs() < 1e-8 && (path[1] - second).abs() < 1e-8, "{path:?}");
    }
}
