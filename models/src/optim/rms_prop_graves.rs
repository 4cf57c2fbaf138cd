use autograd::Scalar;

use super::{Memory, Optimizer};
use crate::{ParamGrads, Params};

/// RMSProp, centred and with momentum:
/// ```text
/// n ← ρ n + (1 − ρ) g²,   ḡ ← ρ ḡ + (1 − ρ) g,   Δ ← μ Δ − η g / √(n − ḡ² + ε),   p ← p + Δ
/// ```
///
/// Graves 2013, arXiv:1308.0850v5, §4.2: the updates are eqs. 38–41, the constants eqs. 42–45. Its Hebrew letters are ℵ for ρ,
/// ℶ for μ, ℷ for η and ℸ for ε. Checked: the section, the equations' numbers and the constants on a transcription of the
/// paper; eq. 40, an image there, and that ḡ decays with the same ρ as n, only on the implementations of others, which
/// agree (Chainer's `RMSpropGraves`, for one). The paper also clips derivatives; that is left to the training.
///
/// n − ḡ² estimates the gradient's variance. ε stands within the root, and η within Δ, so a changed learning rate works
/// through the momentum.
///
/// Not in the paper: n − ḡ² counts as 0 where rounding makes it negative. It is never negative in exact arithmetic
/// (Jensen), but in `f32`, where a gradient such as 12.59 stays the same, it comes out below −ε, and the root is NaN.
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
    /// With η (the paper's is 1e-4, eq. 44), and ρ = 0.95, μ = 0.9, ε = 1e-4 as in the paper (eqs. 42, 43 and 45).
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
            let variance = *n - *mean * *mean;
            let variance = if variance.re() < 0.0 { T::zero() } else { variance };
            *delta = mu * *delta - eta * g / (variance + epsilon).sqrt();
            *p += *delta;
        });
    }

    super::remembers!();
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;
    use crate::optim::tests::follows;
    use crate::{Specs, init};

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
    /// Their variance tends to 0, and the difference of n and ḡ² to what rounding leaves of it: below −ε for some.
    #[test]
    fn gradients_that_stay_the_same_do_not_become_nan() {
        let mut specs = Specs::default();
        specs.add("p", (50, 1), init::zeros());
        let mut params = Params::<f32>::new();
        params.place("net", specs.clone(), 0);
        let grads = ParamGrads::from_matrices(vec![DMatrix::from_fn(50, 1, |k, _| 10.0 + 0.37 * k as f32)]);
        let mut optimizer = RmsPropGraves::new(1e-6);
        for t in 1..=300 {
            optimizer.step(&mut params, &grads);
            let p = &params.get("net.p").expect("p").value;
            assert!(p.iter().all(|p| p.is_finite() && *p < 0.0), "update {t}: {p}");
        }
    }
}
