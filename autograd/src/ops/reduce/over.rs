//! `Over`: what a reduction combines.

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{add_columns, as_mut_slice, as_slice};
use crate::{Scalar, Shape};

/// Which entries of a matrix (m×n) a reduction combines into one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// All: one number remains.
    All,
    /// The rows: one row remains, 1×n, a number for each example.
    Rows,
    /// The columns, that is, the examples: one column remains, m×1.
    Columns,
}

impl Over {
    /// The shape that remains.
    pub(super) fn remaining(self, (rows, columns): Shape) -> Shape {
        match self {
            Self::All => (1, 1),
            Self::Rows => (1, columns),
            Self::Columns => (rows, 1),
        }
    }

    /// [`remaining`](Self::remaining), where the reduction called `what` has no value for nothing.
    pub(super) fn remaining_of_some(self, what: &str, shape: Shape) -> Result<Shape, String> {
        let of = match self {
            Self::All => "numbers",
            Self::Rows => "rows",
            Self::Columns => "columns",
        };
        if self.count(shape) == 0 { Err(format!("the {what} of no {of}")) } else { Ok(self.remaining(shape)) }
    }

    /// How many entries are combined into one number.
    pub(super) fn count(self, (rows, columns): Shape) -> usize {
        match self {
            Self::All => rows * columns,
            Self::Rows => rows,
            Self::Columns => columns,
        }
    }

    /// For each number that remains, where the entries stand that are combined into it, counted down the columns.
    pub(super) fn groups(self, shape: Shape) -> impl Iterator<Item = impl Iterator<Item = usize> + Clone> {
        let (first, next) = match self {
            Self::All => (0, 1),
            Self::Rows => (shape.0, 1),
            Self::Columns => (1, shape.0),
        };
        let (groups, count) = (self.remaining(shape), self.count(shape));
        (0..groups.0 * groups.1).map(move |k| (0..count).map(move |i| k * first + i * next))
    }

    /// y ← the sums of x, added up in [`Scalar::Wide`], each after `round`. The sum of nothing is +0.
    pub(super) fn sums<T: Scalar>(
        self,
        x: DMatrixView<'_, T>,
        y: &mut DMatrixViewMut<'_, T>,
        round: impl Fn(T::Wide) -> T + Copy,
    ) {
        let (rows, x, y) = (x.nrows(), as_slice(&x), as_mut_slice(y));
        let sum = |x: &[T]| round(x.iter().fold(T::zero().wide(), |sum, x| sum + x.wide()));
        match self {
            Self::All => y[0] = sum(x),
            Self::Rows => y.iter_mut().enumerate().for_each(|(j, y)| *y = sum(&x[j * rows..][..rows])),
            Self::Columns => {
                y.fill(T::zero());
                add_columns(y, x.chunks_exact(rows.max(1)).map(|x| [x]), round);
            }
        }
    }

    /// dX += `share` of each number of dy, at every entry that was combined into it.
    pub(super) fn spread<T: Scalar>(
        self,
        dy: DMatrixView<'_, T>,
        mut dx: DMatrixViewMut<'_, T>,
        share: impl Fn(T) -> T,
    ) {
        let rows = if self == Self::All { dx.len() } else { dx.nrows() };
        for (j, dx) in as_mut_slice(&mut dx).chunks_exact_mut(rows.max(1)).enumerate() {
            if self == Self::Columns {
                for (dx, &dy) in dx.iter_mut().zip(dy.iter()) {
                    *dx += share(dy);
                }
            } else {
                let share = share(dy[j]);
                for dx in dx {
                    *dx += share;
                }
            }
        }
    }
}
