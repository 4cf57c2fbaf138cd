//! The smallest sizes are nothing special.

use autograd::Tape;
use nalgebra::DMatrix;

use super::over_time::waves;
use super::{Make, Outcome, ensure};
use crate::{CellScalar, Dims, Params, Unroll};

pub(super) fn run(make: Make<'_>) -> Outcome {
    for (steps, batch, hidden) in [(0, 1, 1), (0, 2, 3), (2, 0, 3), (1, 1, 1), (1, 2, 3), (2, 1, 3), (2, 2, 1)] {
        let cell = make(Dims { input: 2, hidden, horizon: 1 });
        let (about, tape) = (cell.about(), Tape::<f64>::new());
        let at = format!("{}: T = {steps}, B = {batch}, H = {hidden}", about.name);
        let mut params = Params::new();
        let group = params.place("cell", about.specs.clone(), 1);
        let bound = params.bind(&tape);
        let initial: Vec<_> = about.states.iter().map(|part| tape.leaf(&waves(part.width, batch))).collect();
        let x = tape.leaf(&waves(2, steps * batch));
        for reverse in [false, true] {
            let mut unroll = Unroll::new(f64::cell(&*cell), group.on(&bound)).initial(&initial).record();
            if reverse {
                unroll = unroll.reverse();
            }
            let run = unroll.run(x, batch);
            let shape = (about.output_width(), steps * batch);
            ensure!(run.outputs.shape() == shape, "{at}: the outputs' shape");
            ensure!(run.states.len() == about.states.len(), "{at}: recorded parts");
            let mut total = run.outputs.sum();
            for (part, last) in about.states.iter().zip(&run.last) {
                let last_is_finite = last.value().iter().all(|s| s.is_finite());
                ensure!(last.shape() == (part.width, batch) && last_is_finite, "{at}: the last `{}`", part.name);
                ensure!(steps > 0 || last.value() == waves(part.width, batch), "{at}: not the initial `{}`", part.name);
                total = total + last.sum();
            }
            let gradients = tape.backward(total);
            let finite = |m: DMatrix<f64>| m.iter().all(|g| g.is_finite());
            ensure!(finite(gradients.of(x).into_owned()), "{at}: a gradient is not finite");
        }
    }
    Ok(0.0)
}
