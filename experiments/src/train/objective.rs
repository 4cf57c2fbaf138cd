//! `Objective`: what is trained.

use autograd::{Tape, Var};
use models::{Bound, CellScalar, Params};
use nalgebra::DMatrix;

/// The loss of each update, a function of the update's number alone: drawn by address, so that an update is the same
/// whether those before it were run or resumed.
///
/// Any function of (tape, parameters, number of the update) is one:
/// ```
/// use autograd::{Tape, Var};
/// use experiments::train::{Forgetful, Training, train};
/// use models::{Bound, Params, Specs, init};
///
/// let mut specs = Specs::default();
/// let w = specs.add("w", (1, 1), init::uniform(1.0));
/// let mut params = Params::<f32>::new();
/// let group = params.add("net", &specs, 1);
/// fn record<'t>(bound: &Bound<'t, f32>, w: Var<'t, f32>) -> Var<'t, f32> { (w.shift(-3.0) * w.shift(-3.0)).sum() }
/// struct ToThree(models::Group, models::Handle);
/// impl experiments::train::Objective<f32> for ToThree {
///     fn loss<'t>(&self, _: &'t Tape<f32>, bound: &Bound<'t, f32>, _: u64, _: &[nalgebra::DMatrix<f32>])
///         -> (Var<'t, f32>, Vec<nalgebra::DMatrix<f32>>) {
///         (record(bound, bound.of(self.0)[self.1]), vec![])
///     }
/// }
/// train(&ToThree(group, w), &mut params, &Training::new(500, 0.1), &mut Forgetful).unwrap();
/// assert!((params.get("net.w").unwrap().value[0] - 3.0).abs() < 1e-2);
/// ```
pub trait Objective<T: CellScalar>: Sync {
    /// The 1×1 loss of the update number `update`, from 1, and what the next update takes over: the states after truncated
    /// backpropagation, say; mostly nothing.
    fn loss<'t>(
        &self,
        tape: &'t Tape<T>,
        bound: &Bound<'t, T>,
        update: u64,
        carried: &[DMatrix<T>],
    ) -> (Var<'t, T>, Vec<DMatrix<T>>);

    /// What the first update takes over.
    fn begin(&self) -> Vec<DMatrix<T>> {
        Vec::new()
    }

    /// A loss on examples that training does not see; less is better.
    fn validate(&self, _params: &Params<T>) -> Option<f64> {
        None
    }
}
