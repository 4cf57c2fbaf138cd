//! Read step by step, a sequence gives what it gives as a whole, in memory that does not grow.

use autograd::Tape;
use nalgebra::DMatrix;

use super::over_time::{Worst, waves};
use super::{Make, Outcome, ensure};
use crate::{CellScalar, Dims, Params, Stream, Unroll};

const BATCH: usize = 2;
const STEPS: usize = 64;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let cell = make(Dims { input: 2, hidden: 3, horizon: 10 });
    let (about, worst, x) = (cell.about(), Worst::default(), waves(2, STEPS * BATCH));
    let mut params = Params::<f64>::new();
    let group = params.place("cell", about.specs.clone(), 1);
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let whole = Unroll::new(f64::cell(&*cell), group.on(&bound)).run(tape.constant(&x), BATCH);
    let outputs = whole.outputs.value();

    let initial = about.states.iter().map(|part| DMatrix::zeros(part.width, BATCH)).collect();
    let mut stream = Stream::new(&params, initial, BATCH, |block, x| {
        let run = Unroll::new(f64::cell(&*cell), group.on(block.bound)).initial(block.states).run(x, BATCH);
        (run.outputs, run.last)
    });
    let mut held = None;
    for t in 0..STEPS {
        let part = |m: &DMatrix<f64>| m.columns(t * BATCH, BATCH).into_owned();
        let what = || format!("{}: step {t} of a stream differs from that of the whole", about.name);
        worst.compare(&[stream.step(&part(&x)).clone()], &[part(&outputs)], what)?;
        let bytes = *held.get_or_insert(stream.bytes());
        ensure!(stream.bytes() == bytes, "{}: a stream's memory grows at step {t}", about.name);
    }
    let last: Vec<_> = whole.last.iter().map(|state| state.value()).collect();
    worst.compare(stream.states(), &last, || format!("{}: the states after a stream", about.name))?;
    Ok(worst.get())
}
