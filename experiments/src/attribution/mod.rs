//! `Attribution`: which words of a text spoke for a network's decision; and `Shown`: the same for the reader.

mod choice;
mod shown;

use autograd::Tape;
use models::networks::{Batch, Network, Targets};
use models::stacks::TokenBatch;
use models::{CellScalar, Params, Phase};
use nalgebra::DMatrix;

use crate::answers::{argmax, log_softmax};

pub use choice::to_show;
pub use shown::{Shown, WAYS};

/// Which words spoke for the decision.
/// ```text
/// m = z_k − z_r
/// gradient × input       a_t = x_t · ∂m/∂x_t
/// integrated gradients   A_t = x_t · ∫₀¹ ∂m/∂x_t (αx) dα,   Σ_t A_t = m(x) − m(0)
/// ```
/// k: the most likely class, r: the next; m > 0 is the margin of the decision, x_t (D) the vector of word t. A share is
/// positive where the word speaks for k, negative where it speaks against. All shares come from one backward sweep; the
/// integral takes one for each α.
///
/// a_t is how fast m grows as x_t grows along itself: the first order at the text as it is. Where gates and tanh are
/// saturated it is small, however much the word matters, and the a_t do not sum to m. A_t follows the whole way from 0 to x
/// and misses nothing of m; that the way begins at 0 is a choice.
///
/// Source: Simonyan, Vedaldi & Zisserman 2014 (arXiv:1312.6034), §3, the gradient; Shrikumar et al. 2016
/// (arXiv:1605.01713), times the input; Sundararajan, Taly & Yan 2017 (arXiv:1703.01365), §3, the integral.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// k, the most likely class.
    pub class: usize,
    /// P(class k).
    pub probability: f64,
    /// r, the next.
    pub other: usize,
    /// m.
    pub margin: f64,
    /// a_t of each token.
    pub gradient_input: Vec<f64>,
    /// A_t of each token.
    pub integrated: Vec<f64>,
}

/// The integral is a mean over the middles of this number of equal parts.
const PARTS: usize = 64;

impl Attribution {
    /// Of a text that is not empty.
    pub fn of<T: CellScalar>(network: &Network, params: &Params<T>, text: &[usize]) -> Self {
        let batch = alone(text);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let x = network.inputs(&tape, &bound, &batch).value();
        let z = network.answers(&bound, tape.constant(&x), &batch.lengths, Phase::Evaluation).value();
        let mut z: Vec<f64> = z.iter().map(|z_k| z_k.re()).collect();
        let class = argmax(&z);
        let probability = log_softmax(&z)[class].exp();
        let z_k = std::mem::replace(&mut z[class], f64::NEG_INFINITY);
        let other = argmax(&z);
        let classes = [class, other];
        let at = |alpha: f64| shares(network, params, &x, classes, alpha);
        let mut integrated = vec![0.0; text.len()];
        for part in 0..PARTS {
            for (sum, share) in integrated.iter_mut().zip(at((part as f64 + 0.5) / PARTS as f64)) {
                *sum += share / PARTS as f64;
            }
        }
        Self { class, probability, other, margin: z_k - z[other], gradient_input: at(1.0), integrated }
    }
}

/// A batch of one text.
fn alone(text: &[usize]) -> Batch {
    Batch::of_tokens([TokenBatch::new(&[text])], Targets::Classes(Vec::new()))
}

/// x_t · ∂m/∂x_t (αx) of each step.
fn shares<T: CellScalar>(
    network: &Network,
    params: &Params<T>,
    x: &DMatrix<T>,
    [class, other]: [usize; 2],
    alpha: f64,
) -> Vec<f64> {
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let scaled = tape.leaf(&(x * T::from_f64(alpha)));
    let z = network.answers(&bound, scaled, &[x.ncols()], Phase::Evaluation);
    let m = z.slice_rows(class..class + 1) - z.slice_rows(other..other + 1);
    let gradients = tape.backward(m);
    let dx = gradients.of(scaled);
    x.column_iter()
        .zip(dx.column_iter())
        .map(|(x, dx)| x.iter().zip(&dx).map(|(x, dx)| x.re() * dx.re()).sum())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Registry;
    use models::networks::{Input, NetworkConfig};
    use models::stacks::RecurrentConfig;

    /// It reads 9 words as vectors of 3 numbers, and says one of 3 classes.
    fn network(stack: RecurrentConfig) -> (Network, Params<f64>) {
        let words = Input::Tokens { name: "embedding".into(), vocabulary: 9, rows: 3 };
        let config = NetworkConfig { inputs: vec![words], ..NetworkConfig::new(3, stack, 3) };
        let mut params = Params::new();
        let network = Network::new(&config, &Registry::builtin(), 9, params.at("", 1)).expect("built in");
        (network, params)
    }

    /// The margin for the same classes with the vector of step t made longer by `factor`.
    fn margin(
        network: &Network,
        params: &Params<f64>,
        text: &[usize],
        of: &Attribution,
        (t, factor): (usize, f64),
    ) -> f64 {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let mut x = network.inputs(&tape, &bound, &alone(text)).value();
        x.column_mut(t).scale_mut(factor);
        let z = network.answers(&bound, tape.constant(&x), &[text.len()], Phase::Evaluation).value();
        z[of.class] - z[of.other]
    }

    #[test]
    fn gradient_times_input_is_how_fast_the_margin_grows_as_the_words_vector_grows() {
        for cell in ["rnn", "lstm", "gru"] {
            let (net, params) = network(RecurrentConfig { layers: 2, ..RecurrentConfig::new(cell, 4) });
            let text = [4, 1, 8, 4, 2];
            let found = Attribution::of(&net, &params, &text);
            assert!(found.margin > 0.0 && found.class != found.other);
            assert_eq!(margin(&net, &params, &text, &found, (0, 1.0)).to_bits(), found.margin.to_bits());
            for (t, share) in found.gradient_input.iter().enumerate() {
                let at = |factor| margin(&net, &params, &text, &found, (t, factor));
                let slope = (at(1.0 + 1e-5) - at(1.0 - 1e-5)) / 2e-5;
                assert!((share - slope).abs() < 1e-8 && share.abs() > 1e-6, "{cell} {t}: {share}, not {slope}");
            }
            // The same word at two places has two shares.
            assert!((found.gradient_input[0] - found.gradient_input[3]).abs() > 1e-6);
        }
    }

    #[test]
    fn integrated_gradients_sum_to_the_margin_over_that_of_a_text_of_zeros() {
        let stack = RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("lstm", 4) };
        let (net, mut params) = network(stack);
        // Large weights, so that the first order is far from the whole.
        params.iter_mut().for_each(|param| param.value *= 4.0);
        let text = [4, 1, 8, 4, 2];
        let found = Attribution::of(&net, &params, &text);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let z = net.answers(&bound, tape.constant(&DMatrix::zeros(3, 5)), &[5], Phase::Evaluation).value();
        let whole = found.margin - (z[found.class] - z[found.other]);
        let sum = |shares: &[f64]| shares.iter().sum::<f64>();
        assert!((sum(&found.integrated) - whole).abs() < 0.02 * whole.abs(), "{found:?}, {whole}");
        assert!((sum(&found.gradient_input) - whole).abs() > 0.2 * whole.abs(), "{found:?}, {whole}");
    }
}
