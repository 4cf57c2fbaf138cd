//! One recurrent layer and a linear readout:  y_t = W_y h_t + b_y.
//!
//! The studies of gradients look into its one cell, which [`SequenceModel::unroll`] hands out whole: to cut a state, to
//! record. A [`Recurrent`](super::Recurrent) stack is for everything else; of one plain layer it records the same.

use std::sync::Arc;

use autograd::{Dual, Real, Scalar, Var};
use nalgebra::DMatrix;

use crate::layers::Linear;
use crate::{AnyCell, Block, BlockEnd, Bound, CellScalar, OmegaRun, Params, Placed, Stream, Unroll};

/// A cell over time, its output part read by one [`Linear`] layer. Parameters are named `layers.0.fwd.…` and
/// `readout.…`.
#[derive(Debug)]
pub struct SequenceModel {
    cell: Placed<Arc<dyn AnyCell>>,
    readout: Placed<Linear>,
}

impl SequenceModel {
    /// With `outputs` rows of output, its parameters drawn from `seed`.
    pub fn new<T: Scalar>(cell: Box<dyn AnyCell>, outputs: usize, seed: u64) -> (Self, Params<T>) {
        let readout = Linear::new(cell.about().output_width(), outputs);
        let mut params = Params::new();
        let cell = params.place("layers.0.fwd", Arc::from(cell), seed);
        (Self { cell, readout: params.place("readout", readout, seed) }, params)
    }

    /// Its cell.
    pub fn cell(&self) -> &dyn AnyCell {
        &**self.cell
    }

    /// Its cell, ready to run over a sequence.
    pub fn unroll<'a, 't, T: CellScalar>(&'a self, bound: &'a Bound<'t, T>) -> Unroll<'a, 't, T> {
        self.cell.unroll(bound)
    }

    /// Runs over a block of a sequence, whose input is `x` and whose examples have these lengths in all, with α Ω as a term of
    /// the loss if α is above 0: the outputs, and the end of the block but for its loss.
    ///
    /// # Panics
    /// As [`Unroll::run`].
    #[track_caller]
    pub fn run<'t, T: Real + CellScalar>(
        &self,
        block: &Block<'_, 't, T>,
        x: Var<'t, T>,
        lengths: &[usize],
        alpha: f64,
    ) -> (Var<'t, T>, BlockEnd<'t, T>)
    where
        Dual<T>: CellScalar,
    {
        if alpha > 0.0 && block.loss_wanted {
            return OmegaRun::over(&self.cell, block, x, lengths, alpha);
        }
        let unroll = self.unroll(block.bound).over(block);
        let padded = lengths.iter().any(|length| *length < block.steps.end);
        let run = if padded { unroll.lengths(lengths) } else { unroll }.run(x, block.batch());
        (run.outputs, BlockEnd::new(run.last, None))
    }

    /// Reads `batch` sequences as they come, from zero states, and gives y_t.
    #[track_caller]
    pub fn stream<'a, T: CellScalar>(&'a self, params: &'a Params<T>, batch: usize) -> Stream<'a, T> {
        let initial = self.cell.about().states.iter().map(|part| DMatrix::zeros(part.width, batch)).collect();
        Stream::new(params, initial, batch, move |block, x| {
            let run = self.unroll(block.bound).initial(block.states).segment(block.steps.start).run(x, batch);
            (self.read(block.bound, run.outputs), run.last)
        })
    }

    /// W_y h + b_y for every column of h.
    #[track_caller]
    pub fn read<'t, T: Scalar>(&self, bound: &Bound<'t, T>, h: Var<'t, T>) -> Var<'t, T> {
        self.readout.apply(bound, h)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{Adam, Optimizer};
    use crate::{Dims, ParamGrads, Registry};
    use autograd::{Gradients, Tape};
    use nalgebra::DMatrix;

    /// Which of two letters came first, three steps ago: every cell must learn it.
    #[test]
    fn every_builtin_cell_learns_a_short_memory() {
        let registry = Registry::builtin();
        for name in registry.names() {
            let cell = registry.build(name, Dims { input: 2, hidden: 8, horizon: 4 }).expect("a builtin name");
            let (model, mut params) = SequenceModel::new::<f32>(cell, 2, 1);
            let (mut adam, mut grads) = (Adam::new(0.03), ParamGrads::zeros(&params));
            let x = DMatrix::from_fn(2, 4 * 4, |i, j| f32::from(u8::from(i == (j >> (j / 4)) % 2)));
            let labels = [0, 1, 0, 1];
            let (mut tape, mut gradients) = (Tape::new(), Gradients::new());
            let mut loss = f32::NAN;
            for _ in 0..200 {
                let bound = params.bind(&tape);
                let run = model.unroll(&bound).run(tape.constant(&x), 4);
                let cost = model.read(&bound, run.last[model.cell().about().output]).softmax_cross_entropy(&labels);
                tape.backward_into(cost, &mut gradients);
                loss = cost.item();
                grads.read(&bound, &gradients);
                grads.clip(1.0, &params).expect("finite");
                adam.step(&mut params, &grads);
                drop(bound);
                tape.reset();
            }
            assert!(loss < 0.05, "{name}: loss {loss}");
        }
    }
}
