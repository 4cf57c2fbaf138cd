//! A batch is its columns one by one.

use autograd::testing::try_check;

use super::over_time::{OverTime, SIZES, Worst, pick};
use super::{Make, Outcome};
use crate::Dims;
use crate::testing::inputs;

const BATCH: usize = 3;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let worst = Worst::default();
    for (input, hidden, steps) in SIZES {
        let cell = make(Dims { input, hidden, horizon: 10 });
        let (name, states) = (cell.about().name, cell.about().states.len());
        try_check(inputs(&*cell, steps, BATCH, 1.0), |drawn| {
            let whole = OverTime::new(&*cell, BATCH).swept(&drawn);
            for j in 0..BATCH {
                let mut alone = drawn.clone();
                alone[..=states].iter_mut().for_each(|m| *m = pick(m, BATCH, &[j]));
                let alone = OverTime::new(&*cell, 1).swept(&alone);
                let of = |all: &[nalgebra::DMatrix<f64>]| all.iter().map(|m| pick(m, BATCH, &[j])).collect::<Vec<_>>();
                let what = || format!("{name}: column {j} of a batch differs from the column alone");
                worst.compare(&alone.values, &of(&whole.values), what)?;
                worst.compare(&alone.gradients[..=states], &of(&whole.gradients[..=states]), what)?;
            }
            Ok(())
        })?;
    }
    Ok(worst.get())
}
