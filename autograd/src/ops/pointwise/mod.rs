//! Entry by entry. Most files say f and f′, and [`Map`] makes an op of them.

mod abs;
mod add;
mod clamp;
mod cos;
mod div;
mod dropout;
mod elu;
mod exp;
mod extremum;
mod gelu;
mod hook;
mod identity;
mod leaky_relu;
mod ln;
mod mul;
mod pow;
mod relu;
mod scale;
mod scale_grad;
mod select;
mod shift;
mod sigmoid;
mod silu;
mod sin;
mod softplus;
mod sqrt;
mod square;
mod sub;
mod tanh;

pub use self::{
    abs::Abs, add::Add, clamp::Clamp, cos::Cos, div::Div, dropout::Dropout, elu::Elu, exp::Exp, extremum::Extremum,
    gelu::Gelu, hook::Hook, identity::Identity, leaky_relu::LeakyRelu, ln::Ln, mul::Mul, pow::Pow, relu::Relu,
    scale::Scale, scale_grad::ScaleGrad, select::Select, shift::Shift, sigmoid::Sigmoid, silu::Silu, sin::Sin,
    softplus::Softplus, sqrt::Sqrt, square::Square, sub::Sub, tanh::Tanh,
};

use std::fmt::Debug;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{Loop, as_mut_slice, as_slice, vectorize};
use crate::{Known, Op, Reads, Scalar, Sink};

/// A function of one number, applied to every entry: the file says f and f′ and is done.
pub trait Elementwise: Debug + Send + 'static {
    /// How messages and certificates call it.
    const NAME: &'static str;

    /// What `derivative` looks at: x ([`Reads::INPUTS`]), y ([`Reads::OUTPUT`]), neither, or, by default, both.
    const READS: Reads = Reads::ALL;

    /// f(x).
    fn value<T: Scalar>(&self, x: T) -> T;

    /// `y[i] = f(x[i])`. Only a function with a faster loop of its own has another one.
    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = self.value(x);
        }
    }

    /// f′ at x, where y = f(x). Where it is exactly 0 no gradient passes, not even ∞ or NaN; nor does one of 0 where it is
    /// not finite.
    fn derivative<T: Scalar>(&self, x: T, y: T) -> T;
}

/// The op that applies `F` to every entry.
#[derive(Clone, Debug)]
pub struct Map<F>(pub F);

impl<T: Scalar, F: Elementwise> Op<T> for Map<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn reads(&self) -> Reads {
        F::READS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        self.0.apply(as_slice(&inputs[0]), as_mut_slice(&mut y));
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, y, dy, .. } = known;
        let dy = as_slice(&dy);
        // What is not read may be gone: dy stands in for it.
        let x = if F::READS.inputs[0] { as_slice(&inputs[0]) } else { dy };
        let y = if F::READS.output { as_slice(&y) } else { dy };
        chain(sink, 0, dy, (x, y), |x, y| self.0.derivative(x, y)); // dx += f′(x) ∘ dy
    }
}

/// grad_k += dy ∘ slope(x, y), entry by entry, and nothing where a factor is [exactly 0](Scalar::through).
fn chain<T: Scalar>(sink: &mut Sink<'_, T>, k: usize, dy: &[T], (x, y): (&[T], &[T]), slope: impl Fn(T, T) -> T) {
    if let Some((mut dx, fresh)) = sink.fresh_or_grad(k) {
        let dx = as_mut_slice(&mut dx);
        if fresh {
            vectorize(Chain::<_, _, true> { slope, x, y, dy, dx });
        } else {
            vectorize(Chain::<_, _, false> { slope, x, y, dy, dx });
        }
    }
}

/// dx += slope ∘ dy, where `FRESH` says that dx holds arbitrary numbers: then it becomes 0 + slope ∘ dy.
struct Chain<'a, T, S, const FRESH: bool> {
    slope: S,
    x: &'a [T],
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Scalar, S: Fn(T, T) -> T, const FRESH: bool> Loop for Chain<'_, T, S, FRESH> {
    #[inline(always)]
    fn run(self) {
        for (((dx, &x), &y), &dy) in self.dx.iter_mut().zip(self.x).zip(self.y).zip(self.dy) {
            let by = (self.slope)(x, y).through(dy);
            *dx = if FRESH { by + T::zero() } else { *dx + by }; // dx += slope ∘ dy
        }
    }
}

#[cfg(test)]
super::table::rows_of! { abs add clamp cos div dropout elu exp extremum gelu hook identity leaky_relu ln mul pow relu scale scale_grad select shift sigmoid silu sin softplus sqrt square sub tanh }

#[cfg(test)]
mod tests {
    use crate::{Dual, Scalar, Tape, Var};
    use nalgebra::{DMatrix, dmatrix};

    type F = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;

    fn slopes(f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>, x: DMatrix<f64>) -> DMatrix<f64> {
        let tape = Tape::new();
        let x = tape.leaf(&x);
        tape.backward(f(x).sum()).of(x).into_owned()
    }

    #[test]
    fn a_slope_of_zero_masks_an_infinite_gradient() {
        let flat: [F; 6] = [
            |x| x.relu(),
            |x| x.clamp(0.0, 9.0),
            |x| x.elu(0.0),
            |x| x.leaky_relu(0.0),
            |x| x.scale(0.0) + x.relu(),
            |x| x.relu() * x.relu().pow(0.0),
        ];
        let infinite: [F; 4] = [|y| y.sqrt(), |y| y.ln(), |y| y.pow(0.5), |y| y.pow(-1.0)];
        for (outer, at_four) in infinite.into_iter().zip([0.25, 0.25, 0.25, -0.0625]) {
            for inner in flat {
                assert_eq!(slopes(|x| outer(inner(x)), dmatrix![-1.0, 4.0]), dmatrix![0.0, at_four]);
            }
            let mask = dmatrix![false, true];
            assert_eq!(
                slopes(|x| outer(x).select(mask.clone(), x.tape().zeros(1, 2)), dmatrix![0.0, 4.0]),
                dmatrix![0.0, at_four]
            );
            assert_eq!(slopes(|x| (outer(x)).columns(1, 1), dmatrix![0.0, 4.0]), dmatrix![0.0, at_four]);
        }
        assert!(slopes(|x| x.relu().sqrt(), dmatrix![f64::NAN])[0].is_nan(), "NaN passes a slope that is not 0");
    }

    #[test]
    fn what_is_divided_by_zero_or_infinity_passes_nothing_where_nothing_comes() {
        let (zero, infinite) = (dmatrix![0.0, 2.0], dmatrix![f64::INFINITY, 2.0]);
        assert_eq!(slopes(|x| (x / x.tape().constant(&zero)).columns(1, 1), dmatrix![1.0, 3.0]), dmatrix![0.0, 0.5]);
        assert_eq!(slopes(|x| (x.tape().constant(&zero) / x).columns(1, 1), dmatrix![0.0, 2.0]), dmatrix![0.0, -0.5]);
        assert_eq!(slopes(|x| (x / x.tape().constant(&infinite)).sqrt(), dmatrix![1.0, 8.0]), dmatrix![0.0, 0.125]);
    }

    #[test]
    fn over_duals_each_part_is_masked_by_itself() {
        let (zero, one) = (Dual::new(0.0, 1.0), Dual::new(f64::INFINITY, 0.0));
        assert_eq!(zero.through(one), Dual::new(0.0, f64::INFINITY));
        assert_eq!(Dual::new(0.0, 0.0).through(Dual::new(f64::NAN, f64::NAN)), Dual::new(0.0, 0.0));
        assert_eq!(Dual::new(2.0, 3.0).through(Dual::new(5.0, 7.0)), Dual::new(10.0, 29.0));
    }
}
