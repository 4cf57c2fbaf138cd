//! `Op`: a differentiable function of matrices. Its forward and backward stand next to each other in one file.

use std::fmt::Debug;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Scalar, Shape, Sink};

/// The most inputs a node can have; they are stored inline.
pub const MAX_INPUTS: usize = 4;

/// Which values the backward of an op reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    /// By input.
    pub inputs: [bool; MAX_INPUTS],
    /// The output.
    pub output: bool,
}

impl Reads {
    /// Inputs and output.
    pub const ALL: Self = Self { inputs: [true; MAX_INPUTS], output: true };
    /// Neither.
    pub const NOTHING: Self = Self { inputs: [false; MAX_INPUTS], output: false };
    /// The output alone.
    pub const OUTPUT: Self = Self { output: true, ..Self::NOTHING };
    /// All inputs, not the output.
    pub const INPUTS: Self = Self { output: false, ..Self::ALL };

    /// These inputs, not the output.
    pub const fn only(inputs: [bool; MAX_INPUTS]) -> Self {
        Self { inputs, output: false }
    }
}

/// A differentiable function of up to [`MAX_INPUTS`] matrices. Ours are written exactly as a user's are.
///
/// An op holds its constants (a scale, a row range, labels) and nothing else: what backward needs of the forward
/// pass are the inputs, the output and `saved`. Up to 32 bytes are stored in the node without an allocation.
///
/// A tape can be handed to another thread, and so can its ops.
///
/// Every view handed to an op is contiguous, so [`kernels::as_slice`](crate::kernels::as_slice) applies.
///
/// ```
/// use autograd::nalgebra::{self, DMatrixView, DMatrixViewMut, dmatrix};
/// use autograd::{Known, Op, Reads, Scalar, Shape, Sink, Tape, same_shape, testing};
///
/// /// y = ½ Σ (A − B)².  A, B (m×n), y (1×1).  dA += dy (A − B), dB −= dy (A − B).
/// #[derive(Clone, Debug)]
/// struct Distance;
///
/// impl<T: Scalar> Op<T> for Distance {
///     fn name(&self) -> &'static str {
///         "distance"
///     }
///
///     fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
///         same_shape(inputs).map(|_| (1, 1))
///     }
///
///     fn reads(&self) -> Reads {
///         Reads::INPUTS
///     }
///
///     fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
///         let squares = inputs[0].iter().zip(inputs[1].iter()).map(|(&a, &b)| (a - b) * (a - b));
///         y[(0, 0)] = T::from_f64(0.5) * squares.sum();
///     }
///
///     fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
///         let share = (known.inputs[0] - known.inputs[1]) * known.dy[(0, 0)];
///         if let Some(mut da) = sink.grad(0) {
///             da += &share; // dA += dy (A − B)
///         }
///         if let Some(mut db) = sink.grad(1) {
///             db -= &share; // dB −= dy (A − B)
///         }
///     }
/// }
///
/// testing::certify_binary(&Distance, -2.0..2.0); // a test; with the feature `testing`
///
/// let tape = Tape::<f64>::new();
/// let (a, b) = (tape.leaf(&dmatrix![3.0, 1.0]), tape.constant(&dmatrix![1.0, 1.0]));
/// let y = tape.record(Distance, &[a, b]);
/// assert_eq!((y.item(), tape.backward(y).of(a).clone_owned()), (2.0, dmatrix![2.0, 0.0]));
/// ```
pub trait Op<T: Scalar>: Debug + Send + 'static {
    /// How messages and certificates call it.
    fn name(&self) -> &'static str;

    /// Which part of its input the output is, such as `rows 0..3`, if it is nothing but that: graphs draw such an op as
    /// an arrow with these words.
    fn part(&self) -> Option<String> {
        None
    }

    /// The output's shape, or what is wrong with the inputs (without their shapes: the tape adds those). By default the
    /// inputs must have one shape, and the output has it.
    ///
    /// # Errors
    /// A clause such as `left has 3 columns but right has 4 rows`.
    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        same_shape(inputs)
    }

    /// The shape of what forward keeps for backward (activations, masks, probabilities); nothing by default.
    fn saved_shape(&self, _inputs: &[Shape]) -> Shape {
        (0, 0)
    }

    /// Which values backward reads besides `saved`; all by default. The others may be gone by then: their views have the
    /// right shape and NaN for entries.
    fn reads(&self) -> Reads {
        Reads::ALL
    }

    /// Whether backward multiplies dy by anything, be it a constant; by default it does. An op that only adds dy, or parts of
    /// it, to gradients can say no: a sweep that [flushes](crate::Tape::flushing) then spares a pass over it.
    fn multiplies(&self) -> bool {
        true
    }

    /// Writes every entry of `out` and `saved`, which hold arbitrary numbers before.
    fn forward(&self, inputs: &[DMatrixView<'_, T>], out: DMatrixViewMut<'_, T>, saved: DMatrixViewMut<'_, T>);

    /// Adds (∂y/∂inputₖ)ᵀ · dy to the gradient of each input k that `sink` wants.
    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>);
}

/// What a backward may read: the values of the forward pass, and the gradient that comes in.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Known<'a, T: Scalar> {
    /// The inputs.
    pub inputs: &'a [DMatrixView<'a, T>],
    /// The output.
    pub y: DMatrixView<'a, T>,
    /// ∂L/∂y, in the shape of the output.
    pub dy: DMatrixView<'a, T>,
    /// What forward saved.
    pub saved: DMatrixView<'a, T>,
}

/// For [`Op::output_shape`]: `Ok` if both inputs have one shape, which it returns.
///
/// # Errors
/// If they differ.
pub fn same_shape(inputs: &[Shape]) -> Result<Shape, String> {
    match inputs {
        [first, others @ ..] if others.iter().all(|shape| shape == first) => Ok(*first),
        _ => Err("the inputs must have one shape".into()),
    }
}
