//! T steps are T₁ steps and then T₂ more: all that a cell remembers is in its states.

use autograd::testing::try_check;
use nalgebra::DMatrix;

use super::over_time::{OverTime, SIZES, Worst};
use super::{Make, Outcome};
use crate::Dims;
use crate::testing::inputs;

const BATCH: usize = 2;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let worst = Worst::default();
    for (input, hidden, steps) in SIZES {
        let cell = make(Dims { input, hidden, horizon: 10 });
        let states = cell.about().states.len();
        let program = OverTime::new(&*cell, BATCH);
        try_check(inputs(&*cell, steps, BATCH, 1.0), |drawn| {
            let first = steps / 2;
            let whole = program.swept(&drawn).values;
            let part = |columns: std::ops::Range<usize>, initial: &[DMatrix<f64>]| {
                let x = drawn[0].columns(columns.start * BATCH, columns.len() * BATCH).into_owned();
                program.swept(&[vec![x], initial.to_vec(), drawn[states + 1..].to_vec()].concat()).values
            };
            let middle = part(0..first, &drawn[1..=states]);
            let end = part(first..steps, &middle[1..]);
            let what = || format!("{}: {first} steps and then the rest differ from {steps} steps", cell.about().name);
            Ok(worst.compare(&end[1..], &whole[1..], what)?)
        })?;
    }
    Ok(worst.get())
}
