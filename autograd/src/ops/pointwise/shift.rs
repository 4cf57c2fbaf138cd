use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{as_mut_slice, as_slice};
use crate::{Known, Op, Reads, Scalar, Sink, Var};

/// Y = X + a with a constant a.  X, Y (m×n).  dY/dX = 1.
#[derive(Clone, Debug)]
pub struct Shift(pub f64);

impl<T: Scalar> Op<T> for Shift {
    fn name(&self) -> &'static str {
        "shift"
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn multiplies(&self) -> bool {
        false
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        for (y, &x) in as_mut_slice(&mut out).iter_mut().zip(as_slice(&inputs[0])) {
            *y = x + T::from_f64(self.0);
        }
    }

    fn backward(&self, _: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        sink.pass_on(&[0]); // dX += dY
    }
}

impl<T: Scalar> Var<'_, T> {
    /// x + a, entry by entry.
    #[track_caller]
    pub fn shift(self, a: f64) -> Self {
        self.tape().record(Shift(a), &[self])
    }

    /// 1 − x, entry by entry.
    #[track_caller]
    pub fn one_minus(self) -> Self {
        (-self).shift(1.0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::{Program, matrix};

    /// Two ops, and so a program.
    struct OneMinus;

    impl<T: Scalar> Program<T> for OneMinus {
        fn name(&self) -> String {
            "one_minus".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            inputs[0].one_minus()
        }
    }

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::unary(Shift(0.3), -2.0..2.0, |x| x[0].shift(0.3)),
            Row::of_program::<Shift, _>("shift", OneMinus, |m, _, n| vec![matrix(m, n)], |x| x[0].one_minus()),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_adds_and_one_minus_subtracts() {
        let tape = crate::Tape::<f64>::new();
        let x = tape.leaf(&nalgebra::dmatrix![1.0, -2.0]);
        assert_eq!(x.shift(0.5).value(), nalgebra::dmatrix![1.5, -1.5]);
        assert_eq!(x.one_minus().value(), nalgebra::dmatrix![0.0, 3.0]);
    }
}
