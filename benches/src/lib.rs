//! What the benches share: networks of the sizes that users run, ready to be stepped.
//!
//! `cargo bench -p benches` runs them all; a speed claim is a ratio from one run, never two numbers from two runs.

use autograd::{Gradients, Scalar, Tape};
use models::optim::{Adam, Optimizer};
use models::stacks::SequenceModel;
use models::{CellScalar, Dims, Draws, ParamGrads, Params, Registry};
use nalgebra::DMatrix;

/// The sizes of one training step.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// B, examples.
    pub batch: usize,
    /// T, time steps.
    pub steps: usize,
    /// H, hidden units.
    pub hidden: usize,
    /// D, input rows.
    pub input: usize,
}

/// The size of the study's France task at distance 99.
pub const FRANCE: Sizes = Sizes { batch: 32, steps: 100, hidden: 32, input: 25 };

/// A matrix of standard normal numbers.
pub fn normal<T: Scalar>(rows: usize, columns: usize) -> DMatrix<T> {
    let mut draws = Draws::at(1, "bench", &[rows as u64, columns as u64]);
    DMatrix::from_fn(rows, columns, |_, _| T::from_f64(draws.normal()))
}

/// A model in training: forward, mean squared error of the last output, full backward, global norm clipped to 1, Adam.
#[derive(Debug)]
pub struct TrainingStep<T: CellScalar> {
    model: SequenceModel,
    params: Params<T>,
    adam: Adam<T>,
    grads: ParamGrads<T>,
    gradients: Gradients<T>,
    tape: Tape<T>,
    x: DMatrix<T>,
    target: DMatrix<T>,
    batch: usize,
}

impl<T: CellScalar> TrainingStep<T> {
    /// Of the registered cell `name`.
    ///
    /// # Panics
    /// If no built-in cell has that name.
    pub fn new(name: &str, sizes: Sizes) -> Self {
        let Sizes { batch, steps, hidden, input } = sizes;
        let cell = Registry::builtin().build(name, Dims { input, hidden, horizon: steps }).expect("a built-in cell");
        let (model, params) = SequenceModel::new(cell, 1, 1);
        Self {
            model,
            adam: Adam::new(1e-3),
            grads: ParamGrads::zeros(&params),
            params,
            gradients: Gradients::new(),
            tape: Tape::new(),
            x: normal(input, steps * batch),
            target: normal(1, batch),
            batch,
        }
    }

    /// The same on a tape that remembers where every value came from.
    pub fn traced(self) -> Self {
        Self { tape: Tape::traced(), ..self }
    }

    /// One update; returns the loss before it.
    pub fn run(&mut self) -> f64 {
        let bound = self.params.bind(&self.tape);
        let run = self.model.unroll(&bound).run(self.tape.constant(&self.x), self.batch);
        let last = run.last[self.model.cell().about().output];
        let loss = self.model.read(&bound, last).mean_squared_error(self.tape.constant(&self.target));
        self.tape.backward_into(loss, &mut self.gradients);
        let value = loss.item().re();
        self.grads.read(&bound, &self.gradients);
        self.grads.clip(1.0, &self.params).expect("finite gradients");
        self.adam.step(&mut self.params, &self.grads);
        self.tape.reset();
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benched_step_is_a_step_that_trains() {
        let mut step = TrainingStep::<f64>::new("lstm", Sizes { batch: 4, steps: 5, hidden: 6, input: 3 });
        let first = step.run();
        let last = (0..300).map(|_| step.run()).last().expect("some steps");
        assert!(last < 0.5 * first, "{first} → {last}");
    }
}
