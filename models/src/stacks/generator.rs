use autograd::Var;

use super::decoder::{Decoder, Given};
use super::{ConfigError, DecoderConfig, Generated, NotANumber, Sampling, TokenBatch};
use crate::{Bound, CellScalar, Phase, Registry, Site};

/// One to many: a sequence of tokens, written from a context (a caption of a picture) or from nothing (a language model).
/// ```text
/// s_0 = tanh(W_s c + b_s)  for each state part, if there is a context c,  else 0
/// h_t = stack(E y_{t−1}, s_{t−1}),   P(y_t = k) = softmax(W_y h_t + b_y)_k
/// ```
/// c (C×B), h_t (H×B), E (D×V), y_0 the start token. Vinyals et al. 2015, arXiv:1411.4555, with the context as the initial
/// state (Cho et al. 2014, arXiv:1406.1078, appendix A.1) and not as the first input.
///
/// Its parameters are named `embedding.…`, `layers.…`, `bridge.…` and `readout.…`.
///
/// A caption for each of two pictures:
/// ```
/// use autograd::Tape;
/// use models::stacks::{DecoderConfig, Generator, Sampling, TokenBatch};
/// use models::{Params, Phase, Registry};
///
/// let config: DecoderConfig = toml::from_str(r#"
///     vocabulary = 50
///     embedding = 8
///     start = 0
///     recurrent = { cell = "lstm", hidden = 16 }
/// "#)?;
/// const STOP: usize = 1;
/// let mut params = Params::<f32>::new();
/// let generator = Generator::new(&config, &Registry::builtin(), 10, Some(3), params.at("", 1))?;
///
/// let tape = Tape::new();
/// let bound = params.bind(&tape);
/// let pictures = tape.constant(&nalgebra::DMatrix::from_fn(3, 2, |i, j| (i + j) as f32));
/// let captions = TokenBatch::new(&[vec![7, 8, 9, STOP], vec![12, STOP]]);
/// let loss = generator.loss(&bound, Some(pictures), &captions, Phase::Evaluation);
///
/// let sampling = Sampling { temperature: 0.7, stop: Some(STOP), max_length: 20, seed: 1 };
/// let written = generator.generate(&bound, Some(pictures), &[[]; 2], &sampling)?;
/// assert!(loss.item().is_finite() && written.tokens.len() == 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Generator(Decoder);

impl Generator {
    /// At a site of a model, for contexts of `context` rows, or none.
    ///
    /// # Errors
    /// If a value of the config is out of its range or a name is unknown.
    pub fn new<T: CellScalar>(
        config: &DecoderConfig,
        registry: &Registry,
        horizon: usize,
        context: Option<usize>,
        site: Site<'_, T>,
    ) -> Result<Self, ConfigError> {
        Decoder::new(config, registry, horizon, (context, None), site).map(Self)
    }

    /// Logits V × (T·B): at each step those of the target, when the targets before it were read (teacher forcing). Let
    /// every target end with the stop token, if there is one.
    ///
    /// # Panics
    /// If a token is not in the vocabulary, or there is a context where none was built for, or the reverse.
    #[track_caller]
    pub fn logits<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        context: Option<Var<'t, T>>,
        targets: &TokenBatch,
        phase: Phase,
    ) -> Var<'t, T> {
        self.0.logits(bound, targets, &Given { context, source: None }, phase)
    }

    /// The mean cross-entropy of a target token, in nats: the exponential is the perplexity.
    ///
    /// # Panics
    /// As [`logits`](Self::logits), and if there is no target.
    #[track_caller]
    pub fn loss<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        context: Option<Var<'t, T>>,
        targets: &TokenBatch,
        phase: Phase,
    ) -> Var<'t, T> {
        let logits = self.logits(bound, context, targets, phase);
        logits.softmax_cross_entropy_weighted(&targets.tokens, &targets.weights())
    }

    /// Writes a sequence for each prompt, which it reads first; an empty prompt leaves all to the network. The context has as
    /// many columns as there are prompts.
    ///
    /// # Errors
    /// As [`Sampling::choose`].
    ///
    /// # Panics
    /// As [`logits`](Self::logits), and as [`Sampling::choose`].
    #[track_caller]
    pub fn generate<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        context: Option<Var<'t, T>>,
        prompts: &[impl AsRef<[usize]>],
        sampling: &Sampling,
    ) -> Result<Generated, NotANumber> {
        self.0.generate(bound, prompts, &Given { context, source: None }, sampling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Params;
    use crate::stacks::RecurrentConfig;
    use crate::stacks::tests::{inputs, practise};
    use autograd::Tape;
    use autograd::testing::{self, Program};
    use nalgebra::DMatrix;

    const STOP: usize = 1;

    fn config(hidden: usize) -> DecoderConfig {
        DecoderConfig { vocabulary: 5, embedding: 3, start: 0, recurrent: RecurrentConfig::new("lstm", hidden) }
    }

    fn generator<T: CellScalar>(hidden: usize, context: Option<usize>, params: &mut Params<T>) -> Generator {
        Generator::new(&config(hidden), &Registry::builtin(), 10, context, params.at("", 1)).expect("valid")
    }

    struct Applied(Generator);

    impl<T: CellScalar> Program<T> for Applied {
        fn name(&self) -> String {
            "generator".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            let (context, params) = inputs.split_last().expect("a context");
            let targets = TokenBatch::new(&[vec![2, 4, STOP], vec![STOP]]);
            self.0.loss(&Bound::from_vars(params.to_vec()), Some(*context), &targets, Phase::Evaluation)
        }
    }

    #[test]
    fn certificate() {
        let mut params = Params::new();
        let generator = generator(2, Some(2), &mut params);
        testing::certify_program(&Applied(generator), inputs(&params, &[(2, 2)]));
    }

    fn captions() -> Vec<Vec<usize>> {
        vec![vec![2, 3, 4, STOP], vec![4, 4, 2, 2, 3, STOP], vec![STOP]]
    }

    #[test]
    fn it_learns_a_caption_for_each_picture_and_writes_it() {
        let mut params = Params::<f32>::new();
        let generator = generator(10, Some(3), &mut params);
        let targets = TokenBatch::new(&captions());
        let loss = practise(&mut params, 200, 0.03, |_, bound, tape| {
            generator.loss(bound, Some(tape.one_hot(3, &[0, 1, 2])), &targets, Phase::Evaluation)
        });
        assert!(loss < 0.1, "{loss}");
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let write = |prompts: &[&[usize]], sampling| {
            generator.generate(&bound, Some(tape.one_hot(3, &[0, 1, 2])), prompts, &sampling).expect("numbers").tokens
        };
        let nothing: [&[usize]; 3] = [&[]; 3];
        let whole: [&[usize]; 3] = [&[2, 3, 4], &[4, 4, 2, 2, 3], &[]];
        assert_eq!(write(&nothing, Sampling::greedy(Some(STOP), 10)), whole);
        // A prompt is read and not repeated; prompts may have unequal lengths.
        let rest: [&[usize]; 3] = [&[3, 4], &[2, 3], &[]];
        assert_eq!(write(&[&[2], &[4, 4, 2], &[]], Sampling::greedy(Some(STOP), 10)), rest);
        let short: [&[usize]; 3] = [&[2, 3], &[4, 4], &[]];
        assert_eq!(write(&nothing, Sampling::greedy(Some(STOP), 2)), short);
        // Hot samples are the same for the same seed, and others for another.
        let hot = |seed| write(&nothing, Sampling { temperature: 50.0, stop: None, max_length: 10, seed });
        assert!(hot(1) == hot(1) && hot(1) != hot(2) && hot(1)[0] != hot(1)[1]);
    }

    #[test]
    fn a_language_model_goes_on_as_its_text_does() {
        let mut params = Params::<f32>::new();
        let generator = generator(12, None, &mut params);
        // "1 2 3 4 2" over and over: after a 2 it must know whether it came after a 1 or after a 4.
        let text: Vec<usize> = (0..30).map(|k| [1, 2, 3, 4, 2][k % 5]).collect();
        let targets = TokenBatch::new(&[&text]);
        let loss =
            practise(&mut params, 200, 0.03, |_, bound, _| generator.loss(bound, None, &targets, Phase::Evaluation));
        assert!(loss < 0.1, "{loss}");
        let tape = Tape::new();
        let written =
            generator.generate(&params.bind(&tape), None, &[&text[..7]], &Sampling::greedy(None, 8)).expect("numbers");
        assert_eq!(written.tokens, [&text[7..15]]);
        assert!(written.attention.is_empty());
    }

    #[test]
    fn what_teacher_forcing_says_of_a_token_is_what_writing_says() {
        let mut params = Params::<f64>::new();
        let generator = generator(4, Some(2), &mut params);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let context = tape.constant(&DMatrix::from_element(2, 1, 0.5));
        let written =
            generator.generate(&bound, Some(context), &[[]], &Sampling::greedy(None, 6)).expect("numbers").tokens;
        let logits = generator.logits(&bound, Some(context), &TokenBatch::new(&written), Phase::Evaluation).value();
        for (t, &token) in written[0].iter().enumerate() {
            assert_eq!(logits.column(t).imax(), token, "token {t}");
        }
    }

    #[test]
    fn a_config_out_of_range_is_refused_in_one_line() {
        let refusal = |config: DecoderConfig| {
            Generator::new(&config, &Registry::builtin(), 10, None, Params::<f32>::new().at("", 1))
                .expect_err("refused")
                .to_string()
        };
        let both = RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("gru", 3) };
        assert_eq!(
            refusal(DecoderConfig { recurrent: both, ..config(3) }),
            "bidirectional = true is not possible where tokens are written one after the other"
        );
        let start = refusal(DecoderConfig { start: 5, ..config(3) });
        assert_eq!(start, "start = 5 is not a token; it must be below vocabulary");
        assert_eq!(refusal(DecoderConfig { vocabulary: 0, ..config(3) }), "vocabulary = 0 is not 1 or more");
        assert_eq!(refusal(DecoderConfig { embedding: 0, ..config(3) }), "embedding = 0 is not 1 or more");
        assert_eq!(refusal(config(0)), "hidden = 0 is not 1 or more");
    }

    #[test]
    #[should_panic(expected = "generator: built with a context but run without one")]
    fn a_context_is_given_where_one_was_built_for() {
        let mut params = Params::<f64>::new();
        let generator = generator(2, Some(2), &mut params);
        let tape = Tape::new();
        generator.logits(&params.bind(&tape), None, &TokenBatch::new(&captions()), Phase::Evaluation);
    }
}
