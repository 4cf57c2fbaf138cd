//! The one table of ops: every generic check runs on every row. An op file gives its rows in `tests::rows`.

mod complete;
mod corners;
mod edges;
mod infinity;
mod levels;
mod long;
mod misuse;
mod page;
mod row;

pub(crate) use row::{Row, certify, distinct};

/// The rows of the files of a family.
macro_rules! rows_of {
    ($($file:ident)*) => {
        pub(super) fn rows() -> Vec<super::table::Row> {
            [$($file::tests::rows()),*].into_iter().flatten().collect()
        }
    };
}
pub(super) use rows_of;

/// Every row of every op file.
fn rows() -> Vec<Row> {
    use super::{axis, image, linear, loss, pointwise, reduce, shape};
    let families = [pointwise::rows, axis::rows, linear::rows, shape::rows, reduce::rows, image::rows, loss::rows];
    families.into_iter().flat_map(|rows| rows()).collect()
}
