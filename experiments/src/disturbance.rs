//! Does a memory latch or keep? Disturb the state in the middle of a sequence and see what becomes of it.
//!
//! A memory that *latches* is one of several states that attract: a disturbance dies out, and with it the gradient (Bengio,
//! Simard & Frasconi 1994, IEEE Trans. Neural Networks 5(2), §III). One that *keeps* lets a disturbance stay, as it lets the
//! gradient pass.

use autograd::Tape;
use models::networks::{Network, Read};
use models::{Draws, Params, Phase, norm};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::answers::Evaluation;
use crate::stats::median;
use crate::task::Batch;

/// What became of a disturbance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Disturbance {
    /// ‖s′ − s‖ after the last step over ‖s′ − s‖ when it was made, the median over examples; `None` if that is no
    /// number, the network having overflowed.
    pub left: Option<f64>,
    /// Right answers without it.
    pub right: usize,
    /// Right answers with it.
    pub right_disturbed: usize,
    /// Examples.
    pub of: usize,
    /// The mean squared error without it, of answers that are numbers.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::number::option")]
    pub squared_error: Option<f64>,
    /// With it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::number::option")]
    pub squared_error_disturbed: Option<f64>,
}

impl Disturbance {
    /// How good the answers are without it and with it.
    pub(crate) fn answers(&self) -> [Evaluation; 2] {
        [(self.right, self.squared_error), (self.right_disturbed, self.squared_error_disturbed)]
            .map(|(right, squared_error)| Evaluation { right, of: self.of, squared_error, cross_entropy: None })
    }
}

/// After step `at` adds to every state part of every example normal noise of length `size` times the part's own. Answers of
/// numbers are right `within` ε.
///
/// # Panics
/// If the network does not answer after the last step, or `at` is beyond the sequence.
pub(crate) fn disturb(
    network: &Network,
    params: &Params<f64>,
    batch: &Batch,
    (at, size): (usize, f64),
    within: f64,
    draws: &mut Draws,
) -> Disturbance {
    assert!(network.read() == Read::Last, "disturb: the network does not answer after the last step");
    let examples = batch.examples();
    let (first, rest) = batch.x.columns_range_pair(..at * examples, at * examples..);
    // The states after it, and how good the answers are.
    let run = |x: DMatrix<f64>, initial: Option<&[DMatrix<f64>]>| {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let states: Vec<_> = initial.into_iter().flatten().map(|s| tape.constant(s)).collect();
        let unroll = network.stack().unroll(&bound);
        let unroll = if states.is_empty() { unroll } else { unroll.initial(&states) };
        let run = unroll.phase(Phase::Evaluation).run(tape.constant(&x), examples);
        let z = network.readout().apply(&bound, network.stack().last_output(&run), Phase::Evaluation).value();
        let found = Evaluation::of(&z, &batch.targets, within);
        (run.last.iter().map(|state| state.value()).collect::<Vec<_>>(), found)
    };
    let (before, _) = run(first.into_owned(), None);
    let noisy: Vec<_> = before
        .iter()
        .map(|state| {
            let mut noise = DMatrix::from_fn(state.nrows(), state.ncols(), |_, _| draws.normal());
            for j in 0..examples {
                let length = |m: &DMatrix<f64>| norm(m.column(j).iter().copied());
                let scale = size * length(state) / length(&noise);
                noise.column_mut(j).scale_mut(scale);
            }
            state + noise
        })
        .collect();
    let apart = |a: &[DMatrix<f64>], b: &[DMatrix<f64>]| -> Vec<f64> {
        let parts: Vec<_> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        (0..examples)
            .map(|j| norm(parts.iter().flat_map(|d| d.column(j).iter().copied().collect::<Vec<_>>())))
            .collect()
    };
    let (end, found) = run(rest.into_owned(), Some(&before));
    let (end_disturbed, disturbed) = run(rest.into_owned(), Some(&noisy));
    let ratios = apart(&end, &end_disturbed).into_iter().zip(apart(&before, &noisy)).map(|(end, start)| end / start);
    Disturbance {
        left: Some(median(&ratios.collect::<Vec<_>>())).filter(|left| left.is_finite()),
        right: found.right,
        right_disturbed: disturbed.right,
        of: examples,
        squared_error: found.squared_error,
        squared_error_disturbed: disturbed.squared_error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Targets;
    use models::Registry;
    use models::networks::NetworkConfig;
    use models::stacks::RecurrentConfig;

    fn left(cell: &str, w_h: f64, targets: Targets) -> f64 {
        let mut params = Params::new();
        let config = NetworkConfig::new(3, RecurrentConfig::new(cell, 4), 2);
        let network = Network::new(&config, &Registry::builtin(), 10, params.at("", 1)).expect("built in");
        for param in params.iter_mut().filter(|p| p.name == "layers.0.fwd.w_h") {
            param.value = DMatrix::identity(4, 4) * w_h;
        }
        let batch = Batch::new(DMatrix::from_element(3, 40 * 2, 500.0), 2, targets);
        let found = disturb(&network, &params, &batch, (20, 0.01), 0.1, &mut Draws::at(1, "disturb test", &[]));
        assert!(found.right <= found.of && found.of == 2);
        found.left.expect("finite")
    }

    #[test]
    fn a_state_that_attracts_forgets_a_disturbance_and_a_running_sum_keeps_it() {
        for targets in [Targets::Classes(vec![0, 1]), Targets::Numbers(DMatrix::zeros(2, 2))] {
            // Saturated by its input, tanh forgets the state at once; the rectified sum only adds to it.
            assert!(left("rnn", 0.5, targets.clone()) < 1e-6);
            assert!((left("irnn", 1.0, targets) - 1.0).abs() < 0.5);
        }
    }
}
