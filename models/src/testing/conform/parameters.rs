//! Every parameter counts: one that no step uses is a mistake in the equations, or a name too many.

use super::over_time::{OverTime, normals};
use super::{Make, Outcome, ensure};
use crate::Dims;

pub(super) fn run(make: Make<'_>) -> Outcome {
    const BATCH: usize = 2;
    let cell = make(Dims { input: 2, hidden: 3, horizon: 10 });
    let (about, steps) = (cell.about(), 5);
    // Where a rectifier is shut, a parameter counts for nothing; not wherever it is tried.
    let tried = (0..8).map(|seed| OverTime::new(&*cell, BATCH).swept(&normals(about, steps, BATCH, seed)).gradients);
    let tried: Vec<_> = tried.collect();
    for (k, spec) in about.specs.iter().enumerate() {
        let counts = tried.iter().any(|gradients| gradients[1 + about.states.len() + k].iter().any(|g| *g != 0.0));
        ensure!(counts, "{}: the parameter `{}` is not used: its gradient is 0 wherever tried", about.name, spec.name);
    }
    Ok(0.0)
}
