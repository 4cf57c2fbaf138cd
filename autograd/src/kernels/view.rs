use nalgebra::{DMatrixView, DMatrixViewMut, Scalar};

/// The entries of `view`, column after column.
///
/// # Panics
/// If the columns are not adjacent in memory. Every view that the tape hands to an op is contiguous, but for that of a value
/// which backward does not read, as [`Op::reads`](crate::Op::reads) said.
#[track_caller]
pub fn as_slice<'a, T: Scalar>(view: &DMatrixView<'a, T>) -> &'a [T] {
    let (rows, columns) = view.shape();
    assert!(
        view.strides().1 > 0 || rows * columns == 0,
        "as_slice: the value is dropped before the sweep; let `Op::reads` say that backward reads it"
    );
    assert!(
        view.strides() == (1, rows) || rows * columns == 0 || (columns == 1 && view.strides().0 == 1),
        "as_slice: the view's columns are not adjacent"
    );
    // SAFETY: the view borrows rows·columns initialised entries for 'a, and they are adjacent (checked above).
    unsafe { std::slice::from_raw_parts(view.as_ptr(), rows * columns) }
}

/// The columns of `view`, which need not be adjacent, each as [`as_slice`] has it.
pub(crate) fn columns<'a, T: Scalar>(view: &DMatrixView<'a, T>) -> impl Iterator<Item = &'a [T]> + Clone + use<'a, T> {
    let ((rows, count), (row, column)) = (view.shape(), view.strides());
    assert!((row == 1 && column > 0) || rows * count == 0, "columns: the value is dropped, or a row is no neighbour");
    let first = view.as_ptr();
    // SAFETY: the view borrows `count` columns for 'a, `column` entries apart, and the entries of one are adjacent.
    (0..count).map(move |j| unsafe { std::slice::from_raw_parts(first.add(j * column), rows) })
}

/// [`as_slice`], for writing.
///
/// # Panics
/// As [`as_slice`].
#[track_caller]
pub fn as_mut_slice<'a, T: Scalar>(view: &'a mut DMatrixViewMut<'_, T>) -> &'a mut [T] {
    let (rows, columns) = view.shape();
    assert!(
        view.strides() == (1, rows) || rows * columns == 0 || (columns == 1 && view.strides().0 == 1),
        "as_mut_slice: the view's columns are not adjacent"
    );
    // SAFETY: as in `as_slice`, and the borrow of `view` is unique for 'a.
    unsafe { std::slice::from_raw_parts_mut(view.as_mut_ptr(), rows * columns) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    #[test]
    fn a_block_of_columns_is_a_slice() {
        let m = DMatrix::from_fn(2, 3, |i, j| (10 * i + j) as f64);
        assert_eq!(as_slice(&m.columns(1, 2).as_view()), &[1.0, 11.0, 2.0, 12.0]);
    }

    #[test]
    fn the_columns_of_a_block_are_slices() {
        let m = DMatrix::from_fn(3, 3, |i, j| (10 * i + j) as f64);
        let block = m.view((1, 1), (2, 2));
        assert_eq!(columns(&block).collect::<Vec<_>>(), [[11.0, 21.0], [12.0, 22.0]]);
        assert_eq!(columns(&m.view((1, 1), (0, 2))).collect::<Vec<_>>(), [[0.0; 0]; 2]);
        assert_eq!(columns(&m.view((1, 1), (2, 0))).count(), 0);
    }

    #[test]
    #[should_panic(expected = "not adjacent")]
    fn a_block_of_rows_is_refused() {
        let m = DMatrix::<f64>::zeros(3, 3);
        as_slice(&m.rows(0, 2).as_view());
    }
}
