//! Swept in segments, the gradients have the bits of the whole sweep; those behind a map, to rounding.

use nalgebra::DMatrix;

use super::over_time::waves;
use super::{Make, bits};
use crate::{BlockEnd, CellScalar, Checkpointing, Dims, Params, Schedule, Unroll};

const BATCH: usize = 2;
const STEPS: usize = 37;

pub(super) fn run(make: Make<'_>) -> f64 {
    let cell = make(Dims { input: 2, hidden: 3, horizon: 10 });
    let (about, x) = (cell.about(), waves(2, STEPS * BATCH));
    let mut params = Params::<f64>::new();
    let group = params.add("cell", &about.specs, 1);
    let initial: Vec<_> = about.states.iter().map(|part| DMatrix::zeros(part.width, BATCH)).collect();
    let swept = |schedule| {
        let mut time = Checkpointing::new(schedule);
        let pass = time.pass(&params, &initial, STEPS, |block| {
            let x = x.columns(block.steps.start * BATCH, block.steps.len() * BATCH).into_owned();
            let unroll = Unroll::new(f64::cell(&*cell), block.bound.of(group)).initial(block.states);
            let run = unroll.run(block.tape.constant(&x), BATCH);
            BlockEnd { loss: Some((run.outputs * run.outputs).sum()), states: run.last, term: None }
        });
        (pass.expect("no budget"), time.gradients().clone())
    };
    let ((whole, grads), (pass, same)) = (swept(Schedule::Whole), swept(Schedule::Sqrt));
    let maps = params.iter().map(|param| param.map.is_some()).chain(whole.initial.iter().map(|_| false));
    let pairs = grads.iter().zip(same.iter()).chain(whole.initial.iter().zip(&pass.initial));
    for (mapped, (whole, checkpointed)) in maps.zip(pairs) {
        let same = if mapped {
            (checkpointed - whole).amax() <= 1e-12 * (1.0 + whole.amax())
        } else {
            bits(checkpointed) == bits(whole)
        };
        assert!(same, "{}: in segments, the gradients differ: {checkpointed} and {whole}", about.name);
    }
    assert!(pass.computed_steps > whole.computed_steps, "{}: one segment only", about.name);
    0.0
}
