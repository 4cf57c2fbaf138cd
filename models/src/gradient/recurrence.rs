//! `Recurrence`: what the tape says of a gradient through time against the product of explicit Jacobians.
//!
//! With s_t the joint state (all parts, one under the other) and J_t = ∂s_t/∂s_{t−1} in full block form, the gradient of a
//! loss of the last state alone is ∂L/∂s_{t−1} = J_tᵀ ∂L/∂s_t. Each J_t comes from one sweep of one step: the state
//! is repeated in as many columns as it has entries, and column i is seeded with eᵢ.

use autograd::{Gradients, Tape, Var};
use nalgebra::{DMatrix, DVector};

use crate::{Block, Draws, Params, largest};

/// Something recurrent, such as a cell or a stack, with its parameters.
#[derive(Clone, Debug)]
pub struct Recurrence<'a> {
    /// Its parameters.
    pub params: &'a Params<f64>,
    /// D, the rows of its input.
    pub input: usize,
    /// The rows of every part of its joint state.
    pub widths: Vec<usize>,
}

impl Recurrence<'_> {
    /// How far the tape's gradients of the joint state are from the product of explicit Jacobians, over random inputs drawn from
    /// `seed`: the largest |difference|, relative to the largest entry of the gradient, of the gradients between runs of
    /// `piece` steps. `run` gives the joint state after a block of steps of one sequence, given its input; in `reverse` it begins at
    /// the last.
    #[track_caller]
    pub fn audit(
        &self,
        steps: usize,
        reverse: bool,
        piece: usize,
        seed: u64,
        run: impl for<'t> Fn(Block<'_, 't, f64>, Var<'t, f64>) -> Vec<Var<'t, f64>>,
    ) -> f64 {
        let mut draws = Draws::at(seed, "audit", &[]);
        let mut random = |rows: usize| DMatrix::from_fn(rows, 1, |_, _| draws.normal());
        let inputs: Vec<_> = (0..steps).map(|_| random(self.input)).collect();
        let start: Vec<_> = self.widths.iter().map(|width| random(*width)).collect();
        let weight: Vec<_> = self.widths.iter().map(|width| random(*width)).collect();
        let mut order: Vec<_> = (0..steps).collect();
        if reverse {
            order.reverse();
        }

        // One tape over all steps; the state between two pieces is copied, so that its gradient is that of the joint state.
        let tape = Tape::new();
        let bound = self.params.bind(&tape);
        let mut states: Vec<_> = start.iter().map(|s| tape.leaf(s)).collect();
        let mut between = vec![states.clone()];
        for steps in order.chunks(piece) {
            let first = *steps.iter().min().expect("a step");
            let range = first..first + steps.len();
            let columns: Vec<_> = inputs[range.clone()].iter().map(|x| x.column(0)).collect();
            let x = tape.constant(&DMatrix::from_columns(&columns));
            let block =
                Block { tape: &tape, bound: &bound, examples: 0..1, states: &states, steps: range, loss_wanted: false };
            states = run(block, x).iter().map(|s| s.copied().watch()).collect();
            between.push(states.clone());
        }
        let seeds: Vec<_> = states.iter().copied().zip(&weight).collect();
        let mut gradients = Gradients::new();
        tape.vjp(&seeds, &mut gradients);
        let joined = |parts: &[DMatrix<f64>]| DVector::from_vec(parts.iter().flat_map(|p| p.iter().copied()).collect());

        let mut before = start;
        let mut jacobians = Vec::new();
        for t in order.iter().copied() {
            let (jacobian, after) = self.step(t, &inputs[t], &before, &run);
            jacobians.push(jacobian);
            before = after;
        }
        let mut product = joined(&weight);
        let mut errors = Vec::new();
        for (states, steps) in between.iter().zip(order.chunks(piece)).rev() {
            for _ in steps {
                product = jacobians.pop().expect("one a step").transpose() * product;
            }
            let found = joined(&states.iter().map(|s| gradients.of(*s).into_owned()).collect::<Vec<_>>());
            let scale = largest(product.iter().copied()).max(f64::MIN_POSITIVE);
            errors.push(largest((&found - &product).iter().copied()) / scale);
        }
        largest(errors)
    }

    /// ∂s_t/∂s_{t−1} in full block form at input x (D×1) and the state `before`, and the state after step `t`.
    #[track_caller]
    fn step(
        &self,
        t: usize,
        x: &DMatrix<f64>,
        before: &[DMatrix<f64>],
        run: impl for<'t> Fn(Block<'_, 't, f64>, Var<'t, f64>) -> Vec<Var<'t, f64>>,
    ) -> (DMatrix<f64>, Vec<DMatrix<f64>>) {
        let n: usize = self.widths.iter().sum();
        let repeated = |m: &DMatrix<f64>| DMatrix::from_fn(m.nrows(), n, |i, _| m[(i, 0)]);
        let tape = Tape::new();
        let bound = self.params.bind(&tape);
        let states: Vec<_> = before.iter().map(|s| tape.leaf(&repeated(s))).collect();
        let block =
            Block { tape: &tape, bound: &bound, examples: 0..n, states: &states, steps: t..t + 1, loss_wanted: false };
        let after = run(block, tape.constant(&repeated(x)));
        // Entry i of the new joint state, in column i.
        let mut first = 0;
        let mut seed = |width: usize| {
            first += width;
            DMatrix::from_fn(width, n, |i, j| f64::from(u8::from(first - width + i == j)))
        };
        let seeds: Vec<_> = self.widths.iter().map(|width| seed(*width)).collect();
        let roots: Vec<_> = after.iter().copied().zip(&seeds).collect();
        let mut gradients = Gradients::new();
        tape.vjp(&roots, &mut gradients);
        // Column i of the gradients is row i of the Jacobian.
        let blocks: Vec<_> = states.iter().map(|state| gradients.of(*state).transpose()).collect();
        let columns: Vec<_> = blocks.iter().flat_map(|block| block.column_iter()).collect();
        (DMatrix::from_columns(&columns), after.iter().map(|s| s.value().columns(0, 1).into_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Rnn;
    use crate::{Describe, Dims};

    #[test]
    fn the_jacobian_of_the_rnn_is_the_textbooks() {
        // J = diag(1 − h²) W_h.
        let mut params = Params::new();
        let cell = params.place("cell", Rnn::new(Dims { input: 2, hidden: 3, horizon: 1 }), 5);
        let value = |name: &str| params.get(name).expect("a parameter").value.clone();
        let (x, h) = (DMatrix::from_element(2, 1, 0.3), DMatrix::from_element(3, 1, -0.2));
        let new = (value("cell.w_x") * &x + value("cell.w_h") * &h).map(f64::tanh);
        let expected = DMatrix::from_diagonal(&new.map(|h| 1.0 - h * h).column(0).into_owned()) * value("cell.w_h");
        let one = Recurrence {
            params: &params,
            input: 2,
            widths: cell.about().states.iter().map(|part| part.width).collect(),
        };
        let (jacobian, after) =
            one.step(0, &x, &[h], |block, x| cell.unroll(block.bound).over(&block).run(x, block.batch()).last);
        assert!((jacobian - expected).amax() < 1e-15 && (&after[0] - new).amax() < 1e-15);
    }
}
