//! `Sequence`: the loss of one update, which an engine records in the blocks that it likes.

use std::fmt;
use std::ops::Range;

use autograd::Scalar;

use super::{Block, BlockEnd, CannotSweep};

/// What an engine has to know of a sequence.
#[derive(Clone, Debug)]
pub struct Extent {
    /// B, the number of examples.
    pub examples: usize,
    /// The steps whose losses count. Where they begin at 0, nothing is taken over from the update before.
    pub steps: Range<usize>,
    /// Why it cannot be cut in time, if it cannot, such as "a bidirectional network reads from both ends".
    pub in_one_piece: Option<&'static str>,
    /// Whether the next update goes on from the states where this one ends. An engine that looks back then asks for steps
    /// before this update's, too; their losses do not count again.
    pub carries: bool,
}

impl Extent {
    /// Of `examples` examples over these steps, which may be cut and carries nothing.
    pub fn new(examples: usize, steps: Range<usize>) -> Self {
        Self { examples, steps, in_one_piece: None, carries: false }
    }

    /// The same, if it can be cut in time.
    pub(super) fn cut_in_time(self) -> Result<Self, CannotSweep> {
        self.in_one_piece.map_or(Ok(self), |why| Err(CannotSweep::InOnePiece(why)))
    }

    /// The states before the first step, of those that the update before has `carried`.
    pub(super) fn taken_over<'a, S>(&self, carried: &'a [S]) -> &'a [S] {
        if self.steps.start == 0 { &[] } else { carried }
    }
}

/// The loss of one update: a batch of examples over some steps.
///
/// The loss of the update is the sum of the losses of its blocks, however it is cut. A mean over a block is therefore
/// [weighted](Block::share) by how much of the update it is.
pub trait Sequence<T: Scalar>: Sync {
    /// Its examples and steps, and how it may be cut.
    fn extent(&self) -> Extent;

    /// Records a block. The same block may be asked for several times, and is the same each time: randomness is drawn by
    /// [address](crate::Draws::at), not by order.
    fn record<'t>(&self, block: Block<'_, 't, T>) -> BlockEnd<'t, T>;
}

/// A [`Sequence`] whose blocks a function records.
///
/// ```
/// use models::stacks::SequenceModel;
/// use models::{BlockEnd, Dims, Engine, Recorded, Registry, Whole};
/// use nalgebra::DMatrix;
///
/// let cell = Registry::builtin().build("gru", Dims { input: 1, hidden: 4, horizon: 100 }).unwrap();
/// let (model, params) = SequenceModel::new::<f64>(cell, 2, 1);
/// let (steps, batch) = (100, 3);
/// // The class after the last step; step t of example e is (e + 1) t.
/// let sequence = Recorded::new(batch, 0..steps, |block| {
///     let x: Vec<_> = block.places().map(|(t, e)| (t * (e + 1)) as f64 / 100.0).collect();
///     let x = block.tape.constant(&DMatrix::from_row_slice(1, x.len(), &x));
///     let run = model.unroll(block.bound).over(&block).run(x, block.batch());
///     let loss = (block.steps.end == steps).then(|| {
///         let labels: Vec<_> = block.examples.clone().map(|e| e % 2).collect();
///         let mean = model.read(block.bound, run.last[0]).softmax_cross_entropy(&labels);
///         block.share(mean, block.batch(), batch)
///     });
///     BlockEnd::new(run.last, loss)
/// });
/// assert!(Whole::default().sweep(&params, &sequence, &[]).unwrap().loss > 0.0);
/// ```
pub struct Recorded<F> {
    extent: Extent,
    record: F,
}

impl<F> Recorded<F> {
    /// `examples` examples over these steps; `record` is [`Sequence::record`].
    pub fn new<T: Scalar>(examples: usize, steps: Range<usize>, record: F) -> Self
    where
        F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T> + Sync,
    {
        Self { extent: Extent::new(examples, steps), record }
    }

    /// The same, which [cannot be cut in time](Extent::in_one_piece) for the reason `why`, if there is one.
    #[must_use]
    pub fn in_one_piece(mut self, why: impl Into<Option<&'static str>>) -> Self {
        self.extent.in_one_piece = why.into();
        self
    }

    /// The same, where the next update [goes on](Extent::carries).
    #[must_use]
    pub fn carrying(mut self) -> Self {
        self.extent.carries = true;
        self
    }
}

impl<F> fmt::Debug for Recorded<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").field("extent", &self.extent).finish_non_exhaustive()
    }
}

impl<T: Scalar, F> Sequence<T> for Recorded<F>
where
    F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T> + Sync,
{
    fn extent(&self) -> Extent {
        self.extent.clone()
    }

    fn record<'t>(&self, block: Block<'_, 't, T>) -> BlockEnd<'t, T> {
        (self.record)(block)
    }
}
