use crate::{Dual, Op, Scalar, Var};

/// A function of matrices, recorded on their tape: what [`differential`](crate::differential) differentiates and
/// `testing` certifies.
///
/// A plain function is one, for the scalars that it is written for; so is a closure, once [`program`] has told the
/// compiler its type. What needs a name of its own, or data, implements the trait for every `T: Scalar`.
///
/// ```
/// use autograd::{Scalar, Var, differential};
/// use nalgebra::dmatrix;
///
/// fn cube<'t, T: Scalar>(x: &[Var<'t, T>]) -> Var<'t, T> {
///     x[0] * x[0] * x[0]
/// }
/// assert_eq!(differential::jvp(&cube, &[dmatrix![2.0]], &[dmatrix![1.0]]), (dmatrix![8.0], dmatrix![12.0]));
/// ```
pub trait Program<T: Scalar> {
    /// How failures call it.
    fn name(&self) -> String;

    /// The value at `inputs`, recorded on their tape. There is at least one input.
    fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T>;
}

/// A [`Program`] for every scalar that the certificate runs.
pub trait Everywhere: Program<f32> + Program<f64> + Program<Dual<f64>> {}

impl<P: Program<f32> + Program<f64> + Program<Dual<f64>> + ?Sized> Everywhere for P {}

impl<T: Scalar, F: for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T>> Program<T> for F {
    fn name(&self) -> String {
        std::any::type_name::<F>().into()
    }

    fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
        self(inputs)
    }
}

/// `f` itself: lets a closure be a [`Program`] over one scalar without writing out its type.
///
/// ```
/// use autograd::{differential, program};
/// use nalgebra::dmatrix;
///
/// let a = 3.0;
/// let f = program(|x| (x[0] * x[0]).scale(a).sum());
/// let (value, gradient) = differential::value_and_grad(&f, &[dmatrix![1.0, 2.0]]);
/// assert_eq!((value, &gradient[0]), (15.0, &dmatrix![6.0, 12.0]));
/// ```
pub fn program<T: Scalar, F: for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T>>(f: F) -> F {
    f
}

/// The program that is one op.
#[derive(Clone, Debug)]
pub struct Single<O>(pub O);

impl<T: Scalar, O: Op<T> + Clone> Program<T> for Single<O> {
    fn name(&self) -> String {
        self.0.name().into()
    }

    fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
        inputs[0].tape().record(self.0.clone(), inputs)
    }
}
