//! The second moments of a linear recurrence, simulated.
//! ```text
//! h_t = λ h_{t−1} + x_t,      s_t = dh_t/dλ = h_{t−1} + λ s_{t−1}
//! x_t = ρ x_{t−1} + √(1 − ρ²) ε_t,   ε_t normal with variance 1
//! ```
//! For ρ = 0, E[h²] = 1/(1 − λ²) and E[s²] = (1 + λ²)/(1 − λ²)³: Zucchet & Orvieto 2024, arXiv:2405.21064.

use models::Draws;
use serde::{Deserialize, Serialize};

use crate::reproduce::protocol::Protocol;

/// Of what the second moment is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// h.
    State,
    /// dh/dλ.
    Sensitivity,
}

/// The mean of h² or s² over `cap` steps, the first of which are left out: by then the state has forgotten its start.
pub(super) fn simulated(protocol: &Protocol, seed: u64) -> Option<f64> {
    let (lambda, rho) = (protocol.lambda?, protocol.correlation.unwrap_or(0.0));
    let (steps, mut draws) = (protocol.cap?, Draws::at(seed, "moments", &[]));
    let forgotten = (40.0 / (1.0 - lambda.abs().max(rho.abs()))) as u64;
    let (mut h, mut s, mut x, mut sum) = (0.0, 0.0, draws.normal(), 0.0);
    for step in 0..steps + forgotten {
        (h, s) = (lambda * h + x, h + lambda * s);
        x = rho * x + (1.0 - rho * rho).sqrt() * draws.normal();
        if step >= forgotten {
            sum += if protocol.moment == Some(Moment::State) { h * h } else { s * s };
        }
    }
    Some(sum / steps as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moments_are_those_of_the_equation() {
        let of = |moment, lambda, rho| {
            let protocol = Protocol {
                cap: Some(400_000),
                lambda: Some(lambda),
                correlation: Some(rho),
                moment: Some(moment),
                ..Protocol::default()
            };
            simulated(&protocol, 1).expect("all is there")
        };
        let near = |found: f64, exact: f64| assert!((found / exact - 1.0).abs() < 0.03, "{found}, {exact}");
        let l2 = 0.8f64 * 0.8;
        near(of(Moment::State, 0.8, 0.0), 1.0 / (1.0 - l2));
        near(of(Moment::Sensitivity, 0.8, 0.0), (1.0 + l2) / (1.0 - l2).powi(3));
        near(of(Moment::State, 0.8, 0.5), (1.0 + 0.4) / (1.0 - 0.4) / (1.0 - l2));
    }
}
