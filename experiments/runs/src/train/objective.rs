//! `Objective`: what is trained.

use models::{CellScalar, Params, Sequence};

/// The loss of each update, a function of the update's number alone: drawn by address, so that an update is the same
/// whether those before it were run or resumed.
///
/// Any function of (parameters, number of the update) is one:
/// ```
/// use runs::train::{Forgetful, Objective, Training, train};
/// use models::{BlockEnd, Handle, Placed, Params, Recorded, Sequence, Specs, Whole, init};
///
/// let mut specs = Specs::default();
/// let w = specs.add("w", (1, 1), init::uniform(1.0));
/// let mut params = Params::<f32>::new();
/// let net = params.place("net", specs, 1);
/// struct ToThree(Placed<Specs>, Handle);
/// impl Objective<f32> for ToThree {
///     fn sequence(&self, _: u64) -> Box<dyn Sequence<f32> + '_> {
///         Box::new(Recorded::new(1, 0..1, |block| {
///             let w = self.0.on(block.bound)[self.1];
///             BlockEnd::loss(w.shift(-3.0).square().sum())
///         }))
///     }
/// }
/// train(&ToThree(net, w), &mut params, &Training::new(500, 0.1), &mut Whole::default(), &mut Forgetful).unwrap();
/// assert!((params.get("net.w").unwrap().value[0] - 3.0).abs() < 1e-2);
/// ```
pub trait Objective<T: CellScalar>: Sync {
    /// What is swept in the update number `update`, from 1. It is made once and recorded as often as an engine likes. The one
    /// after the last is asked for as well, to see that what the last update made has a loss.
    fn sequence(&self, update: u64) -> Box<dyn Sequence<T> + '_>;

    /// A loss on examples that training does not see; less is better.
    fn validate(&self, _params: &Params<T>) -> Option<f64> {
        None
    }

    /// Whether the task is solved after the update number `update`, which then is the last one.
    fn solved(&self, _update: u64, _params: &Params<T>) -> bool {
        false
    }
}
