//! The blocks of steps that the driver projects at once.

use std::ops::Range;

/// K, the steps of a block: the driver projects the input of so many steps at once, and a weight's gradient is gathered
/// over no more. It defines the bits of every gradient, so it is fixed.
pub(crate) const BLOCK: usize = 16;

/// `0 .. steps` in blocks of [`BLOCK`], counted from the end: the first may be shorter.
pub(crate) fn blocks(steps: usize) -> impl ExactSizeIterator<Item = Range<usize>> + DoubleEndedIterator {
    let first = steps % BLOCK;
    (0..steps.div_ceil(BLOCK)).map(move |k| {
        let end = if first == 0 { (k + 1) * BLOCK } else { first + k * BLOCK };
        end.saturating_sub(BLOCK)..end
    })
}
