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
        let lanes: Vec<_> =
            run.lanes.iter().zip(self.cells()).map(|(lane, about)| lane.last[about.output().0]).collect();
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
    use crate::stacks::RecurrentConfig;
    use crate::{Params, Registry};
    use autograd::Tape;
    use nalgebra::dmatrix;

    #[test]
    fn each_example_is_read_over_its_own_steps() {
        let config = RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("gru", 1) };
        let mut params = Params::<f64>::new();
        let stack = params.place("", config.build(&Registry::builtin(), 1, 3).expect("valid"), 1);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        // 3 steps of 3 examples; example 1 has one step, example 2 none.
        let run = stack.unroll(&bound).lengths(&[3, 1, 0]).run(tape.leaf(&DMatrix::from_element(1, 9, 0.7)), 3);
        let (y, last) = (run.outputs.value(), stack.last_output(&run).value());
        assert_eq!(last, dmatrix![y[(0, 6)], y[(0, 1)], 0.0; y[(1, 0)], y[(1, 1)], 0.0]);
        let y = tape.leaf(&dmatrix![1.0, 2.0, 0.0, 3.0, 0.0, 0.0, 8.0, 0.0, 0.0]);
        assert!((mean(y, &[3, 1, 0], 0).value() - dmatrix![4.0, 2.0, 0.0]).amax() < 1e-15);
    }
}
