use std::ops::Range;

use autograd::Scalar;
use nalgebra::DMatrix;
use rayon::prelude::*;

use super::{Block, BlockEnd, CannotSweep, Engine, Extent, Memory, Outcome, Sequence};
use crate::Params;

/// A batch cut into parts, each swept by an engine of its own, so that threads can share the work of one update.
///
/// The number of parts belongs to an experiment, for a product over fewer columns is rounded otherwise. The number of
/// threads does not: the parts' gradients are added in their order, so the bits do not depend on who computed them.
///
/// ```
/// use models::stacks::SequenceModel;
/// use models::{BlockEnd, Dims, Engine, Recorded, Registry, Sharded, Whole};
/// use nalgebra::DMatrix;
///
/// let cell = Registry::builtin().build("rnn", Dims { input: 1, hidden: 4, horizon: 10 }).unwrap();
/// let (model, params) = SequenceModel::new::<f64>(cell, 1, 1);
/// let sequence = Recorded::new(6, 0..5, |block| {
///     let x: Vec<_> = block.places().map(|(t, e)| (t * e) as f64 * 0.1).collect();
///     let x = block.tape.constant(&DMatrix::from_row_slice(1, x.len(), &x));
///     let run = model.unroll(block.bound).over(&block).run(x, block.batch());
///     BlockEnd::new(run.last.clone(), Some(run.last[0].sum())) // its share of the loss
/// });
/// let mut engine = Sharded::new(2, || Box::new(Whole::default()));
/// assert!(engine.sweep(&params, &sequence, &[]).unwrap().loss.is_finite() && engine.gradients().norm() > 0.0);
/// ```
#[derive(Debug)]
pub struct Sharded<T: Scalar>(Vec<Box<dyn Engine<T>>>);

impl<T: Scalar> Sharded<T> {
    /// `parts` parts, as equal as can be, each swept by what `engine` makes. A batch of fewer examples has fewer parts.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn new(parts: usize, engine: impl Fn() -> Box<dyn Engine<T>>) -> Self {
        assert!(parts > 0, "sharded: a batch has at least one part");
        Self((0..parts).map(|_| engine()).collect())
    }
}

/// Some examples of a sequence, counted from 0.
struct Part<'a, T: Scalar>(&'a dyn Sequence<T>, Range<usize>);

impl<T: Scalar> Sequence<T> for Part<'_, T> {
    fn extent(&self) -> Extent {
        Extent { examples: self.1.len(), ..self.0.extent() }
    }

    fn record<'t>(&self, block: Block<'_, 't, T>) -> BlockEnd<'t, T> {
        let examples = block.examples.start + self.1.start..block.examples.end + self.1.start;
        self.0.record(Block { examples, ..block })
    }
}

impl<T: Scalar> Engine<T> for Sharded<T> {
    fn sweep(&mut self, params: &Params<T>, sequence: &dyn Sequence<T>, carried: &[DMatrix<T>]) -> Outcome<T> {
        let batch = sequence.extent().examples;
        let count = self.0.len().min(batch.max(1));
        if count == 1 {
            return self.0[0].sweep(params, sequence, carried);
        }
        let part = |(k, engine): (usize, &mut Box<dyn Engine<T>>)| {
            let examples = k * batch / count..(k + 1) * batch / count;
            let own: Vec<_> = carried.iter().map(|s| s.columns_range(examples.clone()).into_owned()).collect();
            engine.sweep(params, &Part(sequence, examples), &own)
        };
        let parts = &mut self.0[..count];
        let found: Result<Vec<_>, _> = parts.par_iter_mut().enumerate().map(part).collect();
        let (first, others) = parts.split_first_mut().expect("at least one part");
        let mut found = found.map_err(|why| CannotSweep::Part(count, Box::new(why)))?.into_iter();
        let mut sum = found.next().expect("at least one part");
        for (part, engine) in found.zip(others) {
            first.gradients().add(engine.gradients());
            sum.loss += part.loss;
            for (all, own) in sum.carried.iter_mut().zip(&part.carried) {
                let columns: Vec<_> = all.column_iter().chain(own.column_iter()).collect();
                *all = DMatrix::from_columns(&columns);
            }
        }
        Ok(sum)
    }

    fn memory(&mut self, part: usize) -> Option<&mut Memory<T>> {
        self.0.get_mut(part)?.memory(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient::{Checkpointed, ParamGrads, Recorded, Schedule, Truncated, Whole};
    use crate::stacks::SequenceModel;
    use crate::{Dims, Registry};

    /// Loss and gradients of an LSTM on 7 examples, the second time that an engine sweeps them.
    fn step(mut engine: Sharded<f64>, threads: usize) -> (f64, ParamGrads<f64>) {
        let cell = Registry::builtin().build("lstm", Dims { input: 2, hidden: 4, horizon: 9 }).expect("built in");
        let (model, params) = SequenceModel::new::<f64>(cell, 3, 1);
        let (steps, batch) = (20, 7);
        let sequence = Recorded::new(batch, 0..steps, |block| {
            let (first, n, start) = (block.examples.start, block.batch(), block.steps.start);
            let x = |i: usize, j: usize| ((i + 2 * (first + j % n) + 5 * (start + j / n)) as f64).sin();
            let x = block.tape.constant(&DMatrix::from_fn(2, block.steps.len() * n, x));
            let run = model.unroll(block.bound).over(&block).run(x, n);
            let loss = (block.steps.end == steps).then(|| {
                let labels: Vec<_> = block.examples.clone().map(|example| example % 3).collect();
                block.share(model.read(block.bound, run.last[0]).softmax_cross_entropy(&labels), n, batch)
            });
            BlockEnd::new(run.last, loss)
        });
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        engine.sweep(&params, &sequence, &[]).expect("it can");
        let swept = pool.install(|| engine.sweep(&params, &sequence, &[])).expect("it can");
        (swept.loss, engine.gradients().clone())
    }

    #[test]
    fn shards_sum_to_the_batch_and_threads_do_not_matter() {
        type Make = fn() -> Box<dyn Engine<f64>>;
        let engines: [Make; 3] = [
            || Box::new(Whole::default()),
            || Box::new(Checkpointed::new(Schedule::Sqrt)),
            || Box::new(Truncated::new(20, 20)),
        ];
        let (loss, whole) = step(Sharded::new(1, engines[0]), 1);
        for (engine, shards) in engines.into_iter().flat_map(|engine| [1, 2, 3, 7, 9].map(|n| (engine, n))) {
            let (sum, grads) = step(Sharded::new(shards, engine), 1);
            assert!((sum - loss).abs() < 1e-14);
            for (grad, whole) in grads.iter().zip(whole.iter()) {
                assert!((grad - whole).iter().all(|d| d.abs() < 1e-14), "{shards} shards");
            }
            assert!(shards > 1 || grads == whole, "one part is the whole");
            assert_eq!(step(Sharded::new(shards, engine), 2), (sum, grads), "{shards} shards on two threads");
        }
    }
}
