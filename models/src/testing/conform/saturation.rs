//! Inputs far beyond any scale give finite values and gradients.

use autograd::testing::proptest::prelude::*;
use autograd::testing::{Program, check};
use autograd::{Dual, Gradients, Tape};
use nalgebra::DMatrix;

use super::Make;
use super::over_time::OverTime;
use crate::testing::inputs;
use crate::{AnyCell, CellScalar, Dims};

pub(super) fn run(make: Make<'_>) -> f64 {
    let cell = make(Dims { input: 2, hidden: 3, horizon: 10 });
    check(inputs(&*cell, 4, 2, 1.0), |drawn| {
        stays_finite::<f32>(&*cell, &drawn)?;
        stays_finite::<Dual<f32>>(&*cell, &drawn)?;
        stays_finite::<Dual<f64>>(&*cell, &drawn)
    });
    0.0
}

fn stays_finite<T: CellScalar>(cell: &dyn AnyCell, drawn: &[DMatrix<f64>]) -> Result<(), TestCaseError> {
    let tape = Tape::<T>::new();
    let vars: Vec<_> = drawn
        .iter()
        .enumerate()
        // The input saturates, the rest stays as it was drawn.
        .map(|(k, m)| tape.leaf(&m.map(|x| T::from_f64(if k == 0 { 1e3 * x.signum() } else { x }))))
        .collect();
    let total = OverTime::new(cell, 2).run(&vars);
    let mut gradients = Gradients::new();
    tape.backward_into(total, &mut gradients);
    let finite = vars.iter().all(|v| gradients.of(*v).iter().all(|g| g.is_finite()));
    prop_assert!(total.item().is_finite() && finite, "{}: inputs of ±1e3 in {}", cell.about().name, T::NAME);
    Ok(())
}
