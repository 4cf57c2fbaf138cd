use nalgebra::{DMatrixView, DMatrixViewMut};

use super::Over;
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// y = Σ X over all entries, over the rows or over the columns.  X (m×n), y (1×1, 1×n or m×1).  dXᵢⱼ += dy, the number that
/// Xᵢⱼ went into.  The sum of nothing is 0.
#[derive(Clone, Debug)]
pub struct Sum(pub Over);

impl<T: Scalar> Op<T> for Sum {
    fn name(&self) -> &'static str {
        match self.0 {
            Over::All => "sum",
            Over::Rows => "sum_rows",
            Over::Columns => "sum_columns",
        }
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        Ok(self.0.remaining(inputs[0]))
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        self.0.sums(inputs[0], &mut y, T::narrow);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        if let Some(dx) = sink.grad(0) {
            self.0.spread(known.dy, dx, |dy| dy); // dXᵢⱼ += dy
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The sum of all entries, 1×1.
    #[track_caller]
    pub fn sum(self) -> Self {
        self.tape().record(Sum(Over::All), &[self])
    }

    /// The sum of the rows: one row remains, 1×n, with the sum of each column.
    #[track_caller]
    pub fn sum_rows(self) -> Self {
        self.tape().record(Sum(Over::Rows), &[self])
    }

    /// The sum of the columns (over the examples): one column remains, m×1, with the sum of each row.
    #[track_caller]
    pub fn sum_columns(self) -> Self {
        self.tape().record(Sum(Over::Columns), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::unary(Sum(Over::All), -2.0..2.0, |x| x[0].sum()),
            Row::unary(Sum(Over::Rows), -2.0..2.0, |x| x[0].sum_rows()),
            Row::unary(Sum(Over::Columns), -2.0..2.0, |x| x[0].sum_columns()),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_sum_of_nothing_is_zero() {
        assert_eq!(Tape::<f64>::new().zeros(3, 0).sum().item().to_bits(), 0.0f64.to_bits());
    }

    #[test]
    fn one_row_remains() {
        let tape = Tape::<f64>::new();
        assert_eq!(tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]).sum_rows().value(), dmatrix![4.0, 6.0]);
        assert_eq!(tape.zeros(0, 2).sum_rows().value(), dmatrix![0.0, 0.0]);
        assert_eq!(tape.zeros(3, 0).sum_rows().shape(), (1, 0));
    }

    #[test]
    fn one_column_remains() {
        let tape = Tape::<f64>::new();
        assert_eq!(tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]).sum_columns().value(), dmatrix![3.0; 7.0]);
        assert_eq!(tape.zeros(2, 0).sum_columns().value(), dmatrix![0.0; 0.0]);
    }
}
