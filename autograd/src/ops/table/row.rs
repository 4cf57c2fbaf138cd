use std::collections::HashSet;
use std::panic::Location;
use std::rc::Rc;

use nalgebra::DMatrix;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::differential::{Everywhere, Single};
use crate::testing::{self, Shown, matrix_of};
use crate::{Dual, Op, Tape, Var};

pub(crate) type Inputs = Vec<DMatrix<f64>>;

type Call = dyn for<'t> Fn(&'t Tape<f64>) -> Var<'t, f64>;

type Method = dyn for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>;

/// A call that must panic, and where it stands.
pub(crate) struct Refusal {
    pub(crate) call: Box<Call>,
    pub(crate) place: &'static Location<'static>,
}

impl Refusal {
    #[track_caller]
    fn new(call: impl for<'t> Fn(&'t Tape<f64>) -> Var<'t, f64> + 'static) -> Self {
        Self { call: Box::new(call), place: Location::caller() }
    }
}

/// One op behind one method of `Var`, and what the generic checks have to know about it.
pub(crate) struct Row {
    /// The op's name.
    pub(crate) name: &'static str,
    /// The op's type, as the compiler writes it.
    pub(crate) op: &'static str,
    pub(crate) program: Box<dyn Everywhere>,
    inputs: Rc<dyn Fn(usize, usize, usize) -> BoxedStrategy<Inputs>>,
    /// How users record the op.
    pub(crate) method: Box<Method>,
    pub(crate) refusals: Vec<Refusal>,
    /// The call on an empty batch, if the op has no value there.
    pub(crate) refuses_nothing: Option<Refusal>,
    pub(crate) place: &'static Location<'static>,
}

impl Row {
    /// `op`, as `method` records it. `inputs` makes the strategy of its inputs from sizes (m, k, n) of at least 1, where n,
    /// the batch, may be 0: sizes of 1 should make 1×1 matrices, if the op allows it.
    #[track_caller]
    pub(crate) fn new<O, S>(
        op: O,
        inputs: impl Fn(usize, usize, usize) -> S + 'static,
        method: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64> + 'static,
    ) -> Self
    where
        O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone,
        S: Strategy<Value = Inputs> + 'static,
    {
        let name = Op::<f64>::name(&op);
        Self::of_program::<O, S>(name, Single(op), inputs, method)
    }

    /// [`new`](Self::new) for an op of type `O` that is not one for every scalar, through a program that is.
    #[track_caller]
    pub(crate) fn of_program<O, S: Strategy<Value = Inputs> + 'static>(
        name: &'static str,
        program: impl Everywhere + 'static,
        inputs: impl Fn(usize, usize, usize) -> S + 'static,
        method: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64> + 'static,
    ) -> Self {
        Self {
            name,
            op: std::any::type_name::<O>(),
            program: Box::new(program),
            inputs: Rc::new(move |m, k, n| inputs(m, k, n).boxed()),
            method: Box::new(method),
            refusals: Vec::new(),
            refuses_nothing: None,
            place: Location::caller(),
        }
    }

    /// An op of one matrix of any shape with entries from `entry`.
    #[track_caller]
    pub(crate) fn unary<O>(
        op: O,
        entry: impl Strategy<Value = f64> + Clone + 'static,
        method: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64> + 'static,
    ) -> Self
    where
        O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone,
    {
        Self::new(op, move |m, _, n| vec![matrix_of(entry.clone(), m, n)], method)
    }

    /// An op of two matrices of one shape with entries from `entry`.
    #[track_caller]
    pub(crate) fn binary<O>(
        op: O,
        entry: impl Strategy<Value = f64> + Clone + 'static,
        method: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64> + 'static,
    ) -> Self
    where
        O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone,
    {
        Self::new(op, move |m, _, n| vec![matrix_of(entry.clone(), m, n), matrix_of(entry.clone(), m, n)], method)
    }

    /// Adds a call that must panic, with the op's or the method's name, at the line of the call.
    #[track_caller]
    pub(crate) fn refuses(mut self, call: impl for<'t> Fn(&'t Tape<f64>) -> Var<'t, f64> + 'static) -> Self {
        self.refusals.push(Refusal::new(call));
        self
    }

    /// Says that the op has no value on an empty batch: the call must panic. Without this, the value there must be empty or
    /// all 0, and the gradients too.
    #[track_caller]
    pub(crate) fn refuses_nothing(mut self, call: impl for<'t> Fn(&'t Tape<f64>) -> Var<'t, f64> + 'static) -> Self {
        self.refuses_nothing = Some(Refusal::new(call));
        self
    }

    /// The inputs of random sizes.
    pub(crate) fn inputs(&self) -> BoxedStrategy<Inputs> {
        let inputs = self.inputs.clone();
        (1usize..5, 1usize..5, 1usize..5).prop_flat_map(move |(m, k, n)| inputs(m, k, n)).boxed()
    }

    /// Some inputs of given sizes, the same each time.
    pub(crate) fn draw(&self, m: usize, k: usize, n: usize) -> Inputs {
        let config = Config { rng_seed: RngSeed::Fixed(1), ..Config::default() };
        let drawn = (self.inputs)(m, k, n).new_tree(&mut TestRunner::new(config));
        drawn.expect("a strategy that rejects nothing").current()
    }

    /// Examines the op at some inputs of its own.
    ///
    /// # Panics
    /// With the fault.
    pub(crate) fn examine(&self, inputs: &Inputs) {
        if let Err(fault) = testing::examine(&*self.program, inputs, 1) {
            panic!("{fault}\n{}: at {:?}", self.place, Shown(inputs));
        }
    }
}

/// The certificate of an op file: its rows, at random inputs.
#[track_caller]
pub(crate) fn certify(rows: Vec<Row>) {
    for row in rows {
        testing::certify_program(&*row.program, row.inputs());
    }
}

/// Entries that differ by at least 0.1, in any order: no ties.
pub(crate) fn distinct(rows: usize, columns: usize) -> BoxedStrategy<DMatrix<f64>> {
    let numbers: Vec<_> = (0..rows * columns).map(|k| 0.2 * k as f64 - 1.0).collect();
    let entries = (Just(numbers).prop_shuffle(), proptest::collection::vec(-0.05..0.05, rows * columns));
    entries
        .prop_map(move |(x, noise)| DMatrix::from_fn(rows, columns, |i, j| x[j * rows + i] + noise[j * rows + i]))
        .boxed()
}

/// The names of some rows' ops.
pub(crate) fn names<'a>(rows: impl IntoIterator<Item = &'a Row>) -> HashSet<&'static str> {
    rows.into_iter().map(|row| row.name).collect()
}
