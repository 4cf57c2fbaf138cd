//! Where the random matrices of the certificate come from.

use nalgebra::DMatrix;
use proptest::prelude::*;

/// A `rows × columns` matrix with entries in [−2, 2).
pub fn matrix(rows: usize, columns: usize) -> BoxedStrategy<DMatrix<f64>> {
    matrix_of(-2.0..2.0, rows, columns)
}

/// A `rows × columns` matrix with entries from `entry`.
pub fn matrix_of(
    entry: impl Strategy<Value = f64> + 'static,
    rows: usize,
    columns: usize,
) -> BoxedStrategy<DMatrix<f64>> {
    proptest::collection::vec(entry, rows * columns)
        .prop_map(move |entries| DMatrix::from_vec(rows, columns, entries))
        .boxed()
}

/// Numbers within `reach` of `kink` on either side, but not within `gap`: where a function bends, no derivative can
/// be checked.
pub fn away_from(kink: f64, gap: f64, reach: f64) -> BoxedStrategy<f64> {
    prop_oneof![kink - reach..kink - gap, kink + gap..kink + reach].boxed()
}
