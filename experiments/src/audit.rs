//! The audit: what the tape says of a gradient through time against the product of explicit Jacobians, of each cell.

use models::{CellScalar, Dims, NamedError, Params, Recurrence, Registry, Unroll};
use serde::Serialize;

use crate::Stop;

/// How far the tape's gradient of a cell's joint state is from the product of explicit Jacobians.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Audit {
    /// The cell's name.
    pub(crate) cell: String,
    /// See [`audit`].
    pub(crate) relative_error: f64,
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
pub(crate) fn audit(registry: &Registry, name: &str, seed: u64) -> Result<f64, NamedError> {
    let cell = registry.build(name, Dims { input: 3, hidden: 4, horizon: 8 })?;
    let (about, mut params) = (cell.about(), Params::<f64>::new());
    params.place("cell", about.specs.clone(), seed);
    let widths = about.states.iter().map(|part| part.width).collect();
    let recurrence = Recurrence { params: &params, input: about.input, widths };
    Ok(recurrence.audit(8, false, 1, seed, |block, x| {
        Unroll::new(f64::cell(&*cell), block.bound.all()).over(&block).run(x, block.batch()).last
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tape_agrees_with_the_product_of_jacobians_for_every_cell() {
        let registry = Registry::builtin();
        let error = |name| audit(&registry, name, 1).expect("built in");
        let errors: Vec<f64> = registry.names().map(error).collect();
        assert!(errors.iter().all(|e| *e < 1e-10), "{errors:?}");
        assert!(errors.iter().any(|e| *e > 0.0), "exact agreement everywhere is no comparison");
    }
}
