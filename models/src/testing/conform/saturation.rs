//! Inputs far beyond any scale give finite values and gradients.

use autograd::testing::{Program, try_check};
use autograd::{Dual, Gradients, Tape};
use nalgebra::DMatrix;

use super::over_time::OverTime;
use super::{Broken, Make, Outcome};
use crate::testing::inputs;
use crate::{AnyCell, CellScalar, Dims};

pub(super) fn run(make: Make<'_>) -> Outcome {
    let cell = make(Dims { input: 2, hidden: 3, horizon: 10 });
    try_check(inputs(&*cell, 4, 2, 1.0), |drawn| {
        stays_finite::<f32>(&*cell, &drawn)?;
        stays_finite::<Dual<f32>>(&*cell, &drawn)?;
        Ok(stays_finite::<Dual<f64>>(&*cell, &drawn)?)
    })?;
    Ok(0.0)
}

fn stays_finite<T: CellScalar>(cell: &dyn AnyCell, drawn: &[DMatrix<f64>]) -> Result<(), Broken> {
    let Some(what) = not_finite(cell, drawn, Tape::<T>::new()) else { return Ok(()) };
    // A traced tape looks into the steps, so a step that the cell does as one op is not the one that it sees.
    let why = not_finite(cell, drawn, Tape::<T>::traced());
    let why = why.unwrap_or_else(|| format!("{what} is not finite, where nobody sees its gates"));
    Err(format!("{}: inputs of ±1e3 in {}: {why}", cell.about().name, T::NAME).into())
}

/// What is not finite on `tape`: the first value or gradient with its op, line and step, if the tape is traced.
fn not_finite<T: CellScalar>(cell: &dyn AnyCell, drawn: &[DMatrix<f64>], tape: Tape<T>) -> Option<String> {
    let about = cell.about();
    let names: Vec<_> = std::iter::once("x")
        .chain(about.states.iter().map(|part| part.name))
        .chain(about.specs.iter().map(|spec| &*spec.name))
        .collect();
    // The input saturates, the rest stays as it was drawn.
    let of = |(k, m): (usize, &DMatrix<f64>)| {
        let value = m.map(|x| T::from_f64(if k == 0 { 1e3 * x.signum() } else { x }));
        tape.leaf(&value).named(names[k])
    };
    let vars: Vec<_> = drawn.iter().enumerate().map(of).collect();
    let total = OverTime::new(cell, 2).run(&vars);
    if let Some(anomaly) = tape.is_traced().then(|| tape.anomaly()).flatten() {
        return Some(format!("a value is not finite: {anomaly}"));
    }
    if !total.item().is_finite() {
        return Some("a value".into());
    }
    let mut gradients = Gradients::new();
    tape.backward_into(total, &mut gradients);
    let is_finite = |k: &usize| gradients.of(vars[*k]).iter().all(|g| g.is_finite());
    let worst = (0..vars.len()).find(|k| !is_finite(k))?;
    Some(match tape.is_traced().then(|| gradients.anomaly()).flatten() {
        Some(anomaly) => format!("a gradient is not finite: {anomaly}"),
        None => format!("the gradient of `{}`", names[worst]),
    })
}
