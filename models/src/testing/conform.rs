//! `conform`: the suite that any cell passes.

use autograd::testing::{Program, certify_program, check};
use autograd::{Dual, Gradients, Tape, Var};
use nalgebra::DMatrix;
use proptest::prelude::*;

use super::inputs;
use crate::{AnyCell, BlockEnd, Bound, CellScalar, Checkpointing, Dims, Params, Schedule, Unroll};

/// A cell over a whole sequence as a function of its parameters, its input and its initial states: the program that
/// gets the certificate.
struct OverTime<'a> {
    cell: &'a dyn AnyCell,
    batch: usize,
}

impl<T: CellScalar> Program<T> for OverTime<'_> {
    fn name(&self) -> String {
        self.cell.about().name.into()
    }

    fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
        let states = self.cell.about().states.len();
        let (x, rest) = inputs.split_first().expect("an input");
        let (initial, params) = rest.split_at(states);
        let bound = Bound::from_vars(params.to_vec());
        let p = bound.all();
        let run = Unroll::new(T::cell(self.cell), p).initial(initial).run(*x, self.batch);
        // Every state part counts, and so does every step's output.
        run.last.iter().fold(run.outputs.sum(), |sum, last| sum + (*last * *last).sum())
    }
}

/// Checks a cell against everything the driver and the studies rely on:
///
/// - the gradient certificate over a whole unrolled sequence, T from 1 to 5, B and H from 1;
/// - a batch is its columns one by one, and T steps are T₁ steps and then T₂ more, to 1e-12;
/// - `project` treats each column alone, to 1e-12;
/// - T = 0 gives the initial states; inputs of ±1e3 give finite values and gradients, in f32 and in dual numbers;
/// - swept in segments, the gradients of 37 steps have the bits of the whole sweep;
/// - a freshly drawn cell has no parameter that is not finite.
///
/// # Panics
/// If one does not hold.
#[track_caller]
pub fn conform(make: impl Fn(Dims) -> Box<dyn AnyCell>) {
    for (input, hidden, batch, steps) in [(1, 1, 1, 1), (2, 3, 2, 5), (3, 2, 1, 2)] {
        let cell = make(Dims { input, hidden, horizon: 10 });
        certify_program(&OverTime { cell: &*cell, batch }, inputs(&*cell, steps, batch, 1.0));
        check(inputs(&*cell, steps, 3, 1.0), |drawn| {
            columns_are_alone(&*cell, &drawn, steps)?;
            time_can_be_split(&*cell, &drawn, steps)
        });
    }
    let cell = make(Dims { input: 2, hidden: 3, horizon: 10 });
    no_steps_give_the_initial_states(&*cell);
    checkpointed_is_plain(&*cell);
    check(inputs(&*cell, 4, 2, 1.0), |drawn| {
        stays_finite::<f32>(&*cell, &drawn)?;
        stays_finite::<Dual<f64>>(&*cell, &drawn)
    });
    let mut params = Params::<f64>::new();
    params.add("cell", &cell.about().specs, 1);
    for param in params.iter() {
        assert!(param.value.iter().all(|x| x.is_finite()), "{}: not finite when drawn", param.name);
    }
}

/// The last states and the outputs of `cell` on drawn inputs.
fn run(cell: &dyn AnyCell, drawn: &[DMatrix<f64>], batch: usize) -> Vec<DMatrix<f64>> {
    let tape = Tape::<f64>::new();
    let vars: Vec<_> = drawn.iter().map(|m| tape.leaf(m)).collect();
    let (initial, params) = vars[1..].split_at(cell.about().states.len());
    let bound = Bound::from_vars(params.to_vec());
    let run = Unroll::new(f64::cell(cell), bound.all()).initial(initial).run(vars[0], batch);
    std::iter::once(run.outputs).chain(run.last).map(Var::value).collect()
}

fn near(a: &DMatrix<f64>, b: &DMatrix<f64>) -> bool {
    a.shape() == b.shape() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-12 * (1.0 + b.abs()))
}

fn columns_are_alone(cell: &dyn AnyCell, drawn: &[DMatrix<f64>], steps: usize) -> Result<(), TestCaseError> {
    let (name, batch, states) = (cell.about().name, 3, cell.about().states.len());
    let whole = run(cell, drawn, batch);
    for j in 0..batch {
        let every = |m: &DMatrix<f64>| {
            m.select_columns((0..m.ncols() / batch).map(|t| t * batch + j).collect::<Vec<_>>().iter())
        };
        let mut alone = drawn.to_vec();
        for m in &mut alone[..=states] {
            *m = every(m);
        }
        for (alone, whole) in run(cell, &alone, 1).iter().zip(&whole) {
            prop_assert!(near(alone, &every(whole)), "{name}: column {j} of a batch differs from the column alone");
        }
    }
    let tape = Tape::<f64>::new();
    let bound = Bound::from_vars(drawn[1 + states..].iter().map(|m| tape.leaf(m)).collect());
    let project = |x: &DMatrix<f64>| f64::cell(cell).project(bound.all(), tape.leaf(x)).value();
    let whole = project(&drawn[0]);
    for t in 0..steps {
        let part = project(&drawn[0].columns(t * batch, batch).into_owned());
        let expected = whole.columns(t * batch, batch).into_owned();
        prop_assert!(near(&part, &expected), "{name}: `project` of step {t} alone differs from that of all steps");
    }
    Ok(())
}

fn time_can_be_split(cell: &dyn AnyCell, drawn: &[DMatrix<f64>], steps: usize) -> Result<(), TestCaseError> {
    let (name, batch, states) = (cell.about().name, 3, cell.about().states.len());
    let whole = run(cell, drawn, batch);
    let first = steps / 2;
    let mut part = drawn.to_vec();
    part[0] = drawn[0].columns(0, first * batch).into_owned();
    let middle = run(cell, &part, batch);
    part[0] = drawn[0].columns(first * batch, (steps - first) * batch).into_owned();
    part[1..=states].clone_from_slice(&middle[1..]);
    let end = run(cell, &part, batch);
    for (end, whole) in end[1..].iter().zip(&whole[1..]) {
        prop_assert!(near(end, whole), "{name}: {first} steps and then the rest differ from {steps} steps");
    }
    Ok(())
}

fn no_steps_give_the_initial_states(cell: &dyn AnyCell) {
    let (about, tape) = (cell.about(), Tape::<f64>::new());
    let mut params = Params::new();
    let group = params.add("cell", &about.specs, 1);
    let bound = params.bind(&tape);
    let run = Unroll::new(f64::cell(cell), bound.of(group)).record().run(tape.zeros(about.input, 0), 2);
    assert_eq!(run.outputs.shape(), (about.output_width(), 0), "{}: T = 0", about.name);
    for (part, last) in about.states.iter().zip(&run.last) {
        assert_eq!(last.value(), DMatrix::zeros(part.width, 2), "{}: T = 0", about.name);
    }
}

fn checkpointed_is_plain(cell: &dyn AnyCell) {
    let (about, steps, batch) = (cell.about(), 37, 2);
    let mut params = Params::<f64>::new();
    let group = params.add("cell", &about.specs, 1);
    let x = DMatrix::from_fn(about.input, steps * batch, |i, j| ((3 * i + j) as f64).sin());
    let initial: Vec<_> = about.states.iter().map(|part| DMatrix::zeros(part.width, batch)).collect();
    let swept = |schedule| {
        let mut time = Checkpointing::new(schedule);
        let pass = time.pass(&params, &initial, steps, |block| {
            let x = x.columns(block.steps.start * batch, block.steps.len() * batch).into_owned();
            let unroll = Unroll::new(f64::cell(cell), block.bound.of(group)).initial(block.states);
            let run = unroll.run(block.tape.constant(&x), batch);
            BlockEnd { loss: Some((run.outputs * run.outputs).sum()), states: run.last }
        });
        (pass.expect("no budget"), time.gradients().clone())
    };
    let ((whole, grads), (pass, same)) = (swept(Schedule::Whole), swept(Schedule::Sqrt));
    let bits = |m: &DMatrix<f64>| m.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let pairs = grads.iter().zip(same.iter()).chain(whole.initial.iter().zip(&pass.initial));
    for (whole, checkpointed) in pairs {
        assert_eq!(bits(checkpointed), bits(whole), "{}: in segments, the gradients differ", about.name);
    }
    assert!(pass.computed_steps > whole.computed_steps, "{}: one segment only", about.name);
}

fn stays_finite<T: CellScalar>(cell: &dyn AnyCell, drawn: &[DMatrix<f64>]) -> Result<(), TestCaseError> {
    let (about, tape) = (cell.about(), Tape::<T>::new());
    let vars: Vec<_> = drawn
        .iter()
        .enumerate()
        // The input saturates, the rest stays as it was drawn.
        .map(|(k, m)| tape.leaf(&m.map(|x| T::from_f64(if k == 0 { 1e3 * x.signum() } else { x }))))
        .collect();
    let total = OverTime { cell, batch: 2 }.run(&vars);
    let mut gradients = Gradients::new();
    tape.backward_into(total, &mut gradients);
    let finite = vars.iter().all(|v| gradients.of(*v).iter().all(|g| g.is_finite()));
    prop_assert!(total.item().is_finite() && finite, "{}: inputs of ±1e3 in {}", about.name, T::NAME);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{About, Cell, Describe, Gates, Handle, Weights, init};
    use autograd::Scalar;

    /// h_t = tanh(x_t + W h_{t−1}), done wrong in one way.
    #[derive(Clone, Debug)]
    struct Faulty {
        about: About,
        w: Handle,
        fault: Fault,
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fault {
        CutsTheGradient,
        MixesColumnsInStep,
        MixesColumnsInProject,
        KeepsItsOwnState,
    }

    impl Faulty {
        fn boxed(dims: Dims, fault: Fault) -> Box<dyn AnyCell> {
            let mut about = About::new("faulty", "none", dims.input);
            about.state("h", dims.input);
            let w = about.param("w", (dims.input, dims.input), init::zeros());
            Box::new(Self { about, w, fault })
        }
    }

    impl Describe for Faulty {
        fn about(&self) -> &About {
            &self.about
        }
    }

    impl<T: Scalar> Cell<T> for Faulty {
        fn project<'t>(&self, _: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
            let last = x.shape().1.saturating_sub(1);
            if self.fault == Fault::MixesColumnsInProject && last > 0 {
                return x.add_bias(x.columns(last, 1));
            }
            x
        }

        fn step<'t>(
            &self,
            p: Weights<'_, 't, T>,
            x: Var<'t, T>,
            states: &[Var<'t, T>],
            next: &mut Vec<Var<'t, T>>,
            _: &mut Gates<'t, T>,
        ) {
            let mut h = p[self.w].matmul(states[0]);
            match self.fault {
                Fault::CutsTheGradient => h = h.detach(),
                Fault::MixesColumnsInStep => h = h.add_bias(h.columns(0, 1)),
                // The step counts on a state that the driver does not know: here, the length of the tape.
                Fault::KeepsItsOwnState => h = h.shift(x.tape().len() as f64 * 1e-3),
                Fault::MixesColumnsInProject => {}
            }
            next.push((x + h).tanh());
        }
    }

    #[test]
    fn a_cell_that_breaks_a_promise_does_not_conform() {
        for fault in
            [Fault::CutsTheGradient, Fault::MixesColumnsInStep, Fault::MixesColumnsInProject, Fault::KeepsItsOwnState]
        {
            let result = std::panic::catch_unwind(|| conform(|dims| Faulty::boxed(dims, fault)));
            assert!(result.is_err(), "{fault:?} conforms");
        }
    }
}
