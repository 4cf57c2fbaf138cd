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

    /// Writes every entry of `out` and `saved`, which hold arbitrary numbers before.
    fn forward(&self, inputs: &[DMatrixView<'_, T>], out: DMatrixViewMut<'_, T>, saved: DMatrixViewMut<'_, T>);

    /// Adds (∂y/∂inputₖ)ᵀ · dy to the gradient of each input k that `sink` wants.
    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>);
}

/// What a backward may read: the values of the forward pass, and the gradient that comes in.
#[derive(Clone, Copy, Debug)]
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
