//! Aᵀ into other memory, tile by tile: a matrix read along its columns and written along its rows would miss the cache with
//! every number.

use num_traits::Zero;

/// The rows and columns of a tile.
const TILE: usize = 16;

/// Writes the transpose of `a`, which has `rows` rows, column by column into `out`.
pub(crate) fn transpose<T: Copy + Zero>(a: &[T], rows: usize, out: &mut [T]) {
    let columns = a.len().checked_div(rows).unwrap_or(0);
    debug_assert!(a.len() == rows * columns && out.len() == a.len());
    for left in (0..columns).step_by(TILE) {
        for top in (0..rows).step_by(TILE) {
            let (width, height) = (TILE.min(columns - left), TILE.min(rows - top));
            let mut tile = [[T::zero(); TILE]; TILE];
            for (j, column) in tile[..width].iter_mut().enumerate() {
                column[..height].copy_from_slice(&a[(left + j) * rows + top..][..height]);
            }
            for i in 0..height {
                let row = &mut out[(top + i) * columns + left..][..width];
                for (entry, column) in row.iter_mut().zip(&tile) {
                    *entry = column[i];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, matrix};
    use nalgebra::DMatrix;
    use proptest::prelude::*;

    #[test]
    fn it_is_nalgebras_transpose() {
        testing::check((0usize..40, 0usize..40).prop_flat_map(|(m, n)| matrix(m, n)), |a| {
            let mut out = DMatrix::from_element(a.ncols(), a.nrows(), f64::NAN);
            transpose(a.as_slice(), a.nrows(), out.as_mut_slice());
            prop_assert_eq!(out, a.transpose());
            Ok(())
        });
    }
}
