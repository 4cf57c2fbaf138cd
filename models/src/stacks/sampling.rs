//! One token out of logits z:  P(k) = exp(z_k / τ) / Σ exp(z / τ).  τ = 0, the limit, is the largest logit.

use autograd::Scalar;

use crate::Draws;

/// A logit that is NaN: no token can be chosen. Training has diverged, or the sequence is longer than it bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the logit of token {token} is NaN at step {step} of what is written")]
pub struct NotANumber {
    /// The first token whose logit is.
    pub token: usize,
    /// The step, from 0.
    pub step: usize,
}

/// How a generated sequence is chosen and where it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// τ: 0 takes the likeliest token (greedy), 1 samples what the network says, more is wilder.
    pub temperature: f64,
    /// The token that ends a sequence, if any does; it is not part of the result.
    pub stop: Option<usize>,
    /// The most tokens of a sequence.
    pub max_length: usize,
    /// The token of example e at step t is drawn at (seed, "sample", [t, e]).
    pub seed: u64,
}

impl Sampling {
    /// The likeliest token at every step.
    pub fn greedy(stop: Option<usize>, max_length: usize) -> Self {
        Self { temperature: 0.0, stop, max_length, seed: 0 }
    }

    /// The token of example `example` at step `step`.
    ///
    /// # Errors
    /// If a logit is NaN.
    ///
    /// # Panics
    /// If there are no logits, or τ is below 0 or not finite.
    #[track_caller]
    pub fn choose<T: Scalar>(&self, logits: &[T], step: usize, example: usize) -> Result<usize, NotANumber> {
        let tau = self.temperature;
        assert!(
            tau >= 0.0 && tau.is_finite(),
            "sampling: the temperature is {tau}, but it must be finite and at least 0"
        );
        let logits: Vec<f64> = logits.iter().map(|z| z.re()).collect();
        if let Some(token) = logits.iter().position(|z| z.is_nan()) {
            return Err(NotANumber { token, step });
        }
        // The first of the largest.
        let best = (0..logits.len()).reduce(|best, k| if logits[k] > logits[best] { k } else { best });
        let best = best.expect("sampling: there are no logits");
        if tau == 0.0 || logits[best].is_infinite() {
            return Ok(best);
        }
        let weights: Vec<f64> = logits.iter().map(|z| ((z - logits[best]) / tau).exp()).collect();
        let total: f64 = weights.iter().sum();
        let mut left = total * Draws::at(self.seed, "sample", &[step as u64, example as u64]).uniform();
        let within = weights.iter().position(|w| {
            left -= w;
            left < 0.0
        });
        Ok(within.unwrap_or(best)) // rounding may leave a little
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(temperature: f64) -> Sampling {
        Sampling { temperature, stop: None, max_length: 1, seed: 7 }
    }

    #[test]
    fn tokens_come_as_often_as_their_probabilities() {
        let logits = [0.0, 2f64.ln(), f64::NEG_INFINITY, 3f64.ln()];
        for (tau, weights) in [(1.0, [1.0, 2.0, 0.0, 3.0]), (0.5, [1.0, 4.0, 0.0, 9.0])] {
            let mut counts = [0.0; 4];
            for step in 0..3000 {
                counts[at(tau).choose(&logits, step, 0).expect("numbers")] += 1.0 / 3000.0;
            }
            let total: f64 = weights.iter().sum();
            assert!(counts.iter().zip(weights).all(|(n, w)| (n - w / total).abs() < 0.03), "τ = {tau}: {counts:?}");
            assert!(counts[2] < 1e-300, "a token of probability 0 came");
        }
    }

    #[test]
    fn without_temperature_the_first_largest_is_taken() {
        for step in 0..20 {
            assert_eq!(at(0.0).choose(&[1f32, 3.0, 3.0, -5.0], step, 0), Ok(1));
        }
    }

    #[test]
    fn a_draw_depends_on_seed_step_and_example_alone() {
        let logits = [0.0f64; 1000];
        let draw = |seed, step, example| Sampling { seed, ..at(1.0) }.choose(&logits, step, example);
        assert_eq!(draw(1, 2, 3), draw(1, 2, 3));
        assert!(draw(1, 2, 3) != draw(2, 2, 3) && draw(1, 2, 3) != draw(1, 3, 3) && draw(1, 2, 3) != draw(1, 2, 4));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for tau in [0.0, 1.0] {
            let refused = at(tau).choose(&[0.0, f64::NAN], 4, 0).expect_err("no number");
            assert_eq!(refused.to_string(), "the logit of token 1 is NaN at step 4 of what is written");
        }
    }
}
