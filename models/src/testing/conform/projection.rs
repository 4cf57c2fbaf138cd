//! `project` treats each column alone: the driver calls it for one step, a block, or all.

use autograd::Tape;
use autograd::testing::try_check;

use super::over_time::{SIZES, Worst};
use super::{Make, Outcome};
use crate::testing::inputs;
use crate::{CellScalar, Dims};

pub(super) fn run(make: Make<'_>) -> Outcome {
    let worst = Worst::default();
    for (input, hidden, steps) in SIZES {
        let cell = make(Dims { input, hidden, horizon: 10 });
        let (name, states) = (cell.about().name, cell.about().states.len());
        try_check(inputs(&*cell, steps, 2, 1.0), |drawn| {
            let tape = Tape::<f64>::new();
            let bound = cell.about().specs.bind(drawn[1 + states..].iter().map(|m| tape.leaf(m)).collect());
            let project = |x| f64::cell(&*cell).project(bound.all(), tape.leaf(&x)).value();
            let whole = project(drawn[0].clone());
            for j in 0..drawn[0].ncols() {
                let (part, expected) = (project(drawn[0].columns(j, 1).into_owned()), whole.columns(j, 1).into_owned());
                let what = || format!("{name}: `project` of column {j} alone differs from that of all");
                worst.compare(&[part], &[expected], what)?;
            }
            Ok(())
        })?;
    }
    Ok(worst.get())
}
