//! A run in reverse is reversed ∘ forward ∘ reversed.

use autograd::testing::proptest::prelude::*;
use autograd::testing::try_check;
use nalgebra::DMatrix;

use super::over_time::{OverTime, Worst, is_calm};
use super::{Make, Outcome};
use crate::Dims;
use crate::testing::inputs;

const BATCH: usize = 2;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let worst = Worst::default();
    for (input, hidden, steps) in [(1, 1, 1), (2, 3, 5), (1, 2, 18)] {
        let cell = make(Dims { input, hidden, horizon: 10 });
        let program = OverTime::new(&*cell, BATCH);
        // Steps in reverse; of all that is not a sequence, nothing.
        let reversed = |all: &[DMatrix<f64>]| {
            let columns: Vec<_> = (0..steps).rev().flat_map(|t| (0..BATCH).map(move |j| t * BATCH + j)).collect();
            let first = all[0].select_columns(&columns);
            std::iter::once(first).chain(all[1..].iter().cloned()).collect::<Vec<_>>()
        };
        try_check(inputs(&*cell, steps, BATCH, 1.0), |drawn| {
            prop_assume!(is_calm(&program.reverse(true), &drawn));
            let (found, expected) = (program.reverse(true).swept(&drawn), program.swept(&reversed(&drawn)));
            let what = || format!("{}: a run in reverse differs from one over the reversed input", cell.about().name);
            worst.compare(&found.values, &reversed(&expected.values), what)?;
            Ok(worst.compare(&found.gradients, &reversed(&expected.gradients), what)?)
        })?;
    }
    Ok(worst.get())
}
