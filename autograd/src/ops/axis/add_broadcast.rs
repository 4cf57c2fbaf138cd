use nalgebra::{DMatrixView, DMatrixViewMut};

use super::Broadcast;
use crate::kernels::{as_mut_slice, as_slice, loops};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = X + b 1ᵀ: the column b on every column, or Y = X + 1 r: the row r on every row.  X, Y (m×n), b (m×1), r (1×n).
/// dX += dY, db += dY 1, dr += 1ᵀ dY.
#[derive(Clone, Debug)]
pub struct AddBroadcast(pub Broadcast);

impl<T: Scalar> Op<T> for AddBroadcast {
    fn name(&self) -> &'static str {
        match self.0 {
            Broadcast::Column => "add_bias",
            Broadcast::Row => "add_row",
        }
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let what = match self.0 {
            Broadcast::Column => "bias",
            Broadcast::Row => "row",
        };
        self.0.output_shape(what, inputs)
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (x, b, rows) = (as_slice(&inputs[0]), as_slice(&inputs[1]), inputs[0].nrows().max(1));
        for (j, (y, x)) in as_mut_slice(&mut y).chunks_exact_mut(rows).zip(x.chunks_exact(rows)).enumerate() {
            match self.0 {
                Broadcast::Column => loops::sum(y, x, b),
                Broadcast::Row => {
                    let r = b[j];
                    y.iter_mut().zip(x).for_each(|(y, &x)| *y = x + r);
                }
            }
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        if self.0 == Broadcast::Column {
            sink.pass_on(&[0]); // dX += dY
            sink.sum_columns(1, dy); // db += dY 1
            return;
        }
        let (entries, rows) = (as_slice(&dy), dy.nrows().max(1));
        if let Some(mut dx) = sink.grad(0) {
            loops::add_to(as_mut_slice(&mut dx), entries); // dX += dY
        }
        if let Some(mut dr) = sink.grad(1) {
            for (dr, dy) in as_mut_slice(&mut dr).iter_mut().zip(entries.chunks_exact(rows)) {
                *dr += T::narrow(dy.iter().map(|dy| dy.wide()).sum()); // dr += 1ᵀ dY
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Adds the column `bias` (m×1) to every column.
    ///
    /// # Panics
    /// If `bias` is not m×1.
    #[track_caller]
    pub fn add_bias(self, bias: Self) -> Self {
        self.tape().record(AddBroadcast(Broadcast::Column), &[self, bias])
    }

    /// Adds the row `row` (1×n) to every row: its entry j to all of column j.
    ///
    /// # Panics
    /// If `row` is not 1×n.
    #[track_caller]
    pub fn add_row(self, row: Self) -> Self {
        self.tape().record(AddBroadcast(Broadcast::Row), &[self, row])
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
        let [column, row] = [Broadcast::Column, Broadcast::Row].map(AddBroadcast);
        vec![
            Row::new(column, |m, _, n| vec![matrix(m, n), matrix(m, 1)], |x| x[0].add_bias(x[1]))
                .refuses(|t| t.zeros(2, 3).add_bias(t.zeros(3, 1)))
                .refuses(|t| t.zeros(2, 3).add_bias(t.zeros(2, 3))),
            Row::new(row, |m, _, n| vec![matrix(m, n), matrix(1, n)], |x| x[0].add_row(x[1]))
                .refuses(|t| t.zeros(2, 3).add_row(t.zeros(1, 2)))
                .refuses(|t| t.zeros(2, 3).add_row(t.zeros(3, 1))),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn the_value_is_the_equations() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![1.0, 2.0; 3.0, 4.0]);
        assert_eq!(x.add_bias(tape.leaf(&dmatrix![10.0; 20.0])).value(), dmatrix![11.0, 12.0; 23.0, 24.0]);
        assert_eq!(x.add_row(tape.leaf(&dmatrix![10.0, 20.0])).value(), dmatrix![11.0, 22.0; 13.0, 24.0]);
    }

    #[test]
    #[should_panic(expected = "add_bias: the bias must be 3 × 1; inputs are [(3, 2), (3, 2)]")]
    fn a_misfit_names_both_shapes() {
        let tape = Tape::<f64>::new();
        tape.zeros(3, 2).add_bias(tape.zeros(3, 2));
    }

    #[test]
    #[should_panic(expected = "add_row: the row must be 1 × 2; inputs are [(3, 2), (3, 2)]")]
    fn a_misfit_of_a_row_names_both_shapes() {
        let tape = Tape::<f64>::new();
        tape.zeros(3, 2).add_row(tape.zeros(3, 2));
    }
}
