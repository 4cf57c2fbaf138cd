//! The audit: what the tape says of a gradient through time against the product of explicit Jacobians.
//!
//! With s_t the joint state (all parts, one under the other) and J_t = ∂s_t/∂s_{t−1} in full block form, the gradient of a
//! loss of the last state alone is ∂L/∂s_{t−1} = J_tᵀ ∂L/∂s_t. Each J_t comes from one sweep of one step: the state
//! is repeated in as many columns as it has entries, and column i is seeded with eᵢ.

use autograd::{Gradients, Tape};
use models::{AnyCell, Cell, CellError, CellScalar, Dims, Draws, Params, Registry, Unroll, largest};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

use crate::Stop;

/// How far the tape's gradient of a cell's joint state is from the product of explicit Jacobians.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Audit {
    /// The cell's name.
    pub cell: String,
    /// See [`audit`].
    pub relative_error: f64,
}

impl Audit {
    /// Of all these cells, seed 1.
    ///
    /// # Errors
    /// Failed, if the registry has not one of them.
    pub(crate) fn of(registry: &Registry, cells: &[String]) -> Result<Vec<Self>, Stop> {
        let of_cell = |cell: &String| match audit(registry, cell, 1) {
            Ok(relative_error) => Ok(Self { cell: cell.clone(), relative_error }),
            Err(why) => Err(Stop::Failed(why.to_string())),
        };
        cells.iter().map(of_cell).collect()
    }
}

/// How far the two are apart for the cell `name`: the largest |difference| over all steps and entries, relative to the
/// largest entry of the gradient at that step. H = 4, T = 8, f64.
///
/// # Errors
/// If the registry has no such cell.
pub(crate) fn audit(registry: &Registry, name: &str, seed: u64) -> Result<f64, CellError> {
    let cell = registry.build(name, Dims { input: 3, hidden: 4, horizon: 8 })?;
    Ok(error(&*cell, 8, seed))
}

fn error(cell: &dyn AnyCell, steps: usize, seed: u64) -> f64 {
    let about = cell.about();
    let mut params = Params::<f64>::new();
    params.place("cell", about.specs.clone(), seed);
    let mut draws = Draws::at(seed, "audit", &[]);
    let mut random = |rows: usize| DMatrix::from_fn(rows, 1, |_, _| draws.normal());
    let inputs: Vec<_> = (0..steps).map(|_| random(about.input)).collect();
    let start: Vec<_> = about.states.iter().map(|part| random(part.width)).collect();
    let weight: Vec<_> = about.states.iter().map(|part| random(part.width)).collect();

    // One tape over all steps; the state between two steps is copied, so that its gradient is that of the joint state.
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let mut states: Vec<_> = start.iter().map(|s| tape.leaf(s)).collect();
    let mut between = vec![states.clone()];
    for x in &inputs {
        let run = Unroll::new(f64::cell(cell), bound.all()).initial(&states).run(tape.constant(x), 1);
        states = run.last.iter().map(|s| s.copied().watch()).collect();
        between.push(states.clone());
    }
    let seeds: Vec<_> = states.iter().copied().zip(&weight).collect();
    let mut gradients = Gradients::new();
    tape.vjp(&seeds, &mut gradients);
    let joined = |parts: &[DMatrix<f64>]| DVector::from_vec(parts.iter().flat_map(|p| p.iter().copied()).collect());
    let on_tape = |t: usize| joined(&between[t].iter().map(|s| gradients.of(*s).into_owned()).collect::<Vec<_>>());

    let mut product = joined(&weight);
    let mut errors = Vec::new();
    for t in (1..=steps).rev() {
        let before: Vec<_> = between[t - 1].iter().map(|s| s.value()).collect();
        product = jacobian(f64::cell(cell), &params, &inputs[t - 1], &before).transpose() * product;
        let found = on_tape(t - 1);
        let scale = largest(product.iter().copied()).max(f64::MIN_POSITIVE);
        let difference = largest((&found - &product).iter().copied());
        errors.push(difference / scale);
    }
    largest(errors)
}

/// ∂s_t/∂s_{t−1} in full block form, all parts one under the other, at input x (D×1) and state s_{t−1}.
pub(crate) fn jacobian(
    cell: &dyn Cell<f64>,
    params: &Params<f64>,
    x: &DMatrix<f64>,
    before: &[DMatrix<f64>],
) -> DMatrix<f64> {
    let n: usize = before.iter().map(|s| s.nrows()).sum();
    let repeated = |m: &DMatrix<f64>| DMatrix::from_fn(m.nrows(), n, |i, _| m[(i, 0)]);
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let states: Vec<_> = before.iter().map(|s| tape.leaf(&repeated(s))).collect();
    let run = Unroll::new(cell, bound.all()).initial(&states).run(tape.constant(&repeated(x)), n);
    // Entry i of the new joint state, in column i.
    let mut first = 0;
    let seeds: Vec<_> = before
        .iter()
        .map(|s| {
            let start = first;
            first += s.nrows();
            DMatrix::from_fn(s.nrows(), n, |i, j| f64::from(u8::from(start + i == j)))
        })
        .collect();
    let roots: Vec<_> = run.last.iter().copied().zip(&seeds).collect();
    let mut gradients = Gradients::new();
    tape.vjp(&roots, &mut gradients);
    // Column i of the gradients is row i of the Jacobian.
    let mut jacobian = DMatrix::zeros(n, n);
    let mut row = 0;
    for state in states {
        let block = gradients.of(state);
        jacobian.columns_mut(row, block.nrows()).copy_from(&block.transpose());
        row += block.nrows();
    }
    jacobian
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Describe;
    use models::cells::Rnn;

    #[test]
    fn the_tape_agrees_with_the_product_of_jacobians_for_every_cell() {
        let registry = Registry::builtin();
        let error = |name| audit(&registry, name, 1).expect("built in");
        let errors: Vec<f64> = registry.names().map(error).collect();
        assert!(errors.iter().all(|e| *e < 1e-10), "{errors:?}");
        assert!(errors.iter().any(|e| *e > 0.0), "exact agreement everywhere is no comparison");
    }

    #[test]
    fn the_jacobian_of_the_rnn_is_the_textbooks() {
        // J = diag(1 − h²) W_h.
        let cell = Rnn::new(Dims { input: 2, hidden: 3, horizon: 1 });
        let mut params = Params::new();
        params.place("cell", cell.about().specs.clone(), 5);
        let value = |name: &str| params.get(name).expect("a parameter").value.clone();
        let (x, h) = (DMatrix::from_element(2, 1, 0.3), DMatrix::from_element(3, 1, -0.2));
        let new = (value("cell.w_x") * &x + value("cell.w_h") * &h).map(f64::tanh);
        let expected = DMatrix::from_diagonal(&new.map(|h| 1.0 - h * h).column(0).into_owned()) * value("cell.w_h");
        assert!((jacobian(&cell, &params, &x, &[h]) - expected).amax() < 1e-15);
    }
}
