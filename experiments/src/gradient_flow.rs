//! Gradient flow: how the gradient of the last step's loss shrinks or grows on its way back through time.

use autograd::{Gradients, Tape};
use models::networks::Network;
use models::{Params, Phase, norm};
use nalgebra::DMatrix;

use crate::task::Batch;

/// ‖∂L/∂s_{T−k}‖ of one state part s, for each example and lag k.
#[derive(Clone, Debug, PartialEq)]
pub struct PartFlow {
    /// The state part, such as `h` or `c`.
    pub part: &'static str,
    /// By example, then by lag 0 … T − 1, relative to lag 0. An example whose loss has no gradient at all (a prediction
    /// so sure that 1 − p is 0 in f64) is left out.
    pub norms: Vec<Vec<f64>>,
}

/// One sweep: the gradient of L, the loss of the *last* step alone, with respect to every state part at every step.
///
/// It is computed in f64 and nothing is cut off, so that vanishing is measured and not underflow: down to 5e-324, the smallest
/// number. ∂L/∂c_t counts every way on which c_t acts, so
/// also that through h_t of the same step. With `cut`, the gradient does not pass where a step reads that part of the
/// state before: what is left flows along the other parts alone.
pub fn gradient_flow(network: &Network, params: &Params<f64>, batch: &Batch, cut: Option<&str>) -> Vec<PartFlow> {
    let size = batch.examples();
    let flow = |(part, gradient): (_, DMatrix<f64>)| {
        let steps = gradient.ncols() / size;
        let at = |step: usize, example: usize| norm(gradient.column(step * size + example).iter().copied());
        let curve = |example: usize| {
            let first = at(steps - 1, example);
            (first > 0.0).then(|| (0..steps).map(|k| at(steps - 1 - k, example) / first).collect())
        };
        PartFlow { part, norms: (0..size).filter_map(curve).collect() }
    };
    state_gradients(network, params, batch, cut).into_iter().map(flow).collect()
}

/// The same gradients, entry by entry: ∂L/∂s_t of every state part s of the lowest layer, by name, width × (T·B), time-major.
pub fn state_gradients(
    network: &Network,
    params: &Params<f64>,
    batch: &Batch,
    cut: Option<&str>,
) -> Vec<(&'static str, DMatrix<f64>)> {
    let (size, targets) = (batch.examples(), batch.targets.count());
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let mut unroll = network.stack().unroll(&bound).phase(Phase::Evaluation).record();
    if let Some(part) = cut {
        unroll = unroll.cut(part);
    }
    let run = unroll.run(network.inputs(&tape, &bound, batch), size);
    let z = network.readout().apply(&bound, network.stack().last_output(&run), Phase::Evaluation);
    let loss = batch.targets.range(targets - size..targets).loss(z, &vec![1.0; size]);
    let states: Vec<_> = run.lanes[0].states.iter().map(|(part, states)| (*part, states.watch())).collect();
    let wanted: Vec<_> = states.iter().map(|(_, states)| *states).collect();
    let mut gradients = Gradients::new();
    tape.backward_wrt(loss, &wanted, &mut gradients);
    states.into_iter().map(|(part, states)| (part, gradients.of(states).into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Targets;
    use models::networks::NetworkConfig;
    use models::stacks::RecurrentConfig;
    use models::{Draws, Registry};

    fn network(cell: &str) -> (Network, Params<f64>) {
        let mut params = Params::new();
        let config = NetworkConfig::new(3, RecurrentConfig::new(cell, 4), 2);
        (Network::new(&config, &Registry::builtin(), 10, params.at("", 1)).expect("built in"), params)
    }

    fn batch(steps: usize) -> Batch {
        let mut draws = Draws::at(1, "flow test", &[]);
        let x = DMatrix::from_fn(3, steps * 2, |_, _| draws.normal());
        Batch::new(x, 2, Targets::Classes(vec![0, 1]))
    }

    #[test]
    fn a_linear_chain_shrinks_by_its_weight() {
        // Without input h stays 0, where tanh has slope 1: with W_h = 0.8 I the gradient shrinks by 0.8 a step.
        let (network, mut params) = network("rnn");
        for param in params.iter_mut().filter(|p| p.name == "layers.0.fwd.w_h") {
            param.value = DMatrix::identity(4, 4) * 0.8;
        }
        let quiet = Batch { x: DMatrix::zeros(3, 20), ..batch(10) };
        let flow = gradient_flow(&network, &params, &quiet, None);
        for curve in &flow[0].norms {
            for (k, value) in curve.iter().enumerate() {
                assert!((value - 0.8f64.powi(k as i32)).abs() < 1e-14, "lag {k}: {value}");
            }
        }
    }

    #[test]
    fn an_example_whose_loss_has_no_gradient_is_left_out() {
        let (network, mut params) = network("rnn");
        for param in params.iter_mut().filter(|p| p.name == "readout.b") {
            param.value = nalgebra::dmatrix![1000.0; 0.0]; // class 0, beyond all doubt
        }
        let flow = gradient_flow(&network, &params, &batch(10), None);
        assert_eq!(flow[0].norms.len(), 1, "the example of class 0 is left out, that of class 1 stays");
    }

    #[test]
    fn without_the_way_through_h_the_memory_shrinks_by_its_forget_gates() {
        // Without input and with c = h = 0 the gates are σ(b): f = σ(2), and nothing else remains.
        let (network, mut params) = network("lstm");
        for param in params.iter_mut().filter(|p| p.name == "layers.0.fwd.b") {
            param.value.rows_mut(4, 4).fill(2.0);
        }
        let quiet = Batch { x: DMatrix::zeros(3, 20), ..batch(10) };
        let direct = gradient_flow(&network, &params, &quiet, Some("h"));
        let f = 1.0 / (1.0 + (-2.0f64).exp());
        assert_eq!(direct[1].part, "c");
        for (k, value) in direct[1].norms[0].iter().enumerate() {
            assert!((value - f.powi(k as i32)).abs() < 1e-14, "lag {k}: {value}");
        }
        let full = gradient_flow(&network, &params, &batch(10), None);
        let cut = gradient_flow(&network, &params, &batch(10), Some("h"));
        assert_ne!(full[1], cut[1]);
        assert!(cut[0].norms[0][1..].iter().all(|x| x.to_bits() == 0), "h passes nothing on when it is cut");
    }

    #[test]
    fn over_two_thousand_steps_a_gradient_underflows_to_exact_zero_and_to_nothing_else() {
        let (network, mut params) = network("rnn");
        for param in params.iter_mut().filter(|p| p.name == "layers.0.fwd.w_h") {
            param.value = DMatrix::identity(4, 4) * 0.5;
        }
        let quiet = Batch::new(DMatrix::zeros(3, 2 * 2000), 2, batch(10).targets);
        for curve in &gradient_flow(&network, &params, &quiet, None)[0].norms {
            // The smallest number is 2⁻¹⁰⁷⁴, and lag 0 is about a half.
            let end = curve.iter().position(|norm| *norm == 0.0).expect("an end");
            assert!((1070..1077).contains(&end), "{end}");
            let exact = |k: usize| (curve[k] / 0.5f64.powi(k as i32) - 1.0).abs();
            assert!((0..1000).all(|k| exact(k) < 1e-12) && curve[end..].iter().all(|norm| *norm == 0.0));
        }
    }
}
