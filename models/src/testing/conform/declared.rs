//! What a cell says of itself can be: the driver takes it for granted.

use super::{Make, Outcome, ensure};
use crate::Dims;

pub(super) fn run(make: Make<'_>) -> Outcome {
    for (input, hidden) in [(1, 1), (2, 3)] {
        let cell = make(Dims { input, hidden, horizon: 10 });
        let about = cell.about();
        let (name, output, count) = (about.name, about.output, about.states.len());
        ensure!(output < count, "{name}: `output` is {output}, but there are {count} state parts, counted from 0");
        ensure!(about.input == input, "{name}: its input has {} rows where it was asked for {input}", about.input);
        for part in &about.states {
            ensure!(part.width > 0, "{name}: the state `{}` has no rows", part.name);
        }
    }
    Ok(0.0)
}
