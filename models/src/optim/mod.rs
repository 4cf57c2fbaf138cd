//! Optimizers: from gradients to new parameters, one rule a file. Clip first: [`ParamGrads::clip`].
//!
//! Every rule acts entry by entry, so a file is its equation and little more: what it remembers is a [`Memory`].
//! The learning rate may change between updates, by an [`LrSchedule`]; [`Optimizer::state`] and
//! [`Optimizer::restore`] continue a training with the same bits.

mod ada_grad;
mod adam;
mod adam_w;
mod config;
mod memory;
mod rms_prop;
mod rms_prop_graves;
mod schedule;
mod sgd;

pub use ada_grad::AdaGrad;
pub use adam::Adam;
pub use adam_w::AdamW;
pub use config::{InvalidOptimizer, OptimizerConfig};
pub use memory::{Memory, OptimizerState, WrongState};
pub use rms_prop::RmsProp;
pub use rms_prop_graves::RmsPropGraves;
pub use schedule::{InvalidSchedule, LrSchedule, PlateauState, Scheduler};
pub use sgd::Sgd;

use std::fmt::Debug;

use autograd::Scalar;

use crate::{ParamGrads, Params};

/// A rule that changes parameters by their gradients. Frozen parameters stay.
///
/// A rule of one's own is an equation over a [`Memory`]; this is gradient descent by the gradient's sign:
/// ```
/// use autograd::Scalar;
/// use models::optim::{Memory, Optimizer, OptimizerState, WrongState};
/// use models::{ParamGrads, Params};
///
/// #[derive(Debug)]
/// struct SignDescent<T: Scalar> { lr: f64, memory: Memory<T, 0> }
///
/// impl<T: Scalar> Optimizer<T> for SignDescent<T> {
///     fn step(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>) {
///         let lr = self.lr;
///         self.memory.update(params, grads, |p, g, []| *p -= T::from_f64(lr * g.re().signum()));
///     }
///     fn lr(&self) -> f64 { self.lr }
///     fn set_lr(&mut self, lr: f64) { self.lr = lr }
///     fn state(&self, params: &Params<T>) -> OptimizerState<T> { self.memory.state(params) }
///     fn restore(&mut self, params: &Params<T>, state: &OptimizerState<T>) -> Result<(), WrongState> {
///         self.memory.restore(params, state)
///     }
/// }
/// # let mut params = Params::<f32>::new();
/// # SignDescent { lr: 0.1, memory: Memory::new([]) }.step(&mut params, &ParamGrads::zeros(&Params::new()));
/// ```
pub trait Optimizer<T: Scalar>: Debug + Send {
    /// One update.
    fn step(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>);

    /// η, the learning rate of the next update.
    fn lr(&self) -> f64;

    /// Sets η.
    fn set_lr(&mut self, lr: f64);

    /// What the rule has learnt from the updates so far. Settings such as η are not in it.
    fn state(&self, params: &Params<T>) -> OptimizerState<T>;

    /// Continues from a state: with the same parameters and settings, every later update has the bits that it would
    /// have had.
    ///
    /// # Errors
    /// If the state belongs to another rule or model; the optimizer is then unchanged.
    fn restore(&mut self, params: &Params<T>, state: &OptimizerState<T>) -> Result<(), WrongState>;
}

/// The parts of [`Optimizer`] besides `step`, for a rule with the fields `learning_rate` and `memory`.
macro_rules! remembers {
    () => {
        fn lr(&self) -> f64 {
            self.learning_rate
        }

        fn set_lr(&mut self, lr: f64) {
            self.learning_rate = lr;
        }

        fn state(&self, params: &Params<T>) -> super::OptimizerState<T> {
            self.memory.state(params)
        }

        fn restore(&mut self, params: &Params<T>, state: &super::OptimizerState<T>) -> Result<(), super::WrongState> {
            self.memory.restore(params, state)
        }
    };
}
use remembers;

#[cfg(test)]
mod tests;
