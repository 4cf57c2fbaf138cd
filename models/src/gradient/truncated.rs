use autograd::Scalar;
use nalgebra::DMatrix;

use super::memory::{States, Stretch, Update};
use super::{Engine, Extent, Memory, Outcome, ParamGrads, Sequence, Swept};
use crate::Params;

/// Backpropagation through time, BPTT(k₂; k₁): every k₁ steps, back through the last k₂.
///
/// With L_s the loss of step s, and θ the parameters: from each b = 0, k₁, 2k₁, … on, the losses of the next k₁ steps (the last
/// time, of those that are left) are swept back through them and through the k₂ − k₁ steps before them,
/// ```text
/// g_b = ∂/∂θ Σ_{b ≤ s < b+k₁} L_s     with the state before step max(0, b + k₁ − k₂) held constant
/// ```
/// Every loss counts once, and reaches back at least k₂ − k₁ steps and less than k₂. With k₁ = k₂ the sequence is cut into
/// pieces; with k₁ = 1 every loss reaches back exactly as far; with k₁ = k₂ ≥ T it is BPTT, bit by bit.
///
/// The gradient of an update is Σ_b g_b over its sequence. Where every update is one window of k₁ steps of a text that goes on,
/// it is a single g_b: the k₂ − k₁ steps before the window are run again with the new parameters, from the state
/// that the old ones led to.
///
/// Source: Williams & Peng 1990, "An efficient gradient-based algorithm for on-line training of recurrent network
/// trajectories", Neural Computation 2(4), BPTT(h; h′) with h = k₂ and h′ = k₁.
///
/// ```
/// use models::stacks::SequenceModel;
/// use models::{BlockEnd, Dims, Engine, Recorded, Registry, Truncated};
/// use nalgebra::DMatrix;
///
/// let cell = Registry::builtin().build("gru", Dims { input: 1, hidden: 4, horizon: 200 }).unwrap();
/// let (model, params) = SequenceModel::new::<f64>(cell, 1, 1);
/// let x = DMatrix::from_fn(1, 200, |_, t| (t as f64).sin());
/// let text = |steps| Recorded::new(1, steps, |block| {
///     let x = block.tape.constant(&x.columns(block.steps.start, block.steps.len()).into_owned());
///     let run = model.unroll(block.bound).over(&block).run(x, 1);
///     BlockEnd::new(run.last, Some(model.read(block.bound, run.outputs).square().sum()))
/// });
/// let mut engine = Truncated::new(10, 30);
/// let sum = engine.sweep(&params, &text(0..200), &[]).unwrap().loss; // the sum of 20 gradients
/// assert!(engine.gradients().norm() > 0.0);
///
/// // The same windows one by one, as updates have them.
/// let (mut carried, mut loss) = (Vec::new(), 0.0);
/// for start in (0..200).step_by(10) {
///     let swept = engine.sweep(&params, &text(start..start + 10).carrying(), &carried).unwrap();
///     (carried, loss) = (swept.carried, loss + swept.loss);
/// }
/// assert!((loss - sum).abs() < 1e-12);
/// ```
#[derive(Debug)]
pub struct Truncated<T: Scalar> {
    k1: usize,
    k2: usize,
    memory: Memory<T>,
}

impl<T: Scalar> Truncated<T> {
    /// A sweep every `k1` steps, back through `k2`.
    ///
    /// # Panics
    /// Unless 1 ≤ k1 ≤ k2: else some losses would never be swept.
    #[track_caller]
    pub fn new(k1: usize, k2: usize) -> Self {
        assert!(1 <= k1 && k1 <= k2, "truncated BPTT: k1 = {k1} and k2 = {k2}, but 1 ≤ k1 ≤ k2");
        Self { k1, k2, memory: Memory::default() }
    }
}

impl<T: Scalar> Engine<T> for Truncated<T> {
    fn sweep(&mut self, params: &Params<T>, sequence: &dyn Sequence<T>, carried: &[DMatrix<T>]) -> Outcome<T> {
        let Extent { steps: all, carries, .. } = sequence.extent().cut_in_time()?;
        let (k1, back) = (self.k1, self.k2 - self.k1);
        // Where a window begins whose losses begin at `from`. There is nothing to look back at before what is not taken over.
        let least = if carries { 0 } else { all.start };
        let start = |from: usize| from.saturating_sub(back).max(least);
        let mut states = if start(all.start) == 0 { States::new() } else { carried.to_vec() };
        let (mut losses, mut sum) = (Vec::new(), None::<ParamGrads<T>>);
        for from in all.clone().step_by(k1) {
            let end = all.end.min(from + k1);
            // The next window begins there, in this sequence or in the one that goes on from it.
            let keep_at = (end < all.end || carries).then(|| start(end));
            let mut cuts: Vec<_> = [start(from), from, end].into_iter().chain(keep_at).collect();
            cuts.sort_unstable();
            cuts.dedup();
            let blocks: Vec<_> = cuts.windows(2).map(|cut| cut[0]..cut[1]).collect();
            let stretch = Stretch { blocks: &blocks, counts_from: from, states: &states, keep_at, later: None };
            let found = self.memory.sweep(Update { params, sequence }, &stretch);
            losses.extend(found.losses);
            states = found.kept;
            match &mut sum {
                Some(sum) => sum.add(self.memory.gradients()),
                None => sum = Some(self.memory.gradients().clone()),
            }
        }
        *self.memory.gradients() = sum.unwrap_or_else(|| ParamGrads::zeros(params));
        Ok(Swept::new(losses, states))
    }

    fn memory(&mut self, part: usize) -> Option<&mut Memory<T>> {
        (part == 0).then_some(&mut self.memory)
    }
}

#[cfg(test)]
mod tests;
