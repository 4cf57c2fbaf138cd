//! What the benches share: networks of the sizes that users run, ready to be stepped.
//!
//! `cargo bench -p benches` runs them all; a speed claim is a ratio from one run, never two numbers from two runs.

pub mod composed;
pub mod floor;

use autograd::Scalar;
use models::optim::{Adam, Optimizer};
use models::stacks::SequenceModel;
use models::{
    AnyCell, BlockEnd, CellScalar, Dims, Draws, Engine, ParamGrads, Params, Recorded, Registry, Sharded, Whole,
};
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

// The configs that are compared with other libraries, from a few microseconds to a second a step.

/// The smallest there is any sense in.
pub const HELLO: Sizes = Sizes { batch: 1, steps: 5, hidden: 10, input: 4 };
/// A small network.
pub const C0: Sizes = Sizes { batch: 32, steps: 100, hidden: 64, input: 2 };
/// A middling one.
pub const C1: Sizes = Sizes { batch: 64, steps: 200, hidden: 128, input: 2 };
/// A long sequence.
pub const C2: Sizes = Sizes { batch: 20, steps: 750, hidden: 128, input: 2 };
/// A wide network.
pub const C3: Sizes = Sizes { batch: 128, steps: 100, hidden: 512, input: 2 };

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
    engine: Sharded<T>,
    batch: usize,
    /// Input and target, whole.
    data: (DMatrix<T>, DMatrix<T>),
    /// Input and target of each shard, by its first example.
    parts: Vec<(usize, DMatrix<T>, DMatrix<T>)>,
}

impl<T: CellScalar> TrainingStep<T> {
    /// Of the registered cell `name`, in one shard.
    ///
    /// # Panics
    /// If no built-in cell has that name.
    pub fn new(name: &str, sizes: Sizes) -> Self {
        let dims = Dims { input: sizes.input, hidden: sizes.hidden, horizon: sizes.steps };
        Self::of(Registry::builtin().build(name, dims).expect("a built-in cell"), sizes, 1)
    }

    /// Of a cell of these sizes, in `shards` parts.
    pub fn of(cell: Box<dyn AnyCell>, sizes: Sizes, shards: usize) -> Self {
        let Sizes { batch, steps, input, .. } = sizes;
        let (model, params) = SequenceModel::new(cell, 1, 1);
        let (x, target) = (normal::<T>(input, steps * batch), normal::<T>(1, batch));
        let part = |k: usize| {
            let (start, end) = (k * batch / shards, (k + 1) * batch / shards);
            let n = end - start;
            let column = |j: usize| j / n.max(1) * batch + start + j % n.max(1);
            let part = DMatrix::from_fn(input, steps * n, |i, j| x[(i, column(j))]);
            (start, part, target.columns(start, n).into_owned())
        };
        let parts = (0..shards).map(part).collect();
        let (adam, engine) = (Adam::new(1e-3), Sharded::new(shards, || Box::new(Whole::default())));
        Self { model, params, adam, engine, batch, data: (x, target), parts }
    }

    /// Its parameters, its input (D × T·B) and its target (1 × B).
    pub fn case(&self) -> (&Params<T>, &DMatrix<T>, &DMatrix<T>) {
        (&self.params, &self.data.0, &self.data.1)
    }

    /// The same on tapes that remember where every value came from.
    #[must_use]
    pub fn traced(mut self) -> Self {
        (0..self.parts.len()).filter_map(|k| Some(self.engine.memory(k)?.trace(true))).for_each(drop);
        self
    }

    /// The same on tapes that pass on the smallest gradients, too.
    #[must_use]
    pub fn exact(mut self) -> Self {
        for k in 0..self.parts.len() {
            self.engine.memory(k).expect("a memory for every part").exact();
        }
        self
    }

    /// One update; returns the loss before it.
    pub fn run(&mut self) -> f64 {
        let loss = self.gradients();
        self.engine.gradients().clip(1.0, &self.params).expect("finite gradients");
        self.adam.step(&mut self.params, self.engine.gradients());
        loss
    }

    /// Forward and backward alone; returns the loss.
    pub fn gradients(&mut self) -> f64 {
        let (model, parts, batch) = (&self.model, &self.parts, self.batch);
        let sequence = Recorded::new(batch, 0..1, |block| {
            let (first, n) = (block.examples.start, block.batch());
            let (_, x, target) = parts.iter().find(|(start, ..)| *start == first).expect("a part for every shard");
            let run = model.unroll(block.bound).run(block.tape.constant(x), n);
            let last = run.last[model.cell().about().output];
            let mean = model.read(block.bound, last).mean_squared_error(block.tape.constant(target));
            BlockEnd::loss(block.share(mean, n, batch))
        });
        self.engine.sweep(&self.params, &sequence, &[]).expect("it can").loss.re()
    }

    /// The gradients found last, in the order of the parameters.
    pub fn found(&mut self) -> &ParamGrads<T> {
        self.engine.gradients()
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
