use autograd::Var;
use serde::{Deserialize, Serialize};

use super::decoder::{Decoder, Given};
use super::{ConfigError, DecoderConfig, Generated, NotANumber, Recurrent, RecurrentConfig, Sampling, TokenBatch};
use crate::layers::Embedding;
use crate::{Bound, CellScalar, Phase, Placed, Registry, Site};

/// What an [`EncoderDecoder`] is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderDecoderConfig {
    /// The number of tokens of the source.
    pub vocabulary: usize,
    /// The rows of a source token's vector.
    pub embedding: usize,
    /// The layers that read; in both directions if one likes.
    pub encoder: RecurrentConfig,
    /// The network that writes.
    pub decoder: DecoderConfig,
    /// Whether the decoder attends to the source. No: all it knows is s_0.
    #[serde(default)]
    pub attention: bool,
}

/// Many to many, unaligned: one sequence read, another written, such as a translation or an answer.
/// ```text
/// s̄_1 … s̄_N = encoder(E_x x_1 … x_N),   c = [→s̄ at the last step; ←s̄ at the first]
/// s_0 = tanh(W_s c + b_s),   h_t = decoder(E_y y_{t−1}, s_{t−1})
/// h̃_t = tanh(W_c [Σ_j a_tj s̄_j; h_t])  with attention,  else h_t;   P(y_t = k) = softmax(W_y h̃_t + b_y)_k
/// ```
/// Sutskever, Vinyals & Le 2014, arXiv:1409.3215, and Cho et al. 2014, arXiv:1406.1078 (whose appendix A.1 has s_0); the
/// attention is that of Luong et al. 2015, see [`Attention`](crate::layers::Attention).
///
/// Its parameters are named `encoder.…` and `decoder.…`.
///
/// ```
/// use autograd::Tape;
/// use models::stacks::{EncoderDecoder, EncoderDecoderConfig, Sampling, TokenBatch};
/// use models::{Params, Phase, Registry};
///
/// let config: EncoderDecoderConfig = toml::from_str(r#"
///     vocabulary = 40
///     embedding = 8
///     attention = true
///     encoder = { cell = "gru", hidden = 8, bidirectional = true }
///     decoder = { vocabulary = 50, embedding = 8, recurrent = { cell = "gru", hidden = 16 } }
/// "#)?;
/// const STOP: usize = 1;
/// let mut params = Params::<f32>::new();
/// let translator = EncoderDecoder::new(&config, &Registry::builtin(), 10, params.at("", 1))?;
///
/// let tape = Tape::new();
/// let bound = params.bind(&tape);
/// let (source, target) = (TokenBatch::new(&[vec![3, 9, 4], vec![5]]), TokenBatch::new(&[vec![7, 2, STOP], vec![STOP]]));
/// let loss = translator.loss(&bound, &source, &target, Phase::Evaluation);
/// let written = translator.generate(&bound, &source, &Sampling::greedy(Some(STOP), 20))?;
/// assert!(loss.item().is_finite() && written.attention[0].nrows() == 3); // where it looked, for a picture
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EncoderDecoder {
    embedding: Placed<Embedding>,
    encoder: Placed<Recurrent>,
    decoder: Decoder,
}

impl EncoderDecoder {
    /// At a site of a model.
    ///
    /// # Errors
    /// If a value of the config is out of its range or a name is unknown.
    pub fn new<T: CellScalar>(
        config: &EncoderDecoderConfig,
        registry: &Registry,
        horizon: usize,
        mut site: Site<'_, T>,
    ) -> Result<Self, ConfigError> {
        ConfigError::positive("vocabulary", config.vocabulary)?;
        ConfigError::positive("embedding", config.embedding)?;
        let encoder = config.encoder.build(registry, config.embedding, horizon)?;
        let rows = encoder.output_width();
        let given = (Some(rows), config.attention.then_some(rows));
        let embedding = Embedding::new(config.vocabulary, config.embedding);
        Ok(Self {
            embedding: site.place("encoder.embedding", embedding),
            encoder: site.place("encoder", encoder),
            decoder: Decoder::new(&config.decoder, registry, horizon, given, site.at("decoder"))?,
        })
    }

    /// Reads the source.
    #[track_caller]
    fn read<'a, 't, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        source: &'a TokenBatch,
        phase: Phase,
    ) -> Given<'a, 't, T> {
        let lengths = &source.lengths;
        let x = self.embedding.apply(bound, &source.tokens);
        let run = self.encoder.unroll(bound).lengths(lengths).phase(phase).run(x, lengths.len());
        assert!(lengths.is_empty() || run.outputs.shape().1 > 0, "encoder-decoder: all sources are empty");
        Given { context: Some(self.encoder.last_output(&run)), source: Some((run.outputs, lengths)) }
    }

    /// Logits V × (T·B): at each step those of the target, when the source and the targets before it were read (teacher
    /// forcing). Let every target end with the stop token. In training, the decoder's masks are drawn 2³² layers behind
    /// the encoder's.
    ///
    /// # Panics
    /// If a token is not in its vocabulary, there are not as many sources as targets, or all sources are empty.
    #[track_caller]
    pub fn logits<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        source: &TokenBatch,
        targets: &TokenBatch,
        phase: Phase,
    ) -> Var<'t, T> {
        let (sources, batch) = (source.lengths.len(), targets.lengths.len());
        assert!(sources == batch, "encoder-decoder: {sources} sources for {batch} targets");
        let given = self.read(bound, source, phase);
        self.decoder.logits(bound, targets, &given, decoders(phase))
    }

    /// The mean cross-entropy of a target token, in nats.
    ///
    /// # Panics
    /// As [`logits`](Self::logits), and if there is no target.
    #[track_caller]
    pub fn loss<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        source: &TokenBatch,
        targets: &TokenBatch,
        phase: Phase,
    ) -> Var<'t, T> {
        let logits = self.logits(bound, source, targets, phase);
        logits.softmax_cross_entropy_weighted(&targets.tokens, &targets.weights())
    }

    /// Writes a sequence for each source, and says where it looked, if it attends.
    ///
    /// # Errors
    /// As [`Sampling::choose`].
    ///
    /// # Panics
    /// As [`logits`](Self::logits), and as [`Sampling::choose`].
    #[track_caller]
    pub fn generate<T: CellScalar>(
        &self,
        bound: &Bound<'_, T>,
        source: &TokenBatch,
        sampling: &Sampling,
    ) -> Result<Generated, NotANumber> {
        let given = self.read(bound, source, Phase::Evaluation);
        self.decoder.generate(bound, &vec![[]; source.lengths.len()], &given, sampling)
    }
}

/// The decoder's part of a phase: its masks are not the encoder's.
fn decoders(phase: Phase) -> Phase {
    phase.layers_on(1 << 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stacks::tests::{inputs, practise};
    use crate::{Address, Params};
    use autograd::Tape;
    use autograd::testing::{self, Program};

    const STOP: usize = 1;

    fn config(hidden: usize, attention: bool) -> EncoderDecoderConfig {
        let decoder =
            DecoderConfig { vocabulary: 5, embedding: 3, start: 0, recurrent: RecurrentConfig::new("gru", hidden) };
        let encoder = RecurrentConfig { bidirectional: true, ..RecurrentConfig::new("gru", hidden) };
        EncoderDecoderConfig { vocabulary: 5, embedding: 3, encoder, decoder, attention }
    }

    fn build<T: CellScalar>(config: &EncoderDecoderConfig, params: &mut Params<T>) -> EncoderDecoder {
        EncoderDecoder::new(config, &Registry::builtin(), 10, params.at("", 1)).expect("valid")
    }

    fn source() -> TokenBatch {
        TokenBatch::new(&[vec![2, 3, 4], vec![4, 2], vec![3, 3, 2, 4]])
    }

    /// The source, backwards.
    fn target() -> TokenBatch {
        TokenBatch::new(&[vec![4, 3, 2, STOP], vec![2, 4, STOP], vec![4, 2, 3, 3, STOP]])
    }

    struct Applied(EncoderDecoder);

    impl<T: CellScalar> Program<T> for Applied {
        fn name(&self) -> String {
            "encoder-decoder".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            self.0.loss(&Bound::from_vars(inputs.to_vec()), &source(), &target(), Phase::Evaluation)
        }
    }

    #[test]
    fn certificate() {
        for attention in [false, true] {
            let mut params = Params::new();
            let model = build(&config(2, attention), &mut params);
            testing::certify_program(&Applied(model), inputs(&params, &[]));
        }
    }

    #[test]
    fn it_learns_to_write_what_it_read_backwards_and_looks_where_it_reads() {
        for attention in [false, true] {
            let mut params = Params::<f32>::new();
            let model = build(&config(10, attention), &mut params);
            let loss = practise(&mut params, 250, 0.02, |_, bound, _| {
                model.loss(bound, &source(), &target(), Phase::Evaluation)
            });
            assert!(loss < 0.1, "attention {attention}: {loss}");
            let tape = Tape::new();
            let written =
                model.generate(&params.bind(&tape), &source(), &Sampling::greedy(Some(STOP), 10)).expect("numbers");
            let expected: [&[usize]; 3] = [&[4, 3, 2], &[2, 4], &[4, 2, 3, 3]];
            assert_eq!(written.tokens, expected, "attention {attention}");
            let shapes: Vec<_> = written.attention.iter().map(|a| a.shape()).collect();
            assert_eq!(shapes, if attention { vec![(3, 4), (2, 3), (4, 5)] } else { vec![] });
            for weights in &written.attention {
                assert!(weights.row_sum().iter().all(|sum| (sum - 1.0).abs() < 1e-5), "{weights}");
            }
        }
    }

    #[test]
    fn an_example_in_a_padded_batch_has_the_logits_it_has_alone() {
        let mut params = Params::<f64>::new();
        let model = build(&config(3, true), &mut params);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let all = model.logits(&bound, &source(), &target(), Phase::Evaluation).value();
        let (source, target) = (TokenBatch::new(&[[4, 2]]), TokenBatch::new(&[[2, 4, STOP]]));
        let alone = model.logits(&bound, &source, &target, Phase::Evaluation).value();
        for t in 0..3 {
            assert!((all.column(3 * t + 1) - alone.column(t)).amax() < 1e-12, "step {t}");
        }
    }

    #[test]
    fn masks_are_those_of_the_update_and_the_decoders_are_not_the_encoders() {
        let mut config = config(3, false);
        let layers = RecurrentConfig { recurrent_dropout: 0.5, ..RecurrentConfig::new("gru", 8) };
        (config.encoder, config.decoder.recurrent) = (layers.clone(), layers);
        let mut params = Params::<f64>::new();
        let model = build(&config, &mut params);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let training = |update| Phase::Training(Address { seed: 1, update, ..Address::default() });
        let loss = |update| model.loss(&bound, &source(), &target(), training(update)).item().to_bits();
        assert!(loss(0) == loss(0) && loss(0) != loss(1));
        assert_ne!(decoders(training(0)), training(0));
    }

    #[test]
    fn of_no_sources_nothing_is_written() {
        for attention in [false, true] {
            let (mut params, none) = (Params::<f64>::new(), TokenBatch::new(&[[]; 0]));
            let (model, tape) = (build(&config(2, attention), &mut params), Tape::new());
            let bound = params.bind(&tape);
            let written = model.generate(&bound, &none, &Sampling::greedy(None, 3)).expect("numbers");
            assert!(written.tokens.is_empty() && written.attention.is_empty());
            assert_eq!(model.logits(&bound, &none, &none, Phase::Evaluation).shape(), (5, 0));
        }
    }

    #[test]
    #[should_panic(expected = "encoder-decoder: 3 sources for 1 targets")]
    fn as_many_sources_as_targets_are_given() {
        let mut params = Params::<f64>::new();
        let model = build(&config(2, true), &mut params);
        let tape = Tape::new();
        model.loss(&params.bind(&tape), &source(), &TokenBatch::new(&[[STOP]]), Phase::Evaluation);
    }

    #[test]
    #[should_panic(expected = "encoder-decoder: all sources are empty")]
    fn sources_without_a_token_are_refused() {
        let mut params = Params::<f64>::new();
        let model = build(&config(2, true), &mut params);
        let tape = Tape::new();
        let (source, target) = (TokenBatch::new(&[[]]), TokenBatch::new(&[[STOP]]));
        model.loss(&params.bind(&tape), &source, &target, Phase::Evaluation);
    }
}
