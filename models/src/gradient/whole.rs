use autograd::Scalar;
use nalgebra::DMatrix;

use super::memory::Stretch;
use super::{CannotSweep, Engine, Memory, Sequence, Swept};
use crate::Params;

/// All steps of all examples in one block, on one tape, in one sweep.
///
/// It can do so for every sequence.
#[derive(Debug)]
pub struct Whole<T: Scalar>(Memory<T>);

impl<T: Scalar> Default for Whole<T> {
    fn default() -> Self {
        Self(Memory::default())
    }
}

impl<T: Scalar> Engine<T> for Whole<T> {
    fn sweep(
        &mut self,
        params: &Params<T>,
        sequence: &dyn Sequence<T>,
        carried: &[DMatrix<T>],
    ) -> Result<Swept<T>, CannotSweep> {
        let steps = sequence.steps();
        let stretch = Stretch {
            counts_from: steps.start,
            states: if steps.start == 0 { &[] } else { carried },
            keep_at: sequence.carries().then_some(steps.end),
            later: None,
            blocks: &[steps],
        };
        let found = self.0.sweep(params, sequence, &stretch);
        Ok(Swept { loss: found.losses.into_iter().fold(T::zero(), |sum, loss| sum + loss), carried: found.kept })
    }

    fn memory(&mut self, part: usize) -> Option<&mut Memory<T>> {
        (part == 0).then_some(&mut self.0)
    }
}
