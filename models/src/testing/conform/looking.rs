//! Looking does not change what is seen: a cell may compute its step otherwise if nobody sees its gates.

use autograd::testing::try_check;

use super::over_time::{OverTime, SIZES, Worst};
use super::{Make, Outcome};
use crate::Dims;
use crate::testing::inputs;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let worst = Worst::default();
    for (input, hidden, steps) in SIZES {
        let cell = make(Dims { input, hidden, horizon: 10 });
        let lengths = [steps, steps / 2];
        for program in [OverTime::new(&*cell, 2), OverTime::new(&*cell, 2).regularise().lengths(&lengths)] {
            try_check(inputs(&*cell, steps, 2, 1.0), |drawn| {
                let (unseen, seen) = (program.swept(&drawn), program.record().swept(&drawn));
                let what = || format!("{}: a recorded run differs from one that nobody looks into", cell.about().name);
                worst.compare(&unseen.values, &seen.values, what)?;
                Ok(worst.compare(&unseen.gradients, &seen.gradients, what)?)
            })?;
        }
    }
    Ok(worst.get())
}
