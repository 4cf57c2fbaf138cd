use autograd::Var;

use super::{Recurrent, TokenBatch};
use crate::layers::Linear;
use crate::{Bound, CellScalar, Group, Params, Phase};

/// Many to many, aligned: a label for every step, such as named entities or parts of speech.
/// ```text
/// h_1 … h_T = stack(x_1 … x_T),   z_t = W_y h_t + b_y,   P(label k at t) = softmax(z_t)_k
/// ```
/// x_t (D×B), h_t (H×B), z_t (labels × B). Padded steps have no part in the loss.
///
/// Its parameters are named `layers.…` and `readout.…`.
///
/// ```
/// use autograd::Tape;
/// use models::layers::Embedding;
/// use models::stacks::{RecurrentConfig, SequenceTagger, TokenBatch};
/// use models::{Params, Phase, Registry};
///
/// let mut params = Params::<f32>::new();
/// let embedding = Embedding::new(100, 6);
/// let words = params.add("embedding", embedding.specs(), 1);
/// let config = RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("lstm", 8) };
/// let tagger = SequenceTagger::new(config.build(&Registry::builtin(), 6, 10)?, 3, &mut params, 1);
///
/// let tape = Tape::new();
/// let bound = params.bind(&tape);
/// let (sentences, entities) = (TokenBatch::new(&[vec![7, 8, 9], vec![5]]), TokenBatch::new(&[vec![0, 2, 1], vec![0]]));
/// let x = embedding.apply(bound.of(words), &sentences.tokens);
/// let logits = tagger.logits(&bound, x, &sentences.lengths, Phase::Evaluation);
/// assert_eq!(logits.shape(), (3, 3 * 2));
/// let loss = tagger.loss(logits, &entities); // the mean over the 4 tokens
/// assert!(loss.item().is_finite());
/// # Ok::<(), models::stacks::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct SequenceTagger {
    stack: Recurrent,
    readout: Linear,
    stack_group: Group,
    readout_group: Group,
}

impl SequenceTagger {
    /// With so many labels; draws its parameters from `seed` into `params`.
    #[track_caller]
    pub fn new<T: CellScalar>(stack: Recurrent, labels: usize, params: &mut Params<T>, seed: u64) -> Self {
        let readout = Linear::new(stack.output_width(), labels);
        let stack_group = stack.draw(params, seed);
        let readout_group = params.add("readout", readout.specs(), seed);
        Self { stack, readout, stack_group, readout_group }
    }

    /// Its recurrent layers.
    pub fn stack(&self) -> &Recurrent {
        &self.stack
    }

    /// z, labels × (T·B), of `x`, D × (T·B); example e has `lengths[e]` steps.
    ///
    /// # Panics
    /// If x has not D rows or its columns are no whole steps, or a length is beyond T.
    #[track_caller]
    pub fn logits<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        x: Var<'t, T>,
        lengths: &[usize],
        phase: Phase,
    ) -> Var<'t, T> {
        let run = self.stack.unroll(bound.of(self.stack_group)).lengths(lengths).phase(phase).run(x, lengths.len());
        self.readout.apply(bound.of(self.readout_group), run.outputs)
    }

    /// The mean cross-entropy over all steps that are no padding, in nats.
    ///
    /// # Panics
    /// If the labels are not as many as the logits' columns, one is unknown, or all is padding.
    #[track_caller]
    pub fn loss<'t, T: CellScalar>(&self, logits: Var<'t, T>, labels: &TokenBatch) -> Var<'t, T> {
        logits.softmax_cross_entropy_weighted(&labels.tokens, &labels.weights())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;
    use crate::stacks::RecurrentConfig;
    use crate::stacks::practice::{inputs, practise};
    use autograd::Tape;
    use autograd::testing::{self, Program};
    use nalgebra::DMatrix;

    fn tagger<T: CellScalar>(hidden: usize, params: &mut Params<T>) -> SequenceTagger {
        let config = RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("lstm", hidden) };
        SequenceTagger::new(config.build(&Registry::builtin(), 2, 10).expect("valid"), 3, params, 1)
    }

    struct Applied(SequenceTagger);

    impl<T: CellScalar> Program<T> for Applied {
        fn name(&self) -> String {
            "sequence tagger".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            let (x, params) = inputs.split_last().expect("x");
            let bound = Bound::from_vars(params.to_vec());
            let logits = self.0.logits(&bound, *x, &[3, 1], Phase::Evaluation);
            self.0.loss(logits, &TokenBatch::new(&[vec![0, 2, 1], vec![1]]))
        }
    }

    #[test]
    fn certificate() {
        let mut params = Params::new();
        let tagger = tagger(2, &mut params);
        testing::certify_program(&Applied(tagger), inputs(&params, &[(2, 6)]));
    }

    #[test]
    fn padded_steps_have_no_part_in_the_loss() {
        let mut params = Params::<f64>::new();
        let tagger = tagger(2, &mut params);
        // At a padded step the logits are the bias; let them tell the labels apart.
        params.iter_mut().filter(|p| p.name == "readout.b").for_each(|p| p.value[0] = 1.0);
        let loss = |padding: f64, label: usize| {
            let tape = Tape::new();
            let mut x = DMatrix::from_fn(2, 6, |i, j| ((i + j) as f64).sin());
            let mut labels = TokenBatch::new(&[vec![0, 2, 1], vec![1]]);
            x.column_mut(3).fill(padding);
            x.column_mut(5).fill(padding);
            (labels.tokens[3], labels.tokens[5]) = (label, label);
            let x = tape.leaf(&x);
            let loss = tagger.loss(tagger.logits(&params.bind(&tape), x, &labels.lengths, Phase::Evaluation), &labels);
            let dx = tape.backward(loss).of(x).clone_owned();
            assert!(dx.column(3).amax() < 1e-300 && dx.column(1).amax() > 0.0);
            loss.item().to_bits()
        };
        assert_eq!(loss(0.0, 0), loss(f64::NAN, 2));
    }

    /// The label of a step says whether the step before and the step after had the same letter: it needs both directions.
    #[test]
    fn it_learns_labels_that_look_both_ways() {
        let letters: [&[usize]; 3] = [&[0, 1, 0, 0, 1, 1, 1], &[1, 1, 0, 1], &[0, 0, 1, 1, 0]];
        let label = |s: &[usize], t: usize| match (t.checked_sub(1).map(|t| s[t]), s.get(t + 1)) {
            (Some(before), Some(after)) => usize::from(before == *after),
            _ => 2,
        };
        let labels: Vec<Vec<_>> = letters.iter().map(|s| (0..s.len()).map(|t| label(s, t)).collect()).collect();
        let (letters, labels) = (TokenBatch::new(&letters), TokenBatch::new(&labels));
        let mut params = Params::<f32>::new();
        let tagger = tagger(6, &mut params);
        let loss = practise(&mut params, 200, 0.03, |_, bound, tape| {
            let x = tape.one_hot(2, &letters.tokens);
            tagger.loss(tagger.logits(bound, x, &letters.lengths, Phase::Evaluation), &labels)
        });
        assert!(loss < 0.1, "{loss}");
    }
}
