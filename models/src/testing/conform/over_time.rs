//! A cell over a whole sequence, for the checks.

use std::cell::Cell;

use autograd::testing::Program;
use autograd::{Tape, Var};
use nalgebra::DMatrix;

use super::{Broken, ensure};
use crate::{About, Address, AnyCell, CellScalar, Draws, Phase, Unroll, largest};

/// A cell over a whole sequence as a function of its input, its initial states and its parameters.
#[derive(Clone, Copy)]
pub(super) struct OverTime<'a> {
    cell: &'a dyn AnyCell,
    batch: usize,
    record: bool,
    reverse: bool,
    regularise: bool,
    lengths: Option<&'a [usize]>,
}

impl<'a> OverTime<'a> {
    /// Plain.
    pub(super) fn new(cell: &'a dyn AnyCell, batch: usize) -> Self {
        Self { cell, batch, record: false, reverse: false, regularise: false, lengths: None }
    }

    pub(super) fn record(self) -> Self {
        Self { record: true, ..self }
    }

    pub(super) fn reverse(self, reverse: bool) -> Self {
        Self { reverse, ..self }
    }

    pub(super) fn lengths(self, lengths: &'a [usize]) -> Self {
        Self { lengths: Some(lengths), ..self }
    }

    /// With every regulariser there is, in training.
    pub(super) fn regularise(self) -> Self {
        Self { regularise: true, ..self }
    }

    /// The outputs, then every state part after the last step.
    #[track_caller]
    pub(super) fn values<'t, T: CellScalar>(&self, inputs: &[Var<'t, T>]) -> Vec<Var<'t, T>> {
        let about = self.cell.about();
        let (x, rest) = inputs.split_first().expect("an input");
        let (initial, params) = rest.split_at(about.states.len());
        let bound = about.specs.bind(params.to_vec());
        let mut unroll = Unroll::new(T::cell(self.cell), bound.all()).initial(initial);
        if self.record {
            unroll = unroll.record();
        }
        if self.reverse {
            unroll = unroll.reverse();
        }
        if let Some(lengths) = self.lengths {
            unroll = unroll.lengths(lengths);
        }
        if self.regularise {
            unroll = unroll.input_dropout(0.3).recurrent_dropout(0.3).phase(Phase::Training(Address::default()));
            for part in &about.states {
                unroll = unroll.zoneout(part.name, 0.3).leaky(part.name, 0.7);
            }
        }
        let run = unroll.run(*x, self.batch);
        std::iter::once(run.outputs).chain(run.last).collect()
    }

    /// Those values on drawn inputs, and the gradients of the inputs.
    #[track_caller]
    pub(super) fn swept(&self, drawn: &[DMatrix<f64>]) -> Swept {
        let tape = Tape::<f64>::new();
        let vars: Vec<_> = drawn.iter().map(|m| tape.leaf(m)).collect();
        let values = self.values(&vars);
        let gradients = tape.backward(total(&values));
        Swept {
            values: values.iter().map(|v| v.value()).collect(),
            gradients: vars.iter().map(|v| gradients.of(*v).into_owned()).collect(),
        }
    }
}

/// Whether a step of 1e-8 moves no gradient by more than 1e-5: where a sequence amplifies roundings further, two ways to
/// compute it cannot agree to 1e-12.
pub(super) fn is_calm(program: &OverTime<'_>, drawn: &[DMatrix<f64>]) -> bool {
    let moved: Vec<_> = drawn.iter().map(|m| m.map(|x| x + 1e-8 * (1e3 * x).sin().signum())).collect();
    let (here, there) = (program.swept(drawn), program.swept(&moved));
    let mut pairs = here.gradients.iter().zip(&there.gradients);
    // What is not finite is not passed over.
    let wild = |a: &DMatrix<f64>, b: &DMatrix<f64>| largest((a - b).iter().copied()) > 1e-5 * (1.0 + a.amax());
    !pairs.any(|(a, b)| wild(a, b))
}

/// What a run over drawn inputs gives.
pub(super) struct Swept {
    /// Outputs, then last states.
    pub(super) values: Vec<DMatrix<f64>>,
    /// Of x, the initial states, the parameters.
    pub(super) gradients: Vec<DMatrix<f64>>,
}

/// Every state part counts, and so does every step's output.
pub(super) fn total<'t, T: CellScalar>(values: &[Var<'t, T>]) -> Var<'t, T> {
    values[1..].iter().fold(values[0].sum(), |sum, last| sum + (*last * *last).sum())
}

impl<T: CellScalar> Program<T> for OverTime<'_> {
    fn name(&self) -> String {
        self.cell.about().name.into()
    }

    fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
        total(&self.values(inputs))
    }
}

/// The worst relative error of many comparisons.
#[derive(Default)]
pub(super) struct Worst(Cell<f64>);

impl Worst {
    pub(super) fn get(&self) -> f64 {
        self.0.get()
    }

    pub(super) fn note(&self, error: f64) {
        self.0.set(self.0.get().max(error));
    }

    /// Holds `found` against `expected`, to 1e-12 of 1 + |entry|; shapes, too.
    pub(super) fn compare(
        &self,
        found: &[DMatrix<f64>],
        expected: &[DMatrix<f64>],
        what: impl Fn() -> String,
    ) -> Result<(), Broken> {
        ensure!(found.len() == expected.len(), "{}: {} matrices, not {}", what(), found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            ensure!(found.shape() == expected.shape(), "{}: {:?}, not {:?}", what(), found.shape(), expected.shape());
            for (a, b) in found.iter().zip(expected) {
                let error = (a - b).abs() / (1.0 + b.abs());
                ensure!(error <= 1e-12, "{}: {:e}, not {:e}", what(), a, b);
                self.note(error);
            }
        }
        Ok(())
    }
}

/// Columns `j` of every step of a batch of `batch`, for each example in `examples`.
pub(super) fn pick(m: &DMatrix<f64>, batch: usize, examples: &[usize]) -> DMatrix<f64> {
    let columns: Vec<_> = (0..m.ncols() / batch).flat_map(|t| examples.iter().map(move |j| t * batch + j)).collect();
    m.select_columns(&columns)
}

/// x, initial states and parameters, every entry normal.
pub(super) fn normals(about: &About, steps: usize, batch: usize, seed: u64) -> Vec<DMatrix<f64>> {
    let mut draws = Draws::at(seed, "conform", &[]);
    let states = about.states.iter().map(|part| (part.width, batch));
    let shapes =
        std::iter::once((about.input, steps * batch)).chain(states).chain(about.specs.iter().map(|spec| spec.shape));
    shapes.map(|(rows, columns)| DMatrix::from_fn(rows, columns, |_, _| draws.normal())).collect()
}

/// Plain numbers for a sequence that is not drawn.
pub(super) fn waves(rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |i, j| ((3 * i + j) as f64).sin())
}

/// Sizes that most checks run on: (D, H, T).
pub(super) const SIZES: [(usize, usize, usize); 3] = [(1, 1, 1), (2, 3, 5), (3, 2, 2)];
