//! How a sequence of outputs becomes one column for each example.

use autograd::{Scalar, Var};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{Recurrent, UnrolledStack};
use crate::CellScalar;

/// What stands for a whole sequence; in a config, its name in small letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Read {
    /// The output at each example's last step; of a reverse direction, at the first, which it reaches last.
    #[default]
    Last,
    /// The mean of the outputs over each example's own steps.
    Mean,
    /// The output of every step, for itself.
    Every,
}

impl Read {
    /// Of `outputs`, H × (T·B), H × B; 0 for an example without steps. If `bidirectional`, the lower half of the rows is the
    /// reverse direction's.
    #[track_caller]
    pub(super) fn apply<'t, T: Scalar>(
        self,
        outputs: Var<'t, T>,
        lengths: &[usize],
        bidirectional: bool,
    ) -> Var<'t, T> {
        let (batch, (rows, columns)) = (lengths.len(), outputs.shape());
        assert!(columns > 0, "read: no example of the batch has a step");
        match self {
            Self::Every => outputs,
            // Without steps an example's outputs are 0 everywhere, so any step does.
            Self::Last => {
                let last: Vec<_> = lengths.iter().enumerate().map(|(e, n)| n.saturating_sub(1) * batch + e).collect();
                if !bidirectional {
                    return outputs.gather_columns(&last);
                }
                let forward = outputs.slice_rows(0..rows / 2).gather_columns(&last);
                let reverse = outputs.slice_rows(rows / 2..rows).columns(0, batch);
                outputs.tape().concat_rows(&[forward, reverse])
            }
            Self::Mean => mean(outputs, lengths, 0),
        }
    }
}

/// The mean over each example's own steps, H × B, or what `outputs`, H × (T·B), from step `first` on adds to it.
#[track_caller]
pub(crate) fn mean<'t, T: Scalar>(outputs: Var<'t, T>, lengths: &[usize], first: usize) -> Var<'t, T> {
    // Ȳ = Y M with M (T·B × B): 1/length where a column is a step of the example.
    let batch = lengths.len();
    let share = |k: usize, e: usize| match k % batch == e && first + k / batch < lengths[e] {
        true => T::from_f64(1.0 / lengths[e] as f64),
        false => T::zero(),
    };
    outputs.matmul(outputs.tape().constant(&DMatrix::from_fn(outputs.shape().1, batch, share)))
}

impl Recurrent {
    /// The output after each example's last step, of a reverse direction at its first, which it reaches last: H × B. Without
    /// steps it is what the example began with. A run over a part of a sequence gives it as soon as it is known.
    #[track_caller]
    pub fn last_output<'t, T: CellScalar>(&self, run: &UnrolledStack<'t, T>) -> Var<'t, T> {
        let lanes: Vec<_> = run.lanes.iter().zip(self.cells()).map(|(lane, about)| lane.last[about.output]).collect();
        let config = self.config();
        let layers = lanes.chunks(if config.bidirectional { 2 } else { 1 }).map(|layer| match layer {
            [only] => *only,
            both => both[0].tape().concat_rows(both),
        });
        layers.reduce(|below, own| if config.residual { own + below } else { own }).expect("a layer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::Tape;
    use nalgebra::dmatrix;

    #[test]
    fn each_example_is_read_over_its_own_steps() {
        let tape = Tape::<f64>::new();
        // 3 steps of 3 examples; example 1 has one step, example 2 none. The second row runs in reverse.
        let y = tape.leaf(&dmatrix![
            1.0, 2.0, 0.0, 3.0, 0.0, 0.0, 8.0, 0.0, 0.0;
            5.0, 6.0, 0.0, 7.0, 0.0, 0.0, 9.0, 0.0, 0.0]);
        let read = |read: Read, bidirectional| read.apply(y, &[3, 1, 0], bidirectional).value();
        assert_eq!(read(Read::Last, false), dmatrix![8.0, 2.0, 0.0; 9.0, 6.0, 0.0]);
        assert_eq!(read(Read::Last, true), dmatrix![8.0, 2.0, 0.0; 5.0, 6.0, 0.0]);
        assert!((read(Read::Mean, true) - dmatrix![4.0, 2.0, 0.0; 7.0, 6.0, 0.0]).amax() < 1e-15);
    }

    #[test]
    #[should_panic(expected = "read: no example of the batch has a step")]
    fn a_batch_without_any_step_is_refused() {
        Read::Last.apply(Tape::<f64>::new().zeros(2, 0), &[0, 0], false);
    }
}
