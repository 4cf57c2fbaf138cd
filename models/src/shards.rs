//! `Shards`: a batch cut into parts, each with a tape of its own, so that threads can share the work of one update.
//!
//! The number of shards is part of an experiment, for a product over fewer columns is rounded otherwise. The number of
//! threads is not: the shards' gradients are added in their order, so the bits do not depend on who computed them.

use std::ops::Range;

use autograd::{Gradients, Scalar, Tape, Var};
use rayon::prelude::*;

use crate::{Bound, ParamGrads, Params};

/// A part of a batch, to be recorded.
#[derive(Debug)]
pub struct Shard<'a, 't, T: Scalar> {
    /// Where to.
    pub tape: &'t Tape<T>,
    /// The parameters.
    pub bound: &'a Bound<'t, T>,
    /// Which examples of the batch.
    pub examples: Range<usize>,
}

/// One shard's memory, kept from update to update.
#[derive(Debug)]
struct Worker<T: Scalar> {
    tape: Tape<T>,
    sweep: Gradients<T>,
    grads: ParamGrads<T>,
    loss: T,
}

/// Computes gradients in a fixed number of shards, on as many threads as there are; see the module documentation.
///
/// ```
/// use models::{Describe, Dims, Params, Shards, Unroll, cells::Rnn};
/// use nalgebra::DMatrix;
///
/// let cell = Rnn::new(Dims { input: 1, hidden: 4, horizon: 10 });
/// let mut params = Params::<f64>::new();
/// let group = params.add("layers.0.fwd", &cell.about().specs, 1);
/// let x = |t: usize, example: usize| (t * example) as f64 * 0.1;
///
/// let mut shards = Shards::new(2);
/// let loss = shards.gradients(&params, 6, |shard| {
///     let batch = shard.examples.len();
///     let columns = DMatrix::from_fn(1, 5 * batch, |_, j| x(j / batch, shard.examples.start + j % batch));
///     let run = Unroll::new(&cell, shard.bound.of(group)).run(shard.tape.constant(&columns), batch);
///     run.last[0].sum() // its share of the loss
/// });
/// assert!(loss.is_finite() && shards.sum().norm() > 0.0);
/// ```
#[derive(Debug)]
pub struct Shards<T: Scalar>(Vec<Worker<T>>);

impl<T: Scalar> Shards<T> {
    /// So many parts.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn new(shards: usize) -> Self {
        assert!(shards > 0, "shards: a batch has at least one part");
        let worker = || Worker {
            tape: Tape::new(),
            sweep: Gradients::new(),
            grads: ParamGrads::zeros(&Params::new()),
            loss: T::zero(),
        };
        Self((0..shards).map(|_| worker()).collect())
    }

    /// The same on [traced](Tape::traced) tapes.
    pub fn traced(mut self) -> Self {
        self.0.iter_mut().for_each(|worker| worker.tape = Tape::traced());
        self
    }

    /// Cuts `batch` examples into contiguous parts, as equal as can be, lets `record` record the loss of each, and
    /// returns the sum of the losses. The gradients are in [`sum`](Self::sum).
    ///
    /// A mean over the batch is a mean over the shard times its share of the batch.
    ///
    /// # Panics
    /// If a loss is not 1×1.
    pub fn gradients<F>(&mut self, params: &Params<T>, batch: usize, record: F) -> T
    where
        F: for<'t> Fn(Shard<'_, 't, T>) -> Var<'t, T> + Sync,
    {
        let count = self.0.len();
        let run = |(k, worker): (usize, &mut Worker<T>)| {
            let examples = k * batch / count..(k + 1) * batch / count;
            worker.run(params, examples, &record);
        };
        if count == 1 {
            self.0.iter_mut().enumerate().for_each(run);
        } else {
            self.0.par_iter_mut().enumerate().for_each(run);
        }
        let (first, others) = self.0.split_first_mut().expect("at least one part");
        for other in others {
            first.grads.add(&other.grads);
            first.loss += other.loss;
        }
        first.loss
    }

    /// The gradients of the last update, summed over the shards in their order.
    pub fn sum(&self) -> &ParamGrads<T> {
        &self.0[0].grads
    }

    /// The same, to clip.
    pub fn sum_mut(&mut self) -> &mut ParamGrads<T> {
        &mut self.0[0].grads
    }
}

impl<T: Scalar> Worker<T> {
    fn run<F>(&mut self, params: &Params<T>, examples: Range<usize>, record: &F)
    where
        F: for<'t> Fn(Shard<'_, 't, T>) -> Var<'t, T>,
    {
        let bound = params.bind(&self.tape);
        let loss = record(Shard { tape: &self.tape, bound: &bound, examples });
        self.tape.backward_into(loss, &mut self.sweep);
        self.loss = loss.item();
        if self.grads.iter().len() != params.iter().len() {
            self.grads = ParamGrads::zeros(params);
        }
        self.grads.read(&bound, &self.sweep);
        drop(bound);
        self.tape.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stacks::SequenceModel;
    use crate::{Dims, Registry};
    use nalgebra::DMatrix;

    /// Loss and gradients of an LSTM on 7 examples.
    fn step(shards: usize, threads: usize) -> (f64, ParamGrads<f64>) {
        let cell = Registry::builtin().build("lstm", Dims { input: 2, hidden: 4, horizon: 9 }).expect("built in");
        let (model, params) = SequenceModel::new::<f64>(cell, 3, 1);
        let (steps, batch) = (20, 7);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let mut shards = Shards::new(shards);
        let mut loss = 0.0;
        for _ in 0..2 {
            loss = pool.install(|| {
                shards.gradients(&params, batch, |shard| {
                    let (first, n) = (shard.examples.start, shard.examples.len());
                    let x =
                        DMatrix::from_fn(2, steps * n, |i, j| ((i + 2 * (first + j % n) + 5 * (j / n)) as f64).sin());
                    let run = model.unroll(shard.bound).run(shard.tape.constant(&x), n);
                    let labels: Vec<_> = shard.examples.clone().map(|example| example % 3).collect();
                    let mean = model.read(shard.bound, run.last[0]).softmax_cross_entropy(&labels);
                    mean.scale(n as f64 / batch as f64)
                })
            });
        }
        (loss, shards.sum().clone())
    }

    #[test]
    fn shards_sum_to_the_batch_and_threads_do_not_matter() {
        let (loss, whole) = step(1, 1);
        for shards in [2, 3, 7] {
            let (sum, grads) = step(shards, 1);
            assert!((sum - loss).abs() < 1e-14);
            for (grad, whole) in grads.iter().zip(whole.iter()) {
                assert!((grad - whole).iter().all(|d| d.abs() < 1e-14), "{shards} shards");
            }
            assert_eq!(step(shards, 2), (sum, grads), "{shards} shards on two threads");
        }
    }
}
