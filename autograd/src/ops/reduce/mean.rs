use nalgebra::{DMatrixView, DMatrixViewMut};

use super::Over;
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// y = Σ X / k over all entries (k = m n), over the rows (k = m) or over the columns (k = n).  X (m×n), y (1×1, 1×n or m×1).
/// dXᵢⱼ += dy / k, with the number that Xᵢⱼ went into.  The mean of nothing is refused.
#[derive(Clone, Debug)]
pub struct Mean(pub Over);

impl<T: Scalar> Op<T> for Mean {
    fn name(&self) -> &'static str {
        match self.0 {
            Over::All => "mean",
            Over::Rows => "mean_rows",
            Over::Columns => "mean_columns",
        }
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.0.remaining_of_some("mean", inputs[0])
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let k = T::Wide::from_f64(self.0.count(inputs[0].shape()) as f64);
        self.0.sums(inputs[0], &mut y, |sum| T::narrow(sum / k));
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        if let Some(dx) = sink.grad(0) {
            let k = T::from_f64(self.0.count(dx.shape()) as f64);
            self.0.spread(known.dy, dx, |dy| dy / k); // dXᵢⱼ += dy / k
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean of all entries, 1×1.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn mean(self) -> Self {
        self.tape().record(Mean(Over::All), &[self])
    }

    /// The mean of the rows: one row remains, 1×n, with the mean of each column.
    ///
    /// # Panics
    /// If there are no rows.
    #[track_caller]
    pub fn mean_rows(self) -> Self {
        self.tape().record(Mean(Over::Rows), &[self])
    }

    /// The mean of the columns (over the examples): one column remains, m×1, with the mean of each row.
    ///
    /// # Panics
    /// If there are no columns.
    #[track_caller]
    pub fn mean_columns(self) -> Self {
        self.tape().record(Mean(Over::Columns), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use nalgebra::{DMatrix, Dyn, dmatrix};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::unary(Mean(Over::All), -2.0..2.0, |x| x[0].mean()).refuses_nothing(|t| t.zeros(3, 0).mean()),
            Row::unary(Mean(Over::Rows), -2.0..2.0, |x| x[0].mean_rows()).refuses(|t| t.zeros(0, 3).mean_rows()),
            Row::unary(Mean(Over::Columns), -2.0..2.0, |x| x[0].mean_columns())
                .refuses_nothing(|t| t.zeros(3, 0).mean_columns()),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn tens_of_millions_of_numbers_cost_no_digits_in_f32() {
        let x = DMatrix::from_element(1 << 25, 1, 0.1f32);
        let y = |over, x: &DMatrix<f32>| {
            let mut y = DMatrix::zeros(1, 1);
            Mean(over).forward(&[x.as_view()], y.as_view_mut(), DMatrix::zeros(0, 0).as_view_mut());
            y[0]
        };
        assert_eq!(y(Over::All, &x).to_bits(), 0.1f32.to_bits());
        assert_eq!(y(Over::Columns, &x.reshape_generic(Dyn(1), Dyn(1 << 25))).to_bits(), 0.1f32.to_bits());
        assert_eq!(y(Over::Rows, &dmatrix![3e38; 3e38]).to_bits(), 3e38f32.to_bits()); // their sum is no `f32`
    }

    #[test]
    fn one_row_remains() {
        let tape = Tape::<f64>::new();
        assert_eq!(tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]).mean_rows().value(), dmatrix![2.0, 3.0]);
        assert_eq!(tape.zeros(3, 0).mean_rows().shape(), (1, 0));
    }

    #[test]
    fn one_column_remains() {
        let tape = Tape::<f64>::new();
        assert_eq!(tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]).mean_columns().value(), dmatrix![1.5; 3.5]);
    }

    #[test]
    #[should_panic(expected = "mean: the mean of no numbers; inputs are [(3, 0)]")]
    fn the_mean_of_nothing_is_refused() {
        Tape::<f64>::new().zeros(3, 0).mean();
    }

    #[test]
    #[should_panic(expected = "mean_rows: the mean of no rows; inputs are [(0, 3)]")]
    fn the_mean_of_no_rows_is_refused() {
        Tape::<f64>::new().zeros(0, 3).mean_rows();
    }

    #[test]
    #[should_panic(expected = "mean_columns: the mean of no columns; inputs are [(3, 0)]")]
    fn the_mean_of_no_columns_is_refused() {
        Tape::<f64>::new().zeros(3, 0).mean_columns();
    }
}
