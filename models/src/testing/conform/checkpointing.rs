//! Swept in segments, the gradients have the bits of the whole sweep; those behind a map, to rounding.

use super::over_time::waves;
use super::{Make, Outcome, bits, ensure};
use crate::{BlockEnd, CellScalar, Checkpointed, Dims, Engine, Params, Recorded, Schedule, Specs, Unroll, init};

const BATCH: usize = 2;
const STEPS: usize = 37;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let cell = make(Dims { input: 2, hidden: 3, horizon: 10 });
    let (about, x) = (cell.about(), waves(2, STEPS * BATCH));
    let mut params = Params::<f64>::new();
    let group = params.place("cell", about.specs.clone(), 1);
    // Parameters, so that ∂L/∂s_0 is compared, too.
    let mut states = Specs::default();
    for part in &about.states {
        states.add(part.name, (part.width, BATCH), init::zeros());
    }
    let initial = params.place("initial", states.clone(), 1);
    let sequence = Recorded::new(BATCH, 0..STEPS, |block| {
        let x = x.columns(block.steps.start * BATCH, block.steps.len() * BATCH).into_owned();
        let first = initial.on(block.bound).vars();
        let states = if block.states.is_empty() { first } else { block.states };
        let unroll = Unroll::new(f64::cell(&*cell), group.on(block.bound)).initial(states);
        let run = unroll.run(block.tape.constant(&x), BATCH);
        BlockEnd::new(run.last, Some((run.outputs * run.outputs).sum()))
    });
    let [mut whole, mut segments] = [Schedule::Whole, Schedule::Sqrt].map(Checkpointed::new);
    for engine in [&mut whole, &mut segments] {
        engine.sweep(&params, &sequence, &[]).expect("no budget");
    }
    let pairs = whole.gradients().iter().zip(segments.gradients().iter());
    for (param, (whole, checkpointed)) in params.iter().zip(pairs) {
        let same = match &param.map {
            Some(_) => (checkpointed - whole).amax() <= 1e-12 * (1.0 + whole.amax()),
            None => bits(checkpointed) == bits(whole),
        };
        ensure!(same, "{}: in segments, the gradients differ: {checkpointed} and {whole}", about.name);
    }
    ensure!(segments.computed_steps() > whole.computed_steps(), "{}: one segment only", about.name);
    Ok(0.0)
}
