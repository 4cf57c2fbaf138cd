//! Random guessing: how often must all weights be drawn at random until a training set is solved?
//!
//! Schmidhuber, Hochreiter & Bengio, "Evaluating benchmark problems by random guessing" (in Kolen & Kremer 2001, "A Field
//! Guide to Dynamical Recurrent Networks"): a task that is solved so needs no gradient.

use models::{Draws, Params};

use crate::Stop;
use crate::reproduce::protocol::{Protocol, Setup};

/// The number of the first trial whose weights, uniform within ± `weights`, answer all `test` sequences rightly; `None` if
/// that is none of the first `cap`.
pub(super) fn trials(protocol: &Protocol, setup: &Setup, seed: u64) -> Result<Option<f64>, Stop> {
    let (network, mut params): (_, Params<f32>) = setup.network(seed)?;
    let bound = protocol.weights.unwrap_or(1.0);
    let set = protocol.test.unwrap_or(1);
    // Most guesses fail at the first few sequences already.
    let parts: Vec<_> = [(0, set.min(4)), (1, set.saturating_sub(4))]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(part, count)| setup.task.batch(&mut Draws::at(seed, "train", &[part]), count))
        .collect();
    let solved = |params: &Params<f32>| {
        parts.iter().all(|batch| {
            let found = Setup::judge(protocol, &*setup.task, &network.evaluate(params, batch), batch);
            found.right == found.of
        })
    };
    for trial in 1..=protocol.cap.unwrap_or(1) {
        let mut draws = Draws::at(seed, "guess", &[trial]);
        for weight in params.iter_mut().flat_map(|param| param.value.iter_mut()) {
            *weight = (bound * (2.0 * draws.uniform() - 1.0)) as f32;
        }
        if solved(&params) {
            return Ok(Some(trial as f64));
        }
    }
    Ok(None)
}
