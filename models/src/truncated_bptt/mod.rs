//! Truncated backpropagation through time, BPTT(k₂; k₁): every k₁ steps, back through the last k₂.
//!
//! With L_s the loss of step s, and θ the parameters: at each end e = k₁, 2k₁, …, T the losses of the steps since the end
//! before it are swept back through the last k₂ steps,
//! ```text
//! g_e = ∂/∂θ Σ_{e−k₁ ≤ s < e} L_s     with the state before step max(0, e − k₂) held constant
//! ```
//! Every loss counts once, and reaches back at least k₂ − k₁ steps and less than k₂. With k₁ = k₂ the sequence is cut into
//! pieces; with k₁ = 1 every loss reaches back exactly as far; with k₁ = k₂ ≥ T it is BPTT, bit by bit.
//!
//! Source: Williams & Peng 1990, "An efficient gradient-based algorithm for on-line training of recurrent network
//! trajectories", Neural Computation 2(4), BPTT(h; h′) with h = k₂ and h′ = k₁.

#[cfg(test)]
mod tests;

use std::ops::Range;

use autograd::{Gradients, Scalar, Tape, Var};
use nalgebra::DMatrix;

use crate::checkpointing::record_block;
use crate::{Block, BlockEnd, ParamGrads, Params};

/// What a truncated pass over a sequence found.
#[derive(Clone, Debug, PartialEq)]
pub struct TruncatedPass<T: Scalar> {
    /// The sum of all losses, each computed with the parameters of its time.
    pub loss: T,
    /// The states after the last step: where a pass over what follows begins.
    pub last: Vec<DMatrix<T>>,
}

/// Truncated backpropagation through time; see the module documentation. It keeps its memory from pass to pass.
///
/// ```
/// use models::{BlockEnd, Describe, Dims, Params, TruncatedBptt, Unroll, cells::Lstm};
/// use models::optim::{Adam, Optimizer};
/// use nalgebra::DMatrix;
///
/// let cell = Lstm::new(Dims { input: 1, hidden: 4, horizon: 10 });
/// let mut params = Params::<f64>::new();
/// let group = params.add("layers.0.fwd", &cell.about().specs, 1);
/// let (steps, batch) = (200, 2);
/// let x = DMatrix::from_fn(1, steps * batch, |_, j| (j as f64).sin());
/// let zeros = [DMatrix::zeros(4, batch), DMatrix::zeros(4, batch)];
///
/// let (mut time, mut adam) = (TruncatedBptt::new(10, 30), Adam::new(0.01));
/// let pass = time.train(&mut params, &zeros, steps, |block| {
///     let columns = x.columns(block.steps.start * batch, block.steps.len() * batch).into_owned();
///     let run = Unroll::new(&cell, block.bound.of(group)).initial(block.states).run(block.tape.constant(&columns), batch);
///     BlockEnd { loss: Some((run.outputs * run.outputs).sum()), states: run.last }
/// }, |params, gradients, _steps| {
///     gradients.clip(1.0, params).expect("finite");
///     adam.step(params, gradients);
/// });
/// assert!(pass.loss.is_finite() && pass.last.len() == 2); // 20 updates
/// ```
#[derive(Debug)]
pub struct TruncatedBptt<T: Scalar> {
    k1: usize,
    k2: usize,
    tape: Tape<T>,
    sweep: Gradients<T>,
    grads: ParamGrads<T>,
    sum: ParamGrads<T>,
}

/// One sweep: what is run again, and what is new.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Window {
    /// The k₂ steps.
    steps: Range<usize>,
    /// The steps since the last sweep: their losses count.
    new: Range<usize>,
    /// Before which step the next window begins.
    next: usize,
}

impl Window {
    /// The pieces to record: cut where the new steps begin and where the next window does.
    fn pieces(&self) -> Vec<Range<usize>> {
        let mut cuts = vec![self.steps.start, self.new.start, self.next, self.steps.end];
        cuts.sort_unstable();
        cuts.dedup();
        cuts.windows(2).map(|cut| cut[0]..cut[1]).collect()
    }
}

impl<T: Scalar> TruncatedBptt<T> {
    /// A sweep every `k1` steps, back through `k2`.
    ///
    /// # Panics
    /// Unless 1 ≤ k1 ≤ k2: else some losses would never be swept.
    #[track_caller]
    pub fn new(k1: usize, k2: usize) -> Self {
        assert!(1 <= k1 && k1 <= k2, "truncated BPTT: k1 = {k1} and k2 = {k2}, but 1 ≤ k1 ≤ k2");
        let none = || ParamGrads::zeros(&Params::new());
        Self { k1, k2, tape: Tape::new(), sweep: Gradients::new(), grads: none(), sum: none() }
    }

    /// Runs over `steps` steps from the `initial` states, with one gradient: the sum Σ_e g_e, in [`gradients`](Self::gradients).
    ///
    /// `record` is given pieces of the sequence, some of them several times, and must record the same each time:
    /// randomness by [address](crate::Draws::at), not by order. A loss is looked at if it is wanted.
    ///
    /// # Panics
    /// If a piece gives other states than it got, or a loss that is not 1×1.
    #[track_caller]
    pub fn pass<F>(&mut self, params: &Params<T>, initial: &[DMatrix<T>], steps: usize, record: F) -> TruncatedPass<T>
    where
        F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T>,
    {
        self.sum = ParamGrads::zeros(params);
        let mut pass = TruncatedPass { loss: T::zero(), last: initial.to_vec() };
        let mut states = initial.to_vec();
        for (k, window) in self.windows(steps).enumerate() {
            self.sweep(params, &mut states, &window, &record, &mut pass);
            match k {
                0 => self.sum.clone_from(&self.grads),
                _ => self.sum.add(&self.grads),
            }
        }
        pass
    }

    /// The same with an update after every sweep: `update` is given the parameters, g_e, and the steps whose losses it
    /// counts. The k₂ − k₁ steps before those are run again with the new parameters, from the state that the old ones led
    /// to.
    ///
    /// # Panics
    /// As [`pass`](Self::pass).
    #[track_caller]
    pub fn train<F, U>(
        &mut self,
        params: &mut Params<T>,
        initial: &[DMatrix<T>],
        steps: usize,
        record: F,
        mut update: U,
    ) -> TruncatedPass<T>
    where
        F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T>,
        U: FnMut(&mut Params<T>, &mut ParamGrads<T>, Range<usize>),
    {
        let mut pass = TruncatedPass { loss: T::zero(), last: initial.to_vec() };
        let mut states = initial.to_vec();
        for window in self.windows(steps) {
            self.sweep(params, &mut states, &window, &record, &mut pass);
            update(params, &mut self.grads, window.new);
        }
        pass
    }

    /// Σ_e g_e of the last [`pass`](Self::pass).
    pub fn gradients(&self) -> &ParamGrads<T> {
        &self.sum
    }

    /// The same, to clip.
    pub fn gradients_mut(&mut self) -> &mut ParamGrads<T> {
        &mut self.sum
    }

    fn windows(&self, steps: usize) -> impl Iterator<Item = Window> + use<T> {
        let (k1, k2) = (self.k1, self.k2);
        let end = move |k: usize| (k * k1).min(steps);
        (0..steps.div_ceil(k1)).map(move |k| {
            let (before, end, next) = (end(k), end(k + 1), end(k + 2));
            Window { steps: end.saturating_sub(k2)..end, new: before..end, next: next.saturating_sub(k2) }
        })
    }

    /// Sweeps `window` from the `states` before it; they become those before the next one.
    #[track_caller]
    fn sweep<F>(
        &mut self,
        params: &Params<T>,
        states: &mut Vec<DMatrix<T>>,
        window: &Window,
        record: &F,
        pass: &mut TruncatedPass<T>,
    ) where
        F: for<'t> Fn(Block<'_, 't, T>) -> BlockEnd<'t, T>,
    {
        let values = |states: &[Var<'_, T>]| states.iter().map(|s| s.value()).collect::<Vec<_>>();
        let bound = params.bind(&self.tape);
        let mut now: Vec<_> = states.iter().map(|s| self.tape.constant(s)).collect();
        let (mut losses, mut terms) = (Vec::new(), Vec::new());
        for steps in window.pieces() {
            if steps.start == window.next {
                *states = values(&now);
            }
            let new = steps.start >= window.new.start;
            let end = record_block(&self.tape, &bound, &(0..0), &now, &steps, new, record);
            losses.extend(end.loss.filter(|_| new));
            terms.extend(end.term.filter(|_| new));
            now = end.states;
        }
        pass.last = values(&now);
        if window.next == window.steps.end {
            states.clone_from(&pass.last);
        }
        let one = DMatrix::from_element(1, 1, T::one());
        let roots: Vec<_> = losses.iter().map(|loss| (*loss, &one)).collect();
        self.tape.vjp(&roots, &mut self.sweep);
        pass.loss = losses.iter().fold(pass.loss, |sum, loss| sum + loss.item());
        if self.grads.iter().len() != params.iter().len() {
            self.grads = ParamGrads::zeros(params);
        }
        self.grads.read(&bound, &self.sweep);
        pass.loss = terms.into_iter().fold(pass.loss, |sum, term| sum + term(&self.sweep, &mut self.grads));
        drop((bound, now, losses));
        self.tape.reset();
    }
}
