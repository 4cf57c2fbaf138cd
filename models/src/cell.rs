//! `Cell`: one step of a recurrent network. [`Unroll`](crate::Unroll) owns time; a cell never loops over it.
//!
//! A cell is one file: a struct with an [`About`] and the handles of its parameters, [`Describe`], and [`Cell`] for
//! every scalar. The certificate, the study, the plots and the files need nothing more of it.

use std::fmt::Debug;
use std::sync::Arc;

use autograd::{Dual, Scalar, Var};

use crate::{About, Step, Weights};

/// The sizes that a cell is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    /// D, the rows of the input.
    pub input: usize,
    /// H, the rows of the hidden state.
    pub hidden: usize,
    /// The longest distance in time steps that the task needs; only initialisations such as chrono look at it.
    pub horizon: usize,
}

/// The part of a cell that no scalar type is needed for.
pub trait Describe: Debug + Send + Sync {
    /// Name, paper, states and parameters.
    fn about(&self) -> &About;
}

/// One step of a recurrent network over the numbers `T`.
///
/// ```
/// use autograd::{Scalar, Tape, Var, nalgebra::DMatrix};
/// use models::{About, Cell, Describe, Dims, Handle, Params, Part, Step, Weights, init};
///
/// /// h_t = tanh(W x_t + U h_{t−1} + b).  x (D×B), h (H×B); w (H×D), u (H×H), b (H×1).
/// #[derive(Clone, Debug)]
/// struct Plain {
///     about: About,
///     h: Part,
///     w: Handle,
///     u: Handle,
///     b: Handle,
/// }
///
/// impl Plain {
///     fn new(Dims { input, hidden, .. }: Dims) -> Self {
///         let mut about = About::new("plain", input);
///         let h = about.state("h", hidden);
///         let w = about.param("w", (hidden, input), init::glorot());
///         let u = about.param("u", (hidden, hidden), init::orthogonal(1.0));
///         let b = about.param("b", (hidden, 1), init::zeros());
///         Self { about, h, w, u, b }
///     }
/// }
///
/// impl Describe for Plain {
///     fn about(&self) -> &About {
///         &self.about
///     }
/// }
///
/// impl<T: Scalar> Cell<T> for Plain {
///     fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
///         p[self.w].affine(x, p[self.b])
///     }
///
///     fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
///         let h = (s.x + s[self.u].matmul(s[self.h])).tanh();
///         s.give(self.h, h);
///     }
/// }
///
/// let mut params = Params::<f64>::new();
/// let cell = params.place("layers.0.fwd", Plain::new(Dims { input: 2, hidden: 3, horizon: 5 }), 1);
/// let tape = Tape::new();
/// let x = tape.constant(&DMatrix::from_element(2, 5 * 4, 0.1)); // 5 steps of a batch of 4
/// assert_eq!(cell.unroll(&params.bind(&tape)).run(x, 4).outputs.shape(), (3, 5 * 4));
/// ```
///
/// The registry knows it by name once it is [given to it](crate::Registry::with); a test says that it
/// `models::testing::conform`s.
pub trait Cell<T: Scalar>: Describe {
    /// The share of the input in the step, which needs no state: x (D × n) to whatever `step` reads.
    ///
    /// It must treat each column alone, for the driver calls it for all steps at once: one product instead of T.
    fn project<'t>(&self, _p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        x
    }

    /// The equations: reads `s.x`, the states and the weights, names its gates, and gives every state part once.
    fn step<'t>(&self, s: &mut Step<'_, 't, T>);

    /// The same as one op, for speed. The driver takes it where nobody can see into the step; without one, the equations.
    fn fused<'t>(&self, s: &mut Step<'_, 't, T>) {
        self.step(s);
    }
}

/// A cell for every scalar; every cell written for all `T: Scalar` is one.
pub trait AnyCell: Cell<f32> + Cell<f64> + Cell<Dual<f32>> + Cell<Dual<f64>> {}

impl<C: Cell<f32> + Cell<f64> + Cell<Dual<f32>> + Cell<Dual<f64>>> AnyCell for C {}

/// A scalar that cells run on.
pub trait CellScalar: Scalar {
    /// `cell`, over these numbers.
    fn cell(cell: &dyn AnyCell) -> &dyn Cell<Self>;
}

macro_rules! cell_scalar {
    ($($T:ty),*) => {
        $(impl CellScalar for $T {
            fn cell(cell: &dyn AnyCell) -> &dyn Cell<Self> {
                cell
            }
        })*
    };
}
cell_scalar!(f32, f64, Dual<f32>, Dual<f64>);

macro_rules! shared_cell {
    ($($Shared:ty),*) => {
        $(impl Describe for $Shared {
            fn about(&self) -> &About {
                (**self).about()
            }
        }

        /// A cell of the registry is a cell.
        impl<T: CellScalar> Cell<T> for $Shared {
            fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
                T::cell(&**self).project(p, x)
            }

            fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
                T::cell(&**self).step(s);
            }

            fn fused<'t>(&self, s: &mut Step<'_, 't, T>) {
                T::cell(&**self).fused(s);
            }
        })*
    };
}
shared_cell!(Box<dyn AnyCell>, Arc<dyn AnyCell>);
