use autograd::{Scalar, Var};

use crate::gates::Gates;
use crate::{Cell, Series, Step, Weights};

/// One step of `cell` by itself, the first of a sequence: its new states and, if somebody looks, the gates it names.
///
/// # Panics
/// If the cell does not give every state part once, in its width.
#[track_caller]
pub fn one_step<'t, T: Scalar>(
    cell: &dyn Cell<T>,
    p: Weights<'_, 't, T>,
    x: Var<'t, T>,
    states: &[Var<'t, T>],
    seen: bool,
) -> (Vec<Var<'t, T>>, Vec<Series<'t, T>>) {
    let (mut read, mut next) = (states.to_vec(), states.to_vec());
    let mut gates = Gates::new(seen.then_some(0..1), Vec::new(), x.tape());
    Step::take(cell, p, (x, 0), &mut read, &mut next, &mut gates);
    (next, gates.into_seen(cell.about().name))
}
