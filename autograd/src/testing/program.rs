//! `Program`: a differentiable function of matrices that runs on tapes of any scalar.

use crate::{Op, Scalar, Var};

/// What a certificate is about: one op, or many of them composed. Implement it for every `T: Scalar`.
pub trait Program<T: Scalar> {
    /// How failures call it.
    fn name(&self) -> String;

    /// The value at `inputs`, recorded on their tape. There is at least one input.
    fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T>;
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
