use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = X + a with a constant a.  X, Y (m×n).  dY/dX = 1.
#[derive(Clone, Debug)]
pub struct Shift(pub f64);

impl Elementwise for Shift {
    const NAME: &'static str = "shift";
    const READS: Reads = Reads::NOTHING;

    fn value<T: Scalar>(&self, x: T) -> T {
        x + T::from_f64(self.0)
    }

    fn derivative<T: Scalar>(&self, _: T, _: T) -> T {
        T::one()
    }
}

impl<T: Scalar> Var<'_, T> {
    /// x + a, entry by entry.
    #[track_caller]
    pub fn shift(self, a: f64) -> Self {
        self.tape().record(Map(Shift(a)), &[self])
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
            Row::unary(Map(Shift(0.3)), -2.0..2.0, |x| x[0].shift(0.3)),
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
