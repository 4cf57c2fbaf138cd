//! What the tests of whole networks share: a few updates on a tiny task, and inputs for the certificate.

use autograd::testing::matrix_of;
use autograd::testing::proptest::prelude::*;
use autograd::{Gradients, Tape, Var};
use nalgebra::DMatrix;

use crate::optim::{Adam, Optimizer};
use crate::{Bound, ParamGrads, Params};

/// Minimises `loss` by `updates` updates of Adam, and returns the last loss.
pub(crate) fn practise<F>(params: &mut Params<f32>, updates: usize, learning_rate: f64, loss: F) -> f32
where
    F: for<'t> Fn(u64, &Bound<'t, f32>, &'t Tape<f32>) -> Var<'t, f32>,
{
    let (mut adam, mut grads) = (Adam::new(learning_rate), ParamGrads::zeros(params));
    let (mut tape, mut gradients) = (Tape::new(), Gradients::new());
    let mut last = f32::NAN;
    for update in 0..updates as u64 {
        let bound = params.bind(&tape);
        let cost = loss(update, &bound, &tape);
        tape.backward_into(cost, &mut gradients);
        last = cost.item();
        grads.read(&bound, &gradients);
        grads.clip(1.0, params).expect("finite");
        adam.step(params, &grads);
        drop(bound);
        tape.reset();
    }
    last
}

/// Values for all parameters, then for inputs of these shapes.
pub(crate) fn inputs(
    params: &Params<f64>,
    more: &[(usize, usize)],
) -> impl Strategy<Value = Vec<DMatrix<f64>>> + use<> {
    let shapes = params.iter().map(|p| p.value.shape()).chain(more.iter().copied());
    shapes.map(|(m, n)| matrix_of(-1.0..1.0, m, n)).collect::<Vec<_>>()
}
