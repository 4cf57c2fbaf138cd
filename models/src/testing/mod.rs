//! What every cell passes, without its author's doing: [`conform`]; and the scalar oracle that its author writes from
//! the paper: [`agrees_with_oracle`].

mod conform;
mod one_step;
mod oracle;

pub use conform::{Check, checks, conform};
pub use one_step::one_step;
pub use oracle::{Entries, Oracle, agrees_with_oracle, dot, sigmoid};

use autograd::testing::matrix_of;
use autograd::testing::proptest::prelude::*;
use nalgebra::DMatrix;

use crate::AnyCell;

/// x, initial states and parameters of `cell`, entries within ±`size`.
fn inputs(cell: &dyn AnyCell, steps: usize, batch: usize, size: f64) -> Vec<BoxedStrategy<DMatrix<f64>>> {
    let about = cell.about();
    let entry = move || -size..size;
    let mut inputs = vec![matrix_of(entry(), about.input, steps * batch)];
    inputs.extend(about.states.iter().map(|part| matrix_of(entry(), part.width, batch)));
    inputs.extend(about.specs.iter().map(|spec| matrix_of(entry(), spec.shape.0, spec.shape.1)));
    inputs
}

/// The built-in cell called `name` as the suite and all other tests of derivatives take it. What cuts its gradient on purpose
/// is no derivative, and is taken whole; its own tests hold the cut against the paper's rule.
#[cfg(test)]
pub(crate) fn certified(name: &str) -> &str {
    match name {
        "lstm1997" => "lstm1997:truncated=false",
        name => name,
    }
}
