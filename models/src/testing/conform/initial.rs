//! Without an initial state a cell begins at zeros, and zeros are zeros, whoever gives them.

use autograd::Tape;

use super::over_time::{total, waves};
use super::{Make, Outcome, bits, ensure};
use crate::{CellScalar, Dims, Params, Unroll};

const BATCH: usize = 2;
const STEPS: usize = 5;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let cell = make(Dims { input: 2, hidden: 3, horizon: 10 });
    let about = cell.about();
    let mut params = Params::<f64>::new();
    let group = params.place("cell", about.specs.clone(), 1);
    let swept = |given: bool| {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let x = tape.leaf(&waves(2, STEPS * BATCH));
        // Computed, as the states are that another network gives.
        let zeros = about.states.iter().map(|part| tape.leaf(&waves(part.width, BATCH)).scale(0.0));
        let unroll = Unroll::new(f64::cell(&*cell), group.on(&bound));
        let unroll = if given { unroll.initial(&zeros.collect::<Vec<_>>()) } else { unroll };
        let run = unroll.run(x, BATCH);
        let values: Vec<_> = std::iter::once(run.outputs).chain(run.last).collect();
        let gradients = tape.backward(total(&values));
        let wanted = std::iter::once(x).chain(bound.vars().iter().copied());
        let gradients: Vec<_> = wanted.map(|v| bits(&gradients.of(v).into_owned())).collect();
        (values.iter().map(|v| bits(&v.value())).collect::<Vec<_>>(), gradients)
    };
    let ((values, gradients), (of_zeros, gradients_of_zeros)) = (swept(false), swept(true));
    ensure!(values == of_zeros, "{}: without an initial state, values are not those of zeros given", about.name);
    ensure!(
        gradients == gradients_of_zeros,
        "{}: without an initial state, gradients are not those of zeros given",
        about.name
    );
    Ok(0.0)
}
