use autograd::Var;

use super::{Read, Recurrent};
use crate::layers::Linear;
use crate::{Bound, CellScalar, Group, Params, Phase};

/// Many to one: a sequence's class, such as a review's sentiment or whether a mail is spam.
/// ```text
/// h_1 … h_T = stack(x_1 … x_T),   z = W_y read(h) + b_y,   P(class k) = softmax(z)_k
/// ```
/// x_t (D×B), h_t (H×B), z (classes × B); read is the last step, of both directions if there are two, or the mean.
///
/// Its parameters are named `layers.…` and `readout.…`.
///
/// Sentences of unequal lengths, through an embedding:
/// ```
/// use autograd::Tape;
/// use models::layers::Embedding;
/// use models::stacks::{Read, RecurrentConfig, SequenceClassifier, TokenBatch};
/// use models::{Params, Phase, Registry};
///
/// let mut params = Params::<f32>::new();
/// let embedding = Embedding::new(100, 6);
/// let words = params.add("embedding", embedding.specs(), 1);
/// let config = RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("gru", 8) };
/// let stack = config.build(&Registry::builtin(), 6, 10)?;
/// let classifier = SequenceClassifier::new(stack, Read::Last, 2, &mut params, 1);
///
/// let tape = Tape::new();
/// let bound = params.bind(&tape);
/// let reviews = TokenBatch::new(&[vec![17, 4, 80], vec![3, 99]]);
/// let x = embedding.apply(bound.of(words), &reviews.tokens);
/// let logits = classifier.logits(&bound, x, &reviews.lengths, Phase::Evaluation);
/// let loss = logits.softmax_cross_entropy(&[1, 0]);
/// assert!(logits.shape() == (2, 2) && loss.item().is_finite());
/// # Ok::<(), models::stacks::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct SequenceClassifier {
    stack: Recurrent,
    read: Read,
    readout: Linear,
    stack_group: Group,
    readout_group: Group,
}

impl SequenceClassifier {
    /// With so many classes; draws its parameters from `seed` into `params`.
    #[track_caller]
    pub fn new<T: CellScalar>(stack: Recurrent, read: Read, classes: usize, params: &mut Params<T>, seed: u64) -> Self {
        let readout = Linear::new(stack.output_width(), classes);
        let stack_group = stack.draw(params, seed);
        let readout_group = params.add("readout", readout.specs(), seed);
        Self { stack, read, readout, stack_group, readout_group }
    }

    /// Its recurrent layers.
    pub fn stack(&self) -> &Recurrent {
        &self.stack
    }

    /// z, classes × B, of `x`, D × (T·B); example e has `lengths[e]` steps.
    ///
    /// # Panics
    /// If x has not D rows or its columns are no whole steps, a length is beyond T, or T is 0.
    #[track_caller]
    pub fn logits<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        x: Var<'t, T>,
        lengths: &[usize],
        phase: Phase,
    ) -> Var<'t, T> {
        let run = self.stack.unroll(bound.of(self.stack_group)).lengths(lengths).phase(phase).run(x, lengths.len());
        let h = self.read.apply(run.outputs, lengths, self.stack.config().bidirectional);
        self.readout.apply(bound.of(self.readout_group), h)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;
    use crate::layers::Embedding;
    use crate::stacks::practice::{inputs, practise};
    use crate::stacks::{RecurrentConfig, TokenBatch};
    use autograd::Tape;
    use autograd::testing::{self, Program};

    const LENGTHS: [usize; 2] = [3, 1];

    struct Applied(SequenceClassifier);

    impl<T: CellScalar> Program<T> for Applied {
        fn name(&self) -> String {
            "sequence classifier".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            let (x, params) = inputs.split_last().expect("x");
            self.0.logits(&Bound::from_vars(params.to_vec()), *x, &LENGTHS, Phase::Evaluation)
        }
    }

    fn classifier<T: CellScalar>(read: Read, params: &mut Params<T>) -> SequenceClassifier {
        let config = RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("gru", 2) };
        SequenceClassifier::new(config.build(&Registry::builtin(), 3, 10).expect("valid"), read, 2, params, 1)
    }

    #[test]
    fn certificate() {
        for read in [Read::Last, Read::Mean] {
            let mut params = Params::new();
            let classifier = classifier(read, &mut params);
            testing::certify_program(&Applied(classifier), inputs(&params, &[(3, 6)]));
        }
    }

    #[test]
    fn an_example_in_a_padded_batch_has_the_logits_it_has_alone() {
        let mut params = Params::<f64>::new();
        let model = classifier(Read::Mean, &mut params);
        let x = nalgebra::DMatrix::from_fn(3, 6, |i, j| ((i + 2 * j) as f64).sin());
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let both = model.logits(&bound, tape.constant(&x), &LENGTHS, Phase::Evaluation).value();
        let alone = tape.constant(&x.columns(1, 1).into_owned());
        let alone = model.logits(&bound, alone, &[1], Phase::Evaluation).value();
        assert!((both.column(1) - alone.column(0)).amax() < 1e-13);
    }

    /// Token 1 anywhere is "spam"; a forward and a backward reader must find it at the start, the end and between.
    #[test]
    fn it_learns_to_find_a_token() {
        let sentences = TokenBatch::new(&[
            vec![1, 2, 3, 2, 3],
            vec![2, 3, 1],
            vec![3, 2, 1, 2],
            vec![2, 2, 3, 3, 2],
            vec![3],
            vec![2, 3, 2],
        ]);
        let labels = [1, 1, 1, 0, 0, 0];
        for read in [Read::Last, Read::Mean] {
            let mut params = Params::<f32>::new();
            let embedding = Embedding::new(4, 3);
            let words = params.add("embedding", embedding.specs(), 1);
            let model = classifier(read, &mut params);
            let loss = practise(&mut params, 150, 0.03, |_, bound, _| {
                let x = embedding.apply(bound.of(words), &sentences.tokens);
                model.logits(bound, x, &sentences.lengths, Phase::Evaluation).softmax_cross_entropy(&labels)
            });
            assert!(loss < 0.1, "{read:?}: {loss}");
        }
    }
}
