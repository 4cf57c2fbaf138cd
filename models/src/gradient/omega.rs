//! Pascanu's regulariser, for any cell: it asks that the gradient keep its length from each step to the one before.
//! ```text
//! Ω = mean over the batch of Σ_t (r_t − 1)²,   r_t = ‖λ_{t+1} ∂s_{t+1}/∂s_t‖ / ‖λ_{t+1}‖,   λ_t = ∂L/∂s_t
//! ```
//! with s_t (all state parts, one below the other) as in s_{t+1} = F(s_t, x_{t+1}, θ), for t = 0 .. T − 1 of each example's own
//! steps.
//!
//! Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, eq. 9 (their code squares both norms). As there (eq. 10), ∂Ω/∂θ is the
//! *immediate* derivative: λ_{t+1} and s_t are constants, θ works through ∂F/∂s_t alone. The paper writes this out for one
//! cell whose state is the pre-activation x, so that ∂x_{t+1}/∂x_t = W diag σ′(x_t) depends on W alone; here the state is the
//! cell's own, and every parameter in its Jacobian has its share.
//!
//! How, exactly and without a Jacobian: with unit vectors λ̂ and û = (λ̂ ∂F/∂s)ᵀ/r,  dr = d(λ̂ · ∂F/∂s · û), and ∂F/∂s · û is the
//! tangent of F at s + û ε. So ∂r/∂θ is the ε part of the gradient of ⟨λ̂, F⟩ on dual numbers: forward over reverse.
//! Nothing ties the steps together once s and λ are known, so all T are one step of a batch of T·B columns.
//!
//! Cost, beside the sweep for L: one step on T·B columns forward and back, and one on dual numbers, whose products are not
//! tuned. An LSTM of 64 units over 50 steps of a batch of 16 in `f32` takes 2 to 7 ms for L and its sweep, and 30 ms for Ω.

use autograd::{Dual, Gradients, Real, Tape, Var};
use nalgebra::DMatrix;
use std::ops::Range;
use std::sync::Arc;

use super::{Block, BlockEnd, ParamGrads, Term};
use crate::unroll::whole_steps;
use crate::{AnyCell, CellScalar, Placed, Unroll, Weights, norm};

/// A cell that has run over a sequence, each of its states a value of its own, so that a sweep finds λ.
///
/// (The states that [`Unroll`] records do not do: within a step one part may be computed from another, as h_t from c_t in
/// the LSTM, and the gradient of c_t then has h_t's share in it, which is not ∂L/∂s_t of the pair.)
///
/// ```
/// # use std::sync::Arc;
/// # use autograd::Tape;
/// # use models::{cells::Lstm, AnyCell, Dims, OmegaRun, ParamGrads, Params};
/// # use nalgebra::DMatrix;
/// let lstm: Arc<dyn AnyCell> = Arc::new(Lstm::new(Dims { input: 2, hidden: 3, horizon: 10 }));
/// let mut params = Params::<f64>::new();
/// let cell = params.place("layers.0.fwd", lstm, 1);
/// let mut grads = ParamGrads::zeros(&params);
///
/// let tape = Tape::new();
/// let bound = params.bind(&tape);
/// let x = tape.constant(&DMatrix::from_element(2, 5 * 4, 0.1)); // 5 steps of a batch of 4
/// let run = OmegaRun::new(&cell, cell.on(&bound), &[], x, &[5, 3, 5, 1]); // their lengths
/// let loss = run.last[0].square().sum();
/// let gradients = tape.backward(loss);
/// let omega = run.omega(&gradients);
/// assert!(omega.value > 0.0 && omega.ratios.shape() == (5, 4) && omega.ratios[(4, 1)].is_nan());
///
/// grads.read(&bound, &gradients);
/// omega.add_to(&mut grads, &cell, 0.5); // ∂L/∂θ + ½ ∂Ω/∂θ
/// ```
#[derive(Debug)]
pub struct OmegaRun<'t, F: Real> {
    /// The output part of every step: width × (T·B), time-major.
    pub outputs: Var<'t, F>,
    /// Every state part after the last step: width × B each. L may read these and the outputs, nothing else of the run.
    pub last: Vec<Var<'t, F>>,
    cell: Arc<dyn AnyCell>,
    p: Vec<Var<'t, F>>,
    x: Var<'t, F>,
    lengths: Vec<usize>,
    /// s_0, part by part.
    first: Vec<Var<'t, F>>,
    /// s_1 .. s_T, part by part: width × (T·B).
    states: Vec<Var<'t, F>>,
}

/// Ω and its immediate derivative.
#[derive(Clone, Debug)]
pub struct Omega<F: Real> {
    /// Ω.
    pub value: f64,
    /// r_t of every example: T × B. Where no gradient arrives (λ = 0) and behind an example's end it is undefined; it is
    /// then NaN here, and Ω leaves it out.
    pub ratios: DMatrix<f64>,
    /// ∂Ω/∂θ for every parameter of the cell, in order; zeros for frozen ones.
    pub gradients: Vec<DMatrix<F>>,
}

impl<F: Real> Omega<F> {
    /// Adds α ∂Ω/∂θ to the gradients of the cell's parameters.
    ///
    /// # Panics
    /// If it is another cell, of more or fewer parameters.
    #[track_caller]
    pub fn add_to<L>(&self, grads: &mut ParamGrads<F>, cell: &Placed<L>, alpha: f64) {
        let (own, cells) = (self.gradients.len(), grads.of_mut(cell.place()));
        assert!(cells.len() == own, "omega: {own} gradients for a cell of {} parameters", cells.len());
        let alpha = F::from_f64(alpha);
        for (grad, omega) in cells.iter_mut().zip(&self.gradients) {
            grad.zip_apply(omega, |grad, omega| *grad += alpha * omega);
        }
    }
}

impl<'t, F: Real + CellScalar> OmegaRun<'t, F>
where
    Dual<F>: CellScalar,
{
    /// Runs over `x`, D × (T·B), from `initial` (width × B each), or from zeros if there are none; example e has `lengths[e]` steps, as in
    /// [`Unroll::lengths`]. The values are those of [`Unroll`]; the weights' gradients are added up step by step, so their last
    /// bits differ from its.
    ///
    /// # Panics
    /// As [`Unroll::run`].
    #[track_caller]
    pub fn new(
        cell: &Arc<dyn AnyCell>,
        p: Weights<'_, 't, F>,
        initial: &[Var<'t, F>],
        x: Var<'t, F>,
        lengths: &[usize],
    ) -> Self {
        let (tape, about, (batch, columns)) = (x.tape(), cell.about(), (lengths.len(), x.shape().1));
        let (steps, longest) = (whole_steps("omega", columns, batch), lengths.iter().copied().max().unwrap_or(0));
        assert!(longest <= steps, "omega: a length of {longest} in a sequence of {steps} steps");
        let zeros = || about.states.iter().map(|part| tape.zeros(part.width, batch)).collect();
        let first: Vec<_> = if initial.is_empty() { zeros() } else { initial.to_vec() };
        let mut stacks: Vec<_> = about.states.iter().map(|part| tape.stack(part.width, batch, steps)).collect();
        let mut last = first.clone();
        for t in 0..steps {
            let unroll = Unroll::new(F::cell(&**cell), p).initial(&last).lengths(lengths).segment(t);
            let run = unroll.run(x.columns(t * batch, batch), batch);
            // A copy, so that nothing within the step reads the value that the next step and the loss read.
            last = run.last.iter().zip(&mut stacks).map(|(part, stack)| stack.put(t, part.copied())).collect();
        }
        let states: Vec<_> = stacks.into_iter().map(|stack| stack.finish().watch()).collect();
        Self {
            outputs: states[about.output().0],
            last,
            cell: cell.clone(),
            p: p.trained().to_vec(),
            x,
            lengths: lengths.to_vec(),
            first,
            states,
        }
    }

    /// Runs over a block of a sequence, whose examples have these lengths in all: the outputs, and the end of the block but for
    /// its loss, with α Ω as a term.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[track_caller]
    pub fn over(
        cell: &Placed<Arc<dyn AnyCell>>,
        block: &Block<'_, 't, F>,
        x: Var<'t, F>,
        lengths: &[usize],
        alpha: f64,
    ) -> (Var<'t, F>, BlockEnd<'t, F>) {
        let Range { start, end } = block.steps;
        let own: Vec<_> = lengths.iter().map(|length| (*length).clamp(start, end) - start).collect();
        let run = Self::new(cell, cell.on(block.bound), block.states, x, &own);
        let (outputs, states, cell) = (run.outputs, run.last.clone(), cell.clone());
        let term: Term<'t, F> = Box::new(move |gradients, grads| {
            let omega = run.omega(gradients);
            omega.add_to(grads, &cell, alpha);
            F::from_f64(alpha * omega.value)
        });
        (outputs, BlockEnd { states, loss: None, term: Some(term) })
    }

    /// Ω for the loss that `gradients` are of.
    ///
    /// # Panics
    /// If they are of another recording, or were asked for other values only.
    #[track_caller]
    pub fn omega(&self, gradients: &Gradients<F>) -> Omega<F> {
        let before = |(first, states): (&Var<'t, F>, &Var<'t, F>)| {
            let ((width, columns), first, states) = (states.shape(), first.value(), states.value());
            let entries = first.iter().chain(&states).copied();
            DMatrix::from_iterator(width, columns, entries.take(width * columns))
        };
        let batch = self.lengths.len();
        let mut transitions = Transitions {
            cell: &*self.cell,
            batch,
            x: self.x.value(),
            before: self.first.iter().zip(&self.states).map(before).collect(),
            adjoints: self.states.iter().map(|states| gradients.of(*states).clone_owned()).collect(),
        };
        // Behind an example's end its state waits: no step is taken there, whatever stands in x.
        for j in (0..self.x.shape().1).filter(|j| j / batch >= self.lengths[j % batch]) {
            transitions.x.column_mut(j).fill(F::zero());
            transitions.adjoints.iter_mut().for_each(|part| part.column_mut(j).fill(F::zero()));
        }
        let params: Vec<_> = self.p.iter().map(|p| p.value()).collect();
        let mut omega = transitions.omega(&params);
        for (gradient, p) in omega.gradients.iter_mut().zip(&self.p) {
            if gradients.get(*p).is_none() {
                gradient.fill(F::zero());
            }
        }
        omega
    }
}

/// Every step by itself: what Ω takes for constant. Column t·B + e is step t of example e.
struct Transitions<'a, F: Real> {
    cell: &'a dyn AnyCell,
    batch: usize,
    x: DMatrix<F>,
    /// s_t, part by part.
    before: Vec<DMatrix<F>>,
    /// λ_{t+1}, part by part.
    adjoints: Vec<DMatrix<F>>,
}

impl<F: Real + CellScalar> Transitions<'_, F>
where
    Dual<F>: CellScalar,
{
    fn omega(&self, params: &[DMatrix<F>]) -> Omega<F> {
        let columns = self.x.ncols();
        let mut ratios = DMatrix::from_element(whole_steps("omega", columns, self.batch), self.batch, f64::NAN);
        if columns == 0 {
            let gradients = params.iter().map(|p| DMatrix::zeros(p.nrows(), p.ncols())).collect();
            return Omega { value: 0.0, ratios, gradients };
        }
        // λ̂, then (λ̂ ∂F/∂s)ᵀ = r û.
        let mut adjoints = self.adjoints.clone();
        let arrives: Vec<_> = (0..columns).filter(|&j| normalize(&mut adjoints, j) != 0.0).collect();
        let (mut back, _) = pull_back(self.cell, params, &self.x, &self.before, &adjoints);
        let mut value = 0.0;
        for j in arrives {
            let r = normalize(&mut back, j);
            ratios[(j / self.batch, j % self.batch)] = r;
            value += (r - 1.0) * (r - 1.0) / self.batch as f64;
            // dΩ = Σ 2 (r − 1)/B dr; the factor goes into λ̂.
            let factor = F::from_f64(2.0 * (r - 1.0) / self.batch as f64);
            adjoints.iter_mut().for_each(|part| part.column_mut(j).apply(|x| *x *= factor));
        }
        let plain = |m: &DMatrix<F>| m.map(|x| Dual::new(x, F::zero()));
        let toward: Vec<_> = self.before.iter().zip(&back).map(|(s, u)| s.zip_map(u, Dual::new)).collect();
        let params: Vec<_> = params.iter().map(plain).collect();
        let adjoints: Vec<_> = adjoints.iter().map(plain).collect();
        let (_, gradients) = pull_back(self.cell, &params, &plain(&self.x), &toward, &adjoints);
        Omega { value, ratios, gradients: gradients.iter().map(|g| g.map(|g| g.eps)).collect() }
    }
}

/// Gradients of ⟨seeds, F(s, x, θ)⟩ with respect to s and θ, each column a step of its own.
fn pull_back<T: CellScalar>(
    cell: &dyn AnyCell,
    params: &[DMatrix<T>],
    x: &DMatrix<T>,
    states: &[DMatrix<T>],
    seeds: &[DMatrix<T>],
) -> (Vec<DMatrix<T>>, Vec<DMatrix<T>>) {
    let tape = Tape::new();
    let leaves = |values: &[DMatrix<T>]| values.iter().map(|value| tape.leaf(value)).collect::<Vec<_>>();
    let (states, bound) = (leaves(states), cell.about().specs.bind(leaves(params)));
    let run = Unroll::new(T::cell(cell), bound.all()).initial(&states).run(tape.constant(x), x.ncols());
    let roots: Vec<_> = run.last.iter().copied().zip(seeds).collect();
    let mut gradients = Gradients::new();
    tape.vjp(&roots, &mut gradients);
    let found = |vars: &[Var<'_, T>]| vars.iter().map(|v| gradients.of(*v).clone_owned()).collect();
    (found(&states), found(bound.vars()))
}

/// Divides column j of all parts by its common length, and returns that; a column of zeros stays.
fn normalize<F: Real>(parts: &mut [DMatrix<F>], j: usize) -> f64 {
    let length = norm(parts.iter().flat_map(|part| (0..part.nrows()).map(move |i| part[(i, j)].re())));
    if length != 0.0 {
        parts.iter_mut().for_each(|part| part.column_mut(j).apply(|x| *x = F::from_f64(x.re() / length)));
    }
    length
}

#[cfg(test)]
mod tests;
