//! `Padding`: which steps of a batch are none of an example's own.

use std::ops::Range;
use std::sync::Arc;

use autograd::{Scalar, Var};
use nalgebra::DMatrix;

/// The examples of a batch end at different steps; what stands behind an end is padding.
///
/// Everything is selected, nothing multiplied: padding may hold NaN or ∞.
#[derive(Debug)]
pub(super) struct Padding(Vec<usize>);

impl Padding {
    /// Of examples with these numbers of steps.
    pub(super) fn new(lengths: Vec<usize>) -> Self {
        Self(lengths)
    }

    /// Panics if these are no lengths of a batch of `batch`, within `steps` steps if they are known.
    #[track_caller]
    pub(super) fn check(&self, batch: usize, steps: Option<usize>) {
        assert!(self.0.len() == batch, "unroll: {} lengths for a batch of {batch}", self.0.len());
        let (longest, steps) = (self.0.iter().copied().max().unwrap_or(0), steps.unwrap_or(usize::MAX));
        assert!(
            longest <= steps,
            "unroll: a length of {longest} in a sequence of {steps} steps; if it is a part of a longer one, say `segment`"
        );
    }

    /// Whether any example has ended before the end of `steps`.
    pub(super) fn reaches(&self, steps: &Range<usize>) -> bool {
        !steps.is_empty() && self.0.iter().any(|&length| length < steps.end)
    }

    /// Which entries of `rows × (steps·B)` are an example's own.
    fn own(&self, rows: usize, steps: &Range<usize>) -> Arc<DMatrix<bool>> {
        let batch = self.0.len();
        let own = |column: usize| steps.start + column / batch < self.0[column % batch];
        Arc::new(DMatrix::from_fn(rows, steps.len() * batch, |_, column| own(column)))
    }

    /// `x`, these steps of a sequence, with zeros in place of padding.
    #[track_caller]
    pub(super) fn zeroed<'t, T: Scalar>(&self, x: Var<'t, T>, steps: &Range<usize>) -> Var<'t, T> {
        if !self.reaches(steps) {
            return x;
        }
        let (rows, columns) = x.shape();
        x.select(self.own(rows, steps), x.tape().zeros(rows, columns))
    }

    /// `next` where step `t` is an example's own, `before` where it waits.
    #[track_caller]
    pub(super) fn advance<'t, T: Scalar>(&self, t: usize, before: &[Var<'t, T>], next: &mut [Var<'t, T>]) {
        let step = t..t + 1;
        if !self.reaches(&step) {
            return;
        }
        let mut masks: Vec<Arc<DMatrix<bool>>> = Vec::new();
        for (next, before) in next.iter_mut().zip(before) {
            let rows = next.shape().0;
            let known = masks.iter().find(|mask| mask.nrows() == rows).cloned();
            let mask = known.unwrap_or_else(|| {
                masks.push(self.own(rows, &step));
                masks[masks.len() - 1].clone()
            });
            *next = next.select(mask, *before);
        }
    }
}
