//! Gradient flow: how the gradient of the last step's loss shrinks or grows on its way back through time.

use autograd::{Gradients, Tape};
use models::stacks::SequenceModel;
use models::{Params, norm};
use nalgebra::DMatrix;

use crate::task::{Batch, Labels};

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
/// It is computed in f64, so that vanishing is measured and not underflow. ∂L/∂c_t counts every way on which c_t acts, so
/// also that through h_t of the same step. With `cut`, the gradient does not pass where a step reads that part of the
/// state before: what is left flows along the other parts alone.
pub fn gradient_flow(model: &SequenceModel, params: &Params<f64>, batch: &Batch, cut: Option<&str>) -> Vec<PartFlow> {
    let size = batch.batch;
    let flow = |(part, gradient): (_, DMatrix<f64>)| {
        let steps = gradient.ncols() / size;
        let at = |step: usize, example: usize| norm(gradient.column(step * size + example).iter().copied());
        let curve = |example: usize| {
            let first = at(steps - 1, example);
            (first > 0.0).then(|| (0..steps).map(|k| at(steps - 1 - k, example) / first).collect())
        };
        PartFlow { part, norms: (0..size).filter_map(curve).collect() }
    };
    state_gradients(model, params, batch, cut).into_iter().map(flow).collect()
}

/// The same gradients, entry by entry: ∂L/∂s_t of every state part s, by name, width × (T·B), time-major.
pub fn state_gradients(
    model: &SequenceModel,
    params: &Params<f64>,
    batch: &Batch,
    cut: Option<&str>,
) -> Vec<(&'static str, DMatrix<f64>)> {
    let size = batch.batch;
    let labels = match &batch.labels {
        Labels::Last(labels) => labels.as_slice(),
        Labels::Every(labels) => &labels[labels.len() - size..],
    };
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let mut unroll = model.unroll(&bound).record();
    if let Some(part) = cut {
        unroll = unroll.cut(part);
    }
    let run = unroll.run(tape.constant(&batch.x), size);
    let last = run.last[model.cell().about().output];
    let loss = model.read(&bound, last).softmax_cross_entropy(labels);
    let states: Vec<_> = run.states.iter().map(|(part, states)| (*part, states.watch())).collect();
    let wanted: Vec<_> = states.iter().map(|(_, states)| *states).collect();
    let mut gradients = Gradients::new();
    tape.backward_wrt(loss, &wanted, &mut gradients);
    states.into_iter().map(|(part, states)| (part, gradients.of(states).into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::cells::{Lstm, Rnn};
    use models::{Dims, Draws};

    const DIMS: Dims = Dims { input: 3, hidden: 4, horizon: 10 };

    fn batch(steps: usize) -> Batch {
        let mut draws = Draws::at(1, "flow test", &[]);
        let x = DMatrix::from_fn(3, steps * 2, |_, _| draws.normal());
        Batch { x, batch: 2, labels: Labels::Last(vec![0, 1]) }
    }

    #[test]
    fn a_linear_chain_shrinks_by_its_weight() {
        // Without input h stays 0, where tanh has slope 1: with W_h = 0.8 I the gradient shrinks by 0.8 a step.
        let (model, mut params) = SequenceModel::new::<f64>(Box::new(Rnn::new(DIMS)), 2, 1);
        for param in params.iter_mut().filter(|p| p.name == "layers.0.fwd.w_h") {
            param.value = DMatrix::identity(4, 4) * 0.8;
        }
        let quiet = Batch { x: DMatrix::zeros(3, 20), ..batch(10) };
        let flow = gradient_flow(&model, &params, &quiet, None);
        for curve in &flow[0].norms {
            for (k, value) in curve.iter().enumerate() {
                assert!((value - 0.8f64.powi(k as i32)).abs() < 1e-14, "lag {k}: {value}");
            }
        }
    }

    #[test]
    fn an_example_whose_loss_has_no_gradient_is_left_out() {
        let (model, mut params) = SequenceModel::new::<f64>(Box::new(Rnn::new(DIMS)), 2, 1);
        for param in params.iter_mut().filter(|p| p.name == "readout.b") {
            param.value = nalgebra::dmatrix![1000.0; 0.0]; // class 0, beyond all doubt
        }
        let flow = gradient_flow(&model, &params, &batch(10), None);
        assert_eq!(flow[0].norms.len(), 1, "the example of class 0 is left out, that of class 1 stays");
    }

    #[test]
    fn without_the_way_through_h_the_memory_shrinks_by_its_forget_gates() {
        // Without input and with c = h = 0 the gates are σ(b): f = σ(2), and nothing else remains.
        let (model, params) = SequenceModel::new::<f64>(Box::new(Lstm::with_forget_bias(DIMS, 2.0)), 2, 1);
        let quiet = Batch { x: DMatrix::zeros(3, 20), ..batch(10) };
        let direct = gradient_flow(&model, &params, &quiet, Some("h"));
        let f = 1.0 / (1.0 + (-2.0f64).exp());
        assert_eq!(direct[1].part, "c");
        for (k, value) in direct[1].norms[0].iter().enumerate() {
            assert!((value - f.powi(k as i32)).abs() < 1e-14, "lag {k}: {value}");
        }
        let full = gradient_flow(&model, &params, &batch(10), None);
        let cut = gradient_flow(&model, &params, &batch(10), Some("h"));
        assert_ne!(full[1], cut[1]);
        assert!(cut[0].norms[0][1..].iter().all(|x| x.to_bits() == 0), "h passes nothing on when it is cut");
    }

    #[test]
    fn over_two_thousand_steps_a_gradient_underflows_to_exact_zero_and_to_nothing_else() {
        let (model, mut params) = SequenceModel::new::<f64>(Box::new(Rnn::new(DIMS)), 2, 1);
        for param in params.iter_mut().filter(|p| p.name == "layers.0.fwd.w_h") {
            param.value = DMatrix::identity(4, 4) * 0.5;
        }
        let quiet = Batch { x: DMatrix::zeros(3, 2 * 2000), ..batch(10) };
        for curve in &gradient_flow(&model, &params, &quiet, None)[0].norms {
            // The sweep writes 0 below 2⁻¹⁰⁰⁰, and lag 0 is about a half.
            let end = curve.iter().position(|norm| *norm == 0.0).expect("an end");
            assert!((990..1010).contains(&end), "{end}");
            assert!(curve[..end].iter().all(|norm| norm.is_normal()) && curve[end..].iter().all(|norm| *norm == 0.0));
        }
    }
}
