use autograd::Scalar;
use nalgebra::DMatrix;

use super::memory::{Stretch, Update};
use super::{Engine, Memory, Outcome, Sequence, Swept};
use crate::Params;

/// All steps of all examples in one block, on one tape, in one sweep.
///
/// It can do so for every sequence.
#[derive(Debug, Default)]
pub struct Whole<T: Scalar>(Memory<T>);

impl<T: Scalar> Engine<T> for Whole<T> {
    fn sweep(&mut self, params: &Params<T>, sequence: &dyn Sequence<T>, carried: &[DMatrix<T>]) -> Outcome<T> {
        let extent = sequence.extent();
        let stretch = Stretch {
            blocks: std::slice::from_ref(&extent.steps),
            counts_from: extent.steps.start,
            states: extent.taken_over(carried),
            keep_at: extent.carries.then_some(extent.steps.end),
            later: None,
        };
        let found = self.0.sweep(Update { params, sequence }, &stretch);
        Ok(Swept::new(found.losses, found.kept))
    }

    fn memory(&mut self, part: usize) -> Option<&mut Memory<T>> {
        (part == 0).then_some(&mut self.0)
    }
}
