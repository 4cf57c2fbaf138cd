use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = the entries of X, column after column, in columns of another length.  X (m×n), Y (rows×columns) with
/// rows·columns = m·n: Y's entry number k, counted down the columns, is X's.  dX += dY, reshaped back.
#[derive(Clone, Debug)]
pub struct Reshape {
    /// Rows of the result.
    pub rows: usize,
    /// Columns of the result.
    pub columns: usize,
}

impl<T: Scalar> Op<T> for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((m, n), (rows, columns)) = (inputs[0], (self.rows, self.columns));
        match rows.checked_mul(columns) == Some(m * n) {
            true => Ok((rows, columns)),
            false => Err(format!("{} entries do not fill {rows} × {columns}", m * n)),
        }
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        as_mut_slice(&mut out).copy_from_slice(as_slice(&inputs[0]));
    }

    fn backward(&self, _: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        sink.pass_on(&[0]); // dX += dY
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The same entries, column after column (nalgebra's order, not NumPy's), as `rows × columns`.
    ///
    /// # Panics
    /// If that is another number of entries.
    #[track_caller]
    pub fn reshape(self, rows: usize, columns: usize) -> Self {
        self.tape().record(Reshape { rows, columns }, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let row = |(rows, columns)| {
            let shapes = prop_oneof![Just((3usize, 4usize)), Just((2, 6))];
            let inputs = move |_, _, _| shapes.clone().prop_flat_map(|(m, n)| vec![matrix(m, n)]);
            Row::new(Reshape { rows, columns }, inputs, move |x| x[0].reshape(rows, columns))
        };
        let single = Row::new(Reshape { rows: 1, columns: 1 }, |_, _, _| vec![matrix(1, 1)], |x| x[0].reshape(1, 1));
        let empty = Row::new(Reshape { rows: 5, columns: 0 }, |m, _, _| vec![matrix(m, 0)], |x| x[0].reshape(5, 0));
        let single = single
            .refuses(|t| t.zeros(2, 3).reshape(4, 2))
            .refuses(|t| t.zeros(2, 0).reshape(1, 1))
            .refuses(|t| t.zeros(2, 0).reshape(1 << 63, 2));
        [(6, 2), (1, 12), (12, 1), (4, 3)].map(row).into_iter().chain([single, empty]).collect()
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn entries_run_down_the_columns() {
        let x = Tape::<f64>::new();
        let y = x.leaf(&dmatrix![1.0, 3.0, 5.0; 2.0, 4.0, 6.0]).reshape(3, 2);
        assert_eq!(y.value(), dmatrix![1.0, 4.0; 2.0, 5.0; 3.0, 6.0]);
        assert_eq!(x.zeros(0, 3).reshape(5, 0).shape(), (5, 0));
    }

    #[test]
    #[should_panic(expected = "reshape: 6 entries do not fill 4 × 2; inputs are [(2, 3)]")]
    fn another_number_of_entries_is_refused() {
        Tape::<f64>::new().zeros(2, 3).reshape(4, 2);
    }
}
