//! Sums over columns, for biases and gains: each row's in [`Scalar::Wide`], so that a million columns cost no digits.
//!
//! A sum of numbers that lie one after another needs no kernel: `T::narrow(x.iter().map(|x| x.wide()).sum())`.

use super::{Loop, vectorize};
use crate::Scalar;

/// y ← y + Σⱼ xⱼ, or, of K = 2 matrices, y + Σⱼ aⱼ ∘ bⱼ, 0 where one of them is 0: an item of `columns` is column j of each, as long as y.
///
/// The columns are added in their order, beginning with y, and each row comes out of `round`, once: [`Scalar::narrow`], or a mean's division before.
pub(crate) fn add_columns<'a, T: Scalar, const K: usize>(
    y: &mut [T],
    columns: impl Iterator<Item = [&'a [T]; K]> + Clone,
    round: impl Fn(T::Wide) -> T,
) {
    vectorize(Columns { y, columns, round });
}

struct Columns<'y, T, I, R> {
    y: &'y mut [T],
    columns: I,
    round: R,
}

impl<'a, T, I, R, const K: usize> Loop for Columns<'_, T, I, R>
where
    T: Scalar,
    I: Iterator<Item = [&'a [T]; K]> + Clone,
    R: Fn(T::Wide) -> T,
{
    #[inline(always)]
    fn run(mut self) {
        let from = self.blocks::<K, 32>(0);
        let from = self.blocks::<K, 8>(from);
        self.blocks::<K, 1>(from);
    }
}

impl<'a, T: Scalar, I, R: Fn(T::Wide) -> T> Columns<'_, T, I, R> {
    /// The sums of `N` rows at a time, which stay in registers, from row `from` to the last whole block.
    #[inline(always)]
    fn blocks<const K: usize, const N: usize>(&mut self, mut from: usize) -> usize
    where
        I: Iterator<Item = [&'a [T]; K]> + Clone,
        T: 'a,
    {
        while let Some(y) = self.y[from..].first_chunk_mut::<N>() {
            let mut sums = [T::zero().wide(); N];
            sums.iter_mut().zip(&*y).for_each(|(sum, y)| *sum = y.wide());
            for column in self.columns.clone() {
                let column = column.map(|x| &x[from..from + N]);
                if K == 1 {
                    sums.iter_mut().zip(column[0]).for_each(|(sum, x)| *sum += x.wide());
                } else {
                    let pairs = column[0].iter().zip(column[1]);
                    sums.iter_mut().zip(pairs).for_each(|(sum, (a, b))| *sum += a.wide().through(b.wide()));
                }
            }
            y.iter_mut().zip(sums).for_each(|(y, sum)| *y = (self.round)(sum));
            from += N;
        }
        from
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dual;
    use crate::kernels::Level;

    /// The sums row by row, at every level.
    fn each_level<T: Scalar>(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> T) {
        let x: Vec<T> = (0..rows * columns).map(|at| entry(at % rows, at / rows)).collect();
        let y: Vec<T> = (0..rows).map(|i| entry(i, columns)).collect();
        let plain = |term: &dyn Fn(T) -> T::Wide| -> Vec<T> {
            let sum = |i: usize| (0..columns).fold(y[i].wide(), |sum: T::Wide, j| sum + term(x[j * rows + i]));
            (0..rows).map(|i| T::narrow(sum(i))).collect()
        };
        let (sums, squares) = (plain(&|x| x.wide()), plain(&|x| x.wide() * x.wide()));
        for level in Level::available() {
            Level::forced(level, || {
                let (mut one, mut two) = (y.clone(), y.clone());
                add_columns(&mut one, x.chunks_exact(rows).map(|x| [x]), T::narrow);
                add_columns(&mut two, x.chunks_exact(rows).map(|x| [x, x]), T::narrow);
                assert!(one == sums && two == squares, "{level:?}: {rows} × {columns}");
            });
        }
    }

    #[test]
    fn every_level_adds_every_number_of_rows_in_the_order_of_the_columns() {
        for (rows, columns) in (1..70).flat_map(|rows| [0, 1, 7].map(|columns| (rows, columns))) {
            let wave = |i: usize, j: usize| ((31 * i + 17 * j) as f64).sin() * 10f64.powi(j as i32 % 5);
            each_level(rows, columns, wave);
            each_level(rows, columns, |i, j| wave(i, j) as f32);
            each_level(rows, columns, |i, j| Dual::new(wave(i, j) as f32, wave(j, i) as f32));
        }
    }

    #[test]
    fn a_million_columns_cost_no_digits_in_f32() {
        let column = [0.1f32; 41];
        let mut y = [0.0f32; 41];
        add_columns(&mut y, std::iter::repeat_n([&column[..]], 1 << 20), f32::narrow);
        assert!(y.iter().all(|&y| y.to_bits() == (0.1f32 * (1 << 20) as f32).to_bits()), "{y:?}");
    }
}
