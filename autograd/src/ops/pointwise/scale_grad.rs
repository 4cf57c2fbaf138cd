use crate::{Elementwise, Map, Reads, Scalar, Var};

/// Y = X, copied, but dX += a dY.  X, Y (m×n).
///
/// On purpose not the derivative unless a = 1: the number a is a choice about the sweep, not about the function. So the
/// certificate is held at a = 1, and for other a the tests say what comes instead, and that the certificate objects.
#[derive(Clone, Debug)]
pub struct ScaleGrad(pub f64);

impl Elementwise for ScaleGrad {
    const NAME: &'static str = "scale_grad";
    const READS: Reads = Reads::NOTHING;

    fn value<T: Scalar>(&self, x: T) -> T {
        x
    }

    fn derivative<T: Scalar>(&self, _: T, _: T) -> T {
        T::from_f64(self.0)
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The same value, through which `a` times the gradient passes: 0 cuts it (as [`detach`](Var::detach) does, for
    /// less), −1 reverses it.
    ///
    /// To weaken the gradient through a gate only, put it on that edge: `f.scale_grad(0.5) * c`. Forward mode
    /// ([`jvp`](crate::differential::jvp)) does not see it; a second derivative is that of the scaled gradient.
    #[track_caller]
    pub fn scale_grad(self, a: f64) -> Self {
        self.tape().record(Map(ScaleGrad(a)), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::{self, Single};
    use crate::{differential, program};
    use nalgebra::dmatrix;

    /// Where it is the derivative.
    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::unary(Map(ScaleGrad(1.0)), -3.0..3.0, |x| x[0].scale_grad(1.0))]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn elsewhere_the_certificate_objects() {
        for a in [0.0, 0.5, -1.0] {
            let fault =
                testing::examine(&Single(Map(ScaleGrad(a))), &[dmatrix![1.0, -2.0]], 1).expect_err("no derivative");
            assert_eq!(fault.check, "dot test", "a = {a}");
        }
    }

    #[test]
    fn the_gradient_through_one_edge_alone_is_scaled() {
        for a in [0.0, 0.5, -1.0, 3.0] {
            let f = program(|x| x[0].scale_grad(a) * x[1] + x[0]);
            let (value, gradient) = differential::value_and_grad(&f, &[dmatrix![2.0], dmatrix![5.0]]);
            assert_eq!((value, gradient), (12.0, vec![dmatrix![5.0 * a + 1.0], dmatrix![2.0]]));
        }
    }
}
