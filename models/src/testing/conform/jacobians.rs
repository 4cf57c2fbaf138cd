//! The gradient through time is the product of the Jacobians of its steps, each made by itself.

use super::{Make, Outcome, ensure};
use crate::stacks::RecurrentConfig;
use crate::{CellScalar, Dims, Params, Recurrence, Unroll};

const STEPS: usize = 6;
const SEED: u64 = 1;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let dims = Dims { input: 2, hidden: 3, horizon: 10 };
    let cell = make(dims);
    let about = cell.about();
    let mut params = Params::<f64>::new();
    let group = params.place("cell", about.specs.clone(), SEED);
    let held = |what: &str, error: f64| -> Outcome {
        ensure!(error <= 1e-11, "{}: {what}, the gradient is off the product of Jacobians by {error:e}", about.name);
        Ok(error)
    };
    let mut worst = 0f64;
    let one = Recurrence { params: &params, input: 2, widths: about.states.iter().map(|part| part.width).collect() };
    for (what, reverse) in [("forward", false), ("in reverse", true)] {
        let error = one.audit(STEPS, reverse, STEPS, SEED, |block, x| {
            let unroll = Unroll::new(f64::cell(&*cell), group.on(block.bound)).over(&block);
            let unroll = if reverse { unroll.reverse() } else { unroll };
            unroll.run(x, block.batch()).last
        });
        worst = worst.max(held(what, error)?);
    }

    let config = RecurrentConfig { layers: 2, residual: true, ..RecurrentConfig::new(about.name, dims.hidden) };
    let stack = config.build_of(&|dims| Ok(make(dims)), dims.input, dims.horizon).map_err(|why| why.to_string())?;
    let mut params = Params::<f64>::new();
    let stack = params.place("", stack, SEED);
    let two = Recurrence { params: &params, input: 2, widths: stack.states().map(|state| state.width).collect() };
    let error = two.audit(STEPS, false, STEPS, SEED, |block, x| {
        let unroll = stack.unroll(block.bound).segment(block.steps.start).initial(block.states);
        unroll.run(x, block.batch()).last
    });
    Ok(worst.max(held("of two layers", error)?))
}
