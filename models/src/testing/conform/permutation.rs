//! The order of the examples does not matter.

use autograd::testing::try_check;
use nalgebra::DMatrix;

use super::over_time::{OverTime, SIZES, Worst, pick};
use super::{Make, Outcome};
use crate::Dims;
use crate::testing::inputs;

const ORDER: [usize; 4] = [2, 0, 3, 1];

pub(super) fn run(make: Make<'_>) -> Outcome {
    let worst = Worst::default();
    for (input, hidden, steps) in SIZES {
        let cell = make(Dims { input, hidden, horizon: 10 });
        let (name, states) = (cell.about().name, cell.about().states.len());
        let program = OverTime::new(&*cell, ORDER.len());
        let permuted = |all: &[DMatrix<f64>]| all.iter().map(|m| pick(m, ORDER.len(), &ORDER)).collect::<Vec<_>>();
        try_check(inputs(&*cell, steps, ORDER.len(), 1.0), |drawn| {
            let plain = program.swept(&drawn);
            let moved = program.swept(&[permuted(&drawn[..=states]), drawn[states + 1..].to_vec()].concat());
            let what = || format!("{name}: permuted examples differ");
            worst.compare(&moved.values, &permuted(&plain.values), what)?;
            worst.compare(&moved.gradients[..=states], &permuted(&plain.gradients[..=states]), what)?;
            Ok(worst.compare(&moved.gradients[states + 1..], &plain.gradients[states + 1..], what)?)
        })?;
    }
    Ok(worst.get())
}
