//! Backward is the derivative of forward.

use autograd::testing::proptest::prelude::*;
use autograd::testing::{examine, measure, try_check};
use nalgebra::DMatrix;

use super::over_time::{OverTime, Worst};
use super::{Make, Outcome};
use crate::testing::inputs;
use crate::{Dims, largest};

pub(super) fn run(make: Make<'_>) -> Outcome {
    let worst = Worst::default();
    for (input, hidden, batch, steps) in [(1, 1, 1, 1), (2, 3, 2, 5), (3, 2, 1, 2)] {
        let cell = make(Dims { input, hidden, horizon: 10 });
        let lengths: Vec<_> = (0..batch).map(|j| steps - (2 * j).min(steps)).collect();
        let plain = OverTime::new(&*cell, batch);
        for program in [plain, plain.regularise().reverse(true).lengths(&lengths)] {
            try_check((inputs(&*cell, steps, batch, 1.0), any::<u64>()), |(drawn, seed)| {
                prop_assume!(is_well_conditioned(&program, &drawn));
                for of in measure(&program, &drawn, seed) {
                    if !of.holds() {
                        let fault = examine(&program, &drawn, seed).expect_err("what was measured");
                        return Err(TestCaseError::fail(fault.to_string()));
                    }
                    if of.check == "dot test" {
                        worst.note(of.relative());
                    }
                }
                Ok(())
            })?;
        }
    }
    Ok(worst.get())
}

/// Whether the gradients are smooth on the scale of 1e-3, where finite differences D of them have an error that grows as
/// the square of their step. Of differences and of f32 no more can be asked where a function bends within that: at a kink,
/// or where a column is normalised that is nearly constant.
fn is_well_conditioned(program: &OverTime<'_>, drawn: &[DMatrix<f64>]) -> bool {
    (0..4u32).all(|k| {
        // Some signs for every entry, others each time.
        let sign = |i: usize, j: usize| if (7 * i + 3 * j + 1) >> k & 1 == 0 { 1.0 } else { -1.0 };
        let moved = |h: f64| -> Vec<_> {
            let along = |m: &DMatrix<f64>| DMatrix::from_fn(m.nrows(), m.ncols(), |i, j| m[(i, j)] + h * sign(i, j));
            program.swept(&drawn.iter().map(along).collect::<Vec<_>>()).gradients
        };
        let difference = |h: f64| -> Vec<_> {
            moved(h).iter().zip(&moved(-h)).map(|(ahead, behind)| (ahead - behind) / (2.0 * h)).collect()
        };
        // What is not finite is not passed over.
        let bends = |a: &DMatrix<f64>, b: &DMatrix<f64>| largest((a - b).iter().copied()) > 1e-3 * (1.0 + a.amax());
        !difference(1e-3).iter().zip(&difference(2e-3)).any(|(a, b)| bends(a, b))
    })
}
