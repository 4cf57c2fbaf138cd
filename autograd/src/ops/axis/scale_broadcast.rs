use nalgebra::{DMatrixView, DMatrixViewMut};

use super::Broadcast;
use crate::kernels::{add_columns, as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = diag(s) X: row i times sᵢ, s (m×1), or Y = X diag(s): column j times sⱼ, s (1×n).  X, Y (m×n).  dX += diag(s) dY,
/// dsᵢ += Σⱼ Xᵢⱼ dYᵢⱼ, or dX += dY diag(s), dsⱼ += Σᵢ Xᵢⱼ dYᵢⱼ.
#[derive(Clone, Debug)]
pub struct ScaleBroadcast(pub Broadcast);

impl<T: Scalar> Op<T> for ScaleBroadcast {
    fn name(&self) -> &'static str {
        match self.0 {
            Broadcast::Column => "scale_rows",
            Broadcast::Row => "scale_columns",
        }
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.0.output_shape("factors", inputs)
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (x, s, rows) = (as_slice(&inputs[0]), as_slice(&inputs[1]), inputs[0].nrows().max(1));
        for (j, (y, x)) in as_mut_slice(&mut y).chunks_exact_mut(rows).zip(x.chunks_exact(rows)).enumerate() {
            match self.0 {
                Broadcast::Column => y.iter_mut().zip(x).zip(s).for_each(|((y, &x), &s)| *y = x * s),
                Broadcast::Row => {
                    let s = s[j];
                    y.iter_mut().zip(x).for_each(|(y, &x)| *y = x * s);
                }
            }
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        let (x, s, rows) = (as_slice(&inputs[0]), as_slice(&inputs[1]), dy.nrows().max(1));
        let dy = as_slice(&dy).chunks_exact(rows);
        if let Some(mut dx) = sink.grad(0) {
            for (j, (dx, dy)) in as_mut_slice(&mut dx).chunks_exact_mut(rows).zip(dy.clone()).enumerate() {
                match self.0 {
                    Broadcast::Column => dx.iter_mut().zip(dy).zip(s).for_each(|((dx, &dy), &s)| *dx += dy.through(s)),
                    Broadcast::Row => {
                        let s = s[j];
                        dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy.through(s));
                    }
                }
            }
        }
        if let Some(mut ds) = sink.grad(1) {
            let (ds, columns) = (as_mut_slice(&mut ds), x.chunks_exact(rows).zip(dy));
            match self.0 {
                Broadcast::Column => add_columns(ds, columns.map(|(x, dy)| [x, dy]), T::narrow),
                Broadcast::Row => ds.iter_mut().zip(columns).for_each(|(ds, (x, dy))| {
                    *ds += T::narrow(x.iter().zip(dy).map(|(x, dy)| x.wide().through(dy.wide())).sum());
                }),
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Multiplies each row by its entry of the column `factors` (m×1): a gain per feature.
    ///
    /// # Panics
    /// If `factors` is not m×1.
    #[track_caller]
    pub fn scale_rows(self, factors: Self) -> Self {
        self.tape().record(ScaleBroadcast(Broadcast::Column), &[self, factors])
    }

    /// Multiplies each column by its entry of the row `factors` (1×n).
    ///
    /// # Panics
    /// If `factors` is not 1×n.
    #[track_caller]
    pub fn scale_columns(self, factors: Self) -> Self {
        self.tape().record(ScaleBroadcast(Broadcast::Row), &[self, factors])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let [column, row] = [Broadcast::Column, Broadcast::Row].map(ScaleBroadcast);
        vec![
            Row::new(column, |m, _, n| vec![matrix(m, n), matrix(m, 1)], |x| x[0].scale_rows(x[1]))
                .refuses(|t| t.zeros(2, 3).scale_rows(t.zeros(3, 1)))
                .refuses(|t| t.zeros(2, 3).scale_rows(t.zeros(2, 3))),
            Row::new(row, |m, _, n| vec![matrix(m, n), matrix(1, n)], |x| x[0].scale_columns(x[1]))
                .refuses(|t| t.zeros(2, 3).scale_columns(t.zeros(1, 2)))
                .refuses(|t| t.zeros(2, 3).scale_columns(t.zeros(2, 3))),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn columns_without_rows_are_left_alone() {
        let tape = Tape::<f64>::new();
        let s = tape.leaf(&dmatrix![1.0, 2.0]);
        let y = tape.zeros(0, 2).scale_columns(s).sum();
        assert_eq!(tape.backward(y).of(s), dmatrix![0.0, 0.0]);
    }

    #[test]
    fn the_value_is_the_equations() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]);
        assert_eq!(x.scale_rows(tape.leaf(&dmatrix![10.0; 20.0])).value(), dmatrix![10.0, 20.0; 60.0, 80.0]);
        assert_eq!(x.scale_columns(tape.leaf(&dmatrix![10.0, 20.0])).value(), dmatrix![10.0, 40.0; 30.0, 80.0]);
    }

    #[test]
    #[should_panic(expected = "scale_rows: the factors must be 3 × 1; inputs are [(3, 2), (3, 2)]")]
    fn a_misfit_names_both_shapes() {
        let tape = Tape::<f64>::new();
        tape.zeros(3, 2).scale_rows(tape.zeros(3, 2));
    }

    #[test]
    #[should_panic(expected = "scale_columns: the factors must be 1 × 2; inputs are [(3, 2), (3, 2)]")]
    fn a_misfit_of_a_row_names_both_shapes() {
        let tape = Tape::<f64>::new();
        tape.zeros(3, 2).scale_columns(tape.zeros(3, 2));
    }
}
