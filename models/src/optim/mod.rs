//! Optimizers: from gradients to new parameters, one rule a file. Clip first: [`ParamGrads::clip`].

mod adam;
mod sgd;

pub use adam::Adam;
pub use sgd::Sgd;

use std::fmt::Debug;

use autograd::Scalar;

use crate::{ParamGrads, Params};

/// A rule that changes parameters by their gradients. Frozen parameters stay.
pub trait Optimizer<T: Scalar>: Debug + Send {
    /// One update.
    fn step(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>);
}

/// The values of p as `optimizer` minimises p²/2 from p = 1, with a frozen parameter beside it that must not move.
#[cfg(test)]
fn descend(optimizer: &mut dyn Optimizer<f64>, updates: usize) -> Vec<f64> {
    use crate::{Specs, init};
    use autograd::Tape;

    let mut specs = Specs::default();
    specs.add("p", (1, 1), init::constant(1.0));
    specs.add("frozen", (1, 1), init::constant(1.0));
    let mut params = Params::<f64>::new();
    params.add("net", &specs, 0);
    params.freeze("net.frozen");
    let mut grads = ParamGrads::zeros(&params);
    (0..updates)
        .map(|_| {
            let tape = Tape::new();
            let bound = params.bind(&tape);
            let [p, frozen] = *bound.all().vars() else { unreachable!() };
            let loss = (p * p + frozen * frozen).scale(0.5);
            grads.read(&bound, &tape.backward(loss));
            optimizer.step(&mut params, &grads);
            assert_eq!(params.get("net.frozen").map(|p| p.value[0].to_bits()), Some(1f64.to_bits()));
            params.get("net.p").expect("p").value[0]
        })
        .collect()
}
