//! Padding is nothing: not in values, not in gradients, and not if it is NaN.

use autograd::testing::proptest::prelude::*;
use autograd::testing::try_check;
use nalgebra::DMatrix;

use super::over_time::{OverTime, Worst, is_calm, pick};
use super::{Make, Outcome, ensure};
use crate::Dims;
use crate::testing::inputs;

const BATCH: usize = 3;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let worst = Worst::default();
    for (input, hidden, steps) in [(1, 1, 1), (2, 3, 5), (1, 2, 18)] {
        let cell = make(Dims { input, hidden, horizon: 10 });
        let (name, states) = (cell.about().name, cell.about().states.len());
        let lengths = [0..=steps, 0..=steps, 0..=steps];
        try_check((inputs(&*cell, steps, BATCH, 1.0), lengths, any::<bool>()), |(drawn, lengths, reverse)| {
            let program = OverTime::new(&*cell, BATCH).reverse(reverse).lengths(&lengths);
            prop_assume!(is_calm(&program, &drawn));
            let is_padded = |column: usize| column / BATCH >= lengths[column % BATCH];
            let mut padded = drawn.clone();
            for (column, mut x) in padded[0].column_iter_mut().enumerate() {
                x.iter_mut().filter(|_| is_padded(column)).for_each(|x| *x = f64::NAN);
            }
            let whole = program.swept(&padded);
            for column in (0..steps * BATCH).filter(|column| is_padded(*column)) {
                for (of, m) in [("output", &whole.values[0]), ("gradient", &whole.gradients[0])] {
                    let is_zero = m.column(column).iter().all(|x| *x == 0.0);
                    ensure!(is_zero, "{name}: the {of} of a padded step is not 0");
                }
            }
            // The parameters' gradients add up over the examples.
            let mut sum: Vec<_> = whole.gradients[states + 1..].iter().map(|g| g * 0.0).collect();
            for (j, &length) in lengths.iter().enumerate() {
                let mut alone = drawn.clone();
                alone[..=states].iter_mut().for_each(|m| *m = pick(m, BATCH, &[j]));
                alone[0] = alone[0].columns(0, length).into_owned();
                let alone = OverTime::new(&*cell, 1).reverse(reverse).swept(&alone);
                let own = |all: &[DMatrix<f64>]| {
                    let mut own: Vec<_> = all.iter().map(|m| pick(m, BATCH, &[j])).collect();
                    own[0] = own[0].columns(0, length).into_owned();
                    own
                };
                let what = || {
                    format!("{name}: example {j} of lengths {lengths:?}, reverse = {reverse}, differs from it alone")
                };
                worst.compare(&own(&whole.values), &alone.values, what)?;
                worst.compare(&own(&whole.gradients[..=states]), &alone.gradients[..=states], what)?;
                sum.iter_mut().zip(&alone.gradients[states + 1..]).for_each(|(sum, g)| *sum += g);
            }
            let what = || format!("{name}: a parameter's gradient, lengths {lengths:?}, reverse = {reverse}");
            Ok(worst.compare(&whole.gradients[states + 1..], &sum, what)?)
        })?;
    }
    Ok(worst.get())
}
