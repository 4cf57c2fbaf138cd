//! The blocks of steps over which a weight's gradient is gathered, and the parts of a block that are projected at once.

use std::ops::Range;

/// K, the steps of a block: as many as a sweep gathers for a weight's gradient.
pub(crate) const BLOCK: usize = autograd::GATHER;

/// The most numbers that the driver projects at once, or those of one step: beyond, they leave the processor's cache
/// before a step reads them.
const CACHED: usize = 1 << 18;

/// T, of a sequence of T·B columns. Of no examples nobody can tell how many steps they have: none are taken.
///
/// # Panics
/// If the columns of `what` are no multiple of `batch`.
#[track_caller]
pub(crate) fn whole_steps(what: &str, columns: usize, batch: usize) -> usize {
    assert!(columns.is_multiple_of(batch), "{what}: {columns} columns are no whole steps of {batch}");
    columns.checked_div(batch).unwrap_or(0)
}

/// `steps` in blocks of [`BLOCK`], counted from the end: the first may be shorter.
pub(crate) fn blocks(steps: Range<usize>) -> impl ExactSizeIterator<Item = Range<usize>> + DoubleEndedIterator {
    from_the_end(steps, BLOCK)
}

/// `block` in parts, counted from the end, whose projections have at most [`CACHED`] numbers at `numbers` a step.
pub(super) fn parts(block: Range<usize>, numbers: usize) -> impl Iterator<Item = Range<usize>> {
    from_the_end(block, (CACHED / numbers.max(1)).clamp(1, BLOCK))
}

fn from_the_end(
    steps: Range<usize>,
    length: usize,
) -> impl ExactSizeIterator<Item = Range<usize>> + DoubleEndedIterator {
    let Range { start, end } = steps;
    let count = (end - start).div_ceil(length);
    (0..count).map(move |k| {
        let end = end - (count - 1 - k) * length;
        end.saturating_sub(length).max(start)..end
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_parts_are_counted_from_the_end_and_leave_nothing_out() {
        assert_eq!(blocks(0..37).collect::<Vec<_>>(), [0..5, 5..21, 21..37]);
        assert_eq!(blocks(0..32).collect::<Vec<_>>(), [0..16, 16..32]);
        assert_eq!(blocks(0..0).len(), 0);
        assert_eq!(parts(5..21, CACHED / 6).collect::<Vec<_>>(), [5..9, 9..15, 15..21]);
        assert_eq!(parts(5..8, CACHED + 1).collect::<Vec<_>>(), [5..6, 6..7, 7..8]);
        assert_eq!(parts(5..21, 0).collect::<Vec<_>>(), vec![5..21]);
    }
}
