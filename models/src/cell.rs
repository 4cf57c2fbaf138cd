//! `Cell`: one step of a recurrent network. [`Unroll`](crate::Unroll) owns time; a cell never loops over it.
//!
//! A cell is one file: a struct with an [`About`] and the handles of its parameters, [`Describe`], and [`Cell`] for
//! every scalar. The certificate, the study, the plots and the files need nothing more of it.

use std::fmt::Debug;

use autograd::{Dual, Scalar, Shape, Tape, Var};
use nalgebra::DMatrix;

use crate::{Handle, Init, Part, Specs, Step, Weights};

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

/// One named part of a cell's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePart {
    /// Its letter in the equations, such as `h` or `c`.
    pub name: &'static str,
    /// Its rows.
    pub width: usize,
}

/// What is known of a cell without a scalar type.
#[derive(Clone, Debug)]
pub struct About {
    /// Its name in messages.
    pub name: &'static str,
    /// The paper its equations are from.
    pub source: &'static str,
    /// D, the rows of its input.
    pub input: usize,
    /// Its state parts, in the order in which `step` takes and gives them.
    pub states: Vec<StatePart>,
    /// Which part is the output.
    pub output: usize,
    /// Its parameters.
    pub specs: Specs,
}

impl About {
    /// A cell with no state and no parameters yet. The first state part is the output unless `output` is changed.
    pub fn new(name: &'static str, source: &'static str, input: usize) -> Self {
        Self { name, source, input, states: Vec::new(), output: 0, specs: Specs::default() }
    }

    /// Declares a state part of `width` rows.
    pub fn state(&mut self, name: &'static str, width: usize) -> Part {
        self.states.push(StatePart { name, width });
        Part(self.states.len() - 1)
    }

    /// The output part.
    pub fn output(&self) -> Part {
        Part(self.output)
    }

    /// Declares a parameter.
    #[track_caller]
    pub fn param(&mut self, name: &'static str, shape: Shape, init: Init) -> Handle {
        self.specs.add(name, shape, init)
    }

    /// The place of the state part called `name`.
    pub fn part(&self, name: &str) -> Option<usize> {
        self.states.iter().position(|part| part.name == name)
    }

    /// The rows of the output.
    pub fn output_width(&self) -> usize {
        self.states[self.output].width
    }
}

/// The part of a cell that no scalar type is needed for.
pub trait Describe: Debug + Send + Sync {
    /// Name, source, states and parameters.
    fn about(&self) -> &About;
}

/// One step of a recurrent network over the numbers `T`.
pub trait Cell<T: Scalar>: Describe {
    /// The share of the input in the step, which needs no state: x (D × n) to whatever `step` reads.
    ///
    /// It must treat each column alone, for the driver calls it for all steps at once: one product instead of T.
    fn project<'t>(&self, _p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        x
    }

    /// The equations: reads `s.x`, the states and the weights, names its gates, and gives every state part.
    fn step<'t>(&self, s: &mut Step<'_, 't, T>);

    /// The same as one op, which the driver takes when nobody sees into the step; without one, the equations.
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

/// Every value of one gate, step by step (· × B each).
pub type GateSeries<'t, T> = (&'static str, Vec<Var<'t, T>>);

/// Where a cell names its gates.
#[derive(Debug)]
pub struct Gates<'t, T: Scalar> {
    listening: bool,
    held: Vec<HeldGate>,
    seen: Vec<GateSeries<'t, T>>,
}

/// A gate whose every entry is one number, whatever the cell computes.
#[derive(Clone, Debug)]
pub(crate) struct HeldGate {
    pub name: String,
    pub value: f64,
    /// Whether the cell has named it.
    pub met: bool,
}

impl<'t, T: Scalar> Gates<'t, T> {
    pub(crate) fn new(listening: bool, held: Vec<HeldGate>) -> Self {
        Self { listening, held, seen: Vec::new() }
    }

    /// Whether anybody can see the values within a step on `tape`.
    pub(crate) fn visible(&self, tape: &Tape<T>) -> bool {
        self.listening || !self.held.is_empty() || tape.is_traced()
    }

    /// Passes `value` through, remembering it under `name` if somebody listens; a traced tape calls it so in any case. The
    /// cell goes on with what it is given back: a gate that is [held](crate::Unroll::hold) is another.
    #[must_use]
    pub fn see(&mut self, name: &'static str, value: Var<'t, T>) -> Var<'t, T> {
        let held = self.held.iter_mut().find(|held| held.name == name).map(|held| {
            held.met = true;
            T::from_f64(held.value)
        });
        let value = held.map_or(value, |held| {
            let (rows, columns) = value.shape();
            value.tape().constant(&DMatrix::from_element(rows, columns, held))
        });
        if self.listening {
            match self.seen.iter_mut().find(|(seen, _)| *seen == name) {
                Some((_, values)) => values.push(value),
                None => self.seen.push((name, vec![value])),
            }
        }
        value.named(name)
    }

    /// The gates that are held and that the cell has not named.
    pub(crate) fn not_met(&self) -> impl Iterator<Item = &str> {
        self.held.iter().filter(|held| !held.met).map(|held| held.name.as_str())
    }

    pub(crate) fn into_seen(self) -> Vec<GateSeries<'t, T>> {
        self.seen
    }
}

impl Describe for Box<dyn AnyCell> {
    fn about(&self) -> &About {
        (**self).about()
    }
}

/// A cell of the registry is a cell.
impl<T: CellScalar> Cell<T> for Box<dyn AnyCell> {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        T::cell(&**self).project(p, x)
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        T::cell(&**self).step(s);
    }

    fn fused<'t>(&self, s: &mut Step<'_, 't, T>) {
        T::cell(&**self).fused(s);
    }
}

impl Describe for std::sync::Arc<dyn AnyCell> {
    fn about(&self) -> &About {
        (**self).about()
    }
}

impl<T: CellScalar> Cell<T> for std::sync::Arc<dyn AnyCell> {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        T::cell(&**self).project(p, x)
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        T::cell(&**self).step(s);
    }

    fn fused<'t>(&self, s: &mut Step<'_, 't, T>) {
        T::cell(&**self).fused(s);
    }
}
