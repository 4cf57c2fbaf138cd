//! Y = W X + b for a W of few columns: a few scaled columns a column, and not worth a matrix kernel's preparations.

use super::Number;
use super::vectorize::{Loop, vectorize};

/// The most columns of W that are few.
pub(crate) const NARROW: usize = 4;

/// Y ← W X + b.  W (m×k, k ≤ [`NARROW`]), X (k×n), b (m×1), Y (m×n).
pub(crate) fn narrow_affine<T: Number>(w: &[T], x: &[T], b: &[T], y: &mut [T]) {
    if !b.is_empty() {
        vectorize(Columns { w, x, b, y });
    }
}

struct Columns<'a, T> {
    w: &'a [T],
    x: &'a [T],
    b: &'a [T],
    y: &'a mut [T],
}

impl<T: Number> Loop for Columns<'_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { w, x, b, y } = self;
        let m = b.len();
        let columns = y.chunks_exact_mut(m);
        match w.len() / m {
            0 => columns.for_each(|y| y.copy_from_slice(b)),
            1 => {
                for (y, &x0) in columns.zip(x) {
                    for ((y, &b), &w0) in y.iter_mut().zip(b).zip(w) {
                        *y = b + w0 * x0;
                    }
                }
            }
            2 => {
                let (w0, w1) = w.split_at(m);
                for (y, x) in columns.zip(x.chunks_exact(2)) {
                    let (x0, x1) = (x[0], x[1]);
                    for (((y, &b), &w0), &w1) in y.iter_mut().zip(b).zip(w0).zip(w1) {
                        *y = b + w0 * x0 + w1 * x1;
                    }
                }
            }
            k => {
                for (y, x) in columns.zip(x.chunks_exact(k)) {
                    y.copy_from_slice(b);
                    for (w, &x) in w.chunks_exact(m).zip(x) {
                        for (y, &w) in y.iter_mut().zip(w) {
                            *y += w * x;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Level;
    use nalgebra::DMatrix;

    #[test]
    fn every_width_and_every_level_gives_the_product_and_the_bias() {
        for (m, k, n) in (0..70).flat_map(|m| (0..=NARROW).flat_map(move |k| [0, 1, 3].map(|n| (m, k, n)))) {
            let wave = |rows, columns, seed: usize| {
                DMatrix::from_fn(rows, columns, |i, j| ((31 * i + 17 * j + seed) as f64).sin())
            };
            let (w, x, b) = (wave(m, k, 1), wave(k, n, 2), wave(m, 1, 3));
            let run = |level| {
                let mut y = DMatrix::from_element(m, n, f64::NAN);
                let y_entries = y.as_mut_slice();
                Level::forced(level, || narrow_affine(w.as_slice(), x.as_slice(), b.as_slice(), y_entries));
                y
            };
            let y = run(Level::Baseline);
            let expected = DMatrix::from_fn(m, n, |i, j| b[i] + (0..k).map(|l| w[(i, l)] * x[(l, j)]).sum::<f64>());
            assert!(y.iter().zip(&expected).all(|(y, e)| (y - e).abs() < 1e-14), "{m}×{k}×{n}");
            assert!(Level::available().into_iter().all(|level| run(level) == y), "{m}×{k}×{n}");
        }
    }
}
