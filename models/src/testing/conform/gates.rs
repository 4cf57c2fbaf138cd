//! A gate that is held is held: the cell goes on with what it is given back, everywhere.

use autograd::{Tape, Var};
use nalgebra::DMatrix;

use super::over_time::normals;
use super::{Make, Outcome, ensure};
use crate::gates::{Gates, HeldGate};
use crate::{AnyCell, CellScalar, Dims, Step, Unroll};

const BATCH: usize = 2;
const STEPS: usize = 3;

pub(super) fn run(make: Make<'_>) -> Outcome {
    let cell = make(Dims { input: 2, hidden: 3, horizon: 10 });
    let (name, drawn) = (cell.about().name, normals(cell.about(), STEPS, BATCH, 1));
    let tape = Tape::<f64>::new();
    for gate in unrolled(&*cell, &tape, &drawn, |unroll| unroll.record()).1 {
        let counts = counts_though_held(&*cell, &drawn, gate);
        ensure!(
            !counts,
            "{name}: where the gate `{gate}` is held, the cell goes on with its own value; take what `gate` gives back"
        );
        let at = |value: f64| unrolled(&*cell, &tape, &drawn, |unroll| unroll.hold(gate, value)).0;
        let acts = at(0.25) != at(0.75);
        ensure!(
            acts,
            "{name}: holding the gate `{gate}` changes nothing; take what `gate` gives back, or do not name it"
        );
    }
    Ok(0.0)
}

/// Outputs and last states, and the gates that are recorded.
fn unrolled<'t>(
    cell: &dyn AnyCell,
    tape: &'t Tape<f64>,
    drawn: &[DMatrix<f64>],
    options: impl for<'a> Fn(Unroll<'a, 't, f64>) -> Unroll<'a, 't, f64>,
) -> (Vec<DMatrix<f64>>, Vec<&'static str>) {
    let vars: Vec<_> = drawn.iter().map(|m| tape.leaf(m)).collect();
    let (initial, params) = vars[1..].split_at(cell.about().states.len());
    let bound = cell.about().specs.bind(params.to_vec());
    let run = options(Unroll::new(f64::cell(cell), bound.all()).initial(initial)).run(vars[0], BATCH);
    let values = std::iter::once(&run.outputs).chain(&run.last).map(|v| v.value()).collect();
    (values, run.gates.iter().map(|(name, _)| *name).collect())
}

/// Whether, with `gate` held, a gradient reaches what the cell computes for it.
fn counts_though_held(cell: &dyn AnyCell, drawn: &[DMatrix<f64>], gate: &str) -> bool {
    let (tape, states) = (Tape::<f64>::new(), cell.about().states.len());
    let vars: Vec<_> = drawn.iter().map(|m| tape.leaf(m)).collect();
    let (mut read, mut next) = (vars[1..=states].to_vec(), vars[1..=states].to_vec());
    let bound = cell.about().specs.bind(vars[1 + states..].to_vec());
    let x = f64::cell(cell).project(bound.all(), vars[0].columns(0, BATCH));
    let held = vec![HeldGate { name: gate.into(), value: 0.5, computed: None }];
    let mut gates = Gates::new(None, held, &tape);
    Step::take(f64::cell(cell), bound.all(), (x, 0), &mut read, &mut next, &mut gates);
    let Some(computed) = gates.held[0].computed.map(Var::watch) else { return false };
    let total = next.iter().map(|s| (*s * *s).sum()).reduce(|a, b| a + b).expect("a state");
    tape.backward(total).of(computed).iter().any(|g| *g != 0.0)
}
