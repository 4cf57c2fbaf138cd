//! Does a memory latch or keep? Disturb the state in the middle of a sequence and see what becomes of it.
//!
//! A memory that *latches* is one of several states that attract: a disturbance dies out, and with it the gradient (Bengio,
//! Simard & Frasconi 1994, IEEE Trans. Neural Networks 5(2), §III). One that *keeps* lets a disturbance stay, as it lets the
//! gradient pass.

use autograd::{Tape, Var};
use models::stacks::SequenceModel;
use models::{Draws, Params, norm};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::answers::right_answers;
use crate::stats::median;
use crate::task::{Batch, Labels};

/// What became of a disturbance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disturbance {
    /// ‖s′ − s‖ after the last step over ‖s′ − s‖ when it was made, the median over examples; `None` if that is no
    /// number, the network having overflowed.
    pub left: Option<f64>,
    /// Right answers without it.
    pub right: usize,
    /// Right answers with it.
    pub right_disturbed: usize,
    /// Examples.
    pub of: usize,
}

/// After step `at` adds to every state part of every example normal noise of length `size` times the part's own.
///
/// # Panics
/// If the labels are not for the last step, or `at` is beyond the sequence.
pub fn disturb(
    model: &SequenceModel,
    params: &Params<f64>,
    batch: &Batch,
    at: usize,
    size: f64,
    draws: &mut Draws,
) -> Disturbance {
    let Labels::Last(labels) = &batch.labels else { panic!("disturb: the labels are not for the last step") };
    let (first, rest) = batch.x.columns_range_pair(..at * batch.batch, at * batch.batch..);
    let run = |x: DMatrix<f64>, initial: Option<&[DMatrix<f64>]>| -> Vec<DMatrix<f64>> {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let mut unroll = model.unroll(&bound);
        if let Some(states) = initial {
            unroll = unroll.initial(&states.iter().map(|s| tape.constant(s)).collect::<Vec<_>>());
        }
        unroll.run(tape.constant(&x), batch.batch).last.into_iter().map(Var::value).collect()
    };
    let before = run(first.into_owned(), None);
    let disturbed: Vec<_> = before
        .iter()
        .map(|state| {
            let mut noise = DMatrix::from_fn(state.nrows(), state.ncols(), |_, _| draws.normal());
            for j in 0..batch.batch {
                let length = |m: &DMatrix<f64>| norm(m.column(j).iter().copied());
                let scale = size * length(state) / length(&noise);
                noise.column_mut(j).scale_mut(scale);
            }
            state + noise
        })
        .collect();
    let apart = |a: &[DMatrix<f64>], b: &[DMatrix<f64>]| -> Vec<f64> {
        let parts: Vec<_> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        (0..batch.batch)
            .map(|j| norm(parts.iter().flat_map(|d| d.column(j).iter().copied().collect::<Vec<_>>())))
            .collect()
    };
    let (end, end_disturbed) = (run(rest.into_owned(), Some(&before)), run(rest.into_owned(), Some(&disturbed)));
    let ratios =
        apart(&end, &end_disturbed).into_iter().zip(apart(&before, &disturbed)).map(|(end, start)| end / start);
    let right = |states: &[DMatrix<f64>]| {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let logits = model.read(&bound, tape.constant(&states[model.cell().about().output])).value();
        right_answers(&logits, labels).into_iter().filter(|right| *right).count()
    };
    Disturbance {
        left: Some(median(&ratios.collect::<Vec<_>>())).filter(|left| left.is_finite()),
        right: right(&end),
        right_disturbed: right(&end_disturbed),
        of: batch.batch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Dims;
    use models::cells::{Irnn, Rnn};

    fn left(cell: Box<dyn models::AnyCell>, w_h: f64) -> f64 {
        let (model, mut params) = SequenceModel::new::<f64>(cell, 2, 1);
        for param in params.iter_mut().filter(|p| p.name == "layers.0.fwd.w_h") {
            param.value = DMatrix::identity(4, 4) * w_h;
        }
        let x = DMatrix::from_element(3, 40 * 2, 500.0);
        let batch = Batch { x, batch: 2, labels: Labels::Last(vec![0, 1]) };
        disturb(&model, &params, &batch, 20, 0.01, &mut Draws::at(1, "disturb test", &[])).left.expect("finite")
    }

    #[test]
    fn a_state_that_attracts_forgets_a_disturbance_and_a_running_sum_keeps_it() {
        let dims = Dims { input: 3, hidden: 4, horizon: 10 };
        // Saturated by its input, tanh forgets the state at once; the rectified sum only adds to it.
        assert!(left(Box::new(Rnn::new(dims)), 0.5) < 1e-6);
        assert!((left(Box::new(Irnn::new(dims)), 1.0) - 1.0).abs() < 0.5);
    }
}
