use autograd::Var;
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{ConfigError, NotANumber, Recurrent, RecurrentConfig, Sampling, TokenBatch};
use crate::layers::{Attention, Embedding, Linear};
use crate::{Bound, CellScalar, Phase, Placed, Registry, Site};

/// What a network that writes tokens is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecoderConfig {
    /// V, the number of tokens, the special ones among them.
    pub vocabulary: usize,
    /// The rows of a token's vector.
    pub embedding: usize,
    /// The token that comes before every sequence.
    #[serde(default)]
    pub start: usize,
    /// The recurrent layers; they run in one direction.
    pub recurrent: RecurrentConfig,
}

/// Sequences that a network wrote.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Generated {
    /// For each example, what came after the start token and the prompt, without the stop token.
    pub tokens: Vec<Vec<usize>>,
    /// For each example, if the network attends: (source steps) × (written tokens, the stop token too). A column says where
    /// the network looked when it wrote the token.
    pub attention: Vec<DMatrix<f64>>,
}

/// What every token of a run is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a, 't, T: CellScalar> {
    /// c, C × B.
    pub context: Option<Var<'t, T>>,
    /// The steps to attend to, S × (N·B), and how many each example has.
    pub source: Option<(Var<'t, T>, &'a [usize])>,
}

/// A run over given tokens.
#[derive(Debug)]
struct Decoded<'t, T: CellScalar> {
    logits: Var<'t, T>,
    last: Vec<Var<'t, T>>,
    weights: Vec<Var<'t, T>>,
}

/// The network that writes tokens, one at a time, each reading the one before:
/// ```text
/// s_0 = tanh(W_s c + b_s)  for each state part, if there is a context c,  else 0
/// h_t = stack(E y_{t−1}, s_{t−1}),   h̃_t = attention(h_t, source)  if there is one,  else h_t
/// P(y_t = k) = softmax(W_y h̃_t + b_y)_k
/// ```
/// y_0 is the start token. s_0: Cho et al. 2014, arXiv:1406.1078, appendix A.1.
#[derive(Debug)]
pub(super) struct Decoder {
    start: usize,
    embedding: Placed<Embedding>,
    /// One for each state part of the stack.
    bridges: Option<Vec<Placed<Linear>>>,
    attention: Option<Placed<Attention>>,
    readout: Placed<Linear>,
    stack: Placed<Recurrent>,
}

impl Decoder {
    /// For contexts with the first number of rows, and a source to attend to with the second, if there is one.
    pub(super) fn new<T: CellScalar>(
        config: &DecoderConfig,
        registry: &Registry,
        horizon: usize,
        (context, source): (Option<usize>, Option<usize>),
        mut site: Site<'_, T>,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        let stack = config.recurrent.build(registry, config.embedding, horizon)?;
        let rows = stack.output_width();
        // A file and a norm over all parameters have them in this order.
        Ok(Self {
            start: config.start,
            embedding: site.place("embedding", Embedding::new(config.vocabulary, config.embedding)),
            bridges: context.map(|context| {
                let mut site = site.at("bridge");
                stack.states().map(|state| site.place(&state.to_string(), Linear::new(context, state.width))).collect()
            }),
            attention: source.map(|source| site.place("attention", Attention::new(rows, source))),
            readout: site.place("readout", Linear::new(rows, config.vocabulary)),
            stack: site.place("", stack),
        })
    }

    /// s_0 of every state part, or none for zeros.
    #[track_caller]
    fn initial<'t, T: CellScalar>(&self, bound: &Bound<'t, T>, given: &Given<'_, 't, T>) -> Option<Vec<Var<'t, T>>> {
        match (&self.bridges, given.context) {
            (None, None) => None,
            (Some(bridges), Some(context)) => {
                Some(bridges.iter().map(|bridge| bridge.apply(bound, context).tanh()).collect())
            }
            (bridges, _) => panic!(
                "generator: built {} a context but run {} one",
                if bridges.is_some() { "with" } else { "without" },
                if bridges.is_some() { "without" } else { "with" }
            ),
        }
    }

    #[track_caller]
    fn run<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        input: &TokenBatch,
        initial: Option<&[Var<'t, T>]>,
        given: &Given<'_, 't, T>,
        phase: Phase,
    ) -> Decoded<'t, T> {
        let x = self.embedding.apply(bound, &input.tokens);
        let mut unroll = self.stack.unroll(bound).lengths(&input.lengths).phase(phase);
        if let Some(initial) = initial {
            unroll = unroll.initial(initial);
        }
        let run = unroll.run(x, input.lengths.len());
        let (h, weights) = match (&self.attention, given.source) {
            (Some(attention), Some((source, lengths))) => {
                let attended = attention.apply(bound, run.outputs, source, lengths);
                (attended.outputs, attended.weights)
            }
            _ => (run.outputs, Vec::new()),
        };
        Decoded { logits: self.readout.apply(bound, h), last: run.last, weights }
    }

    /// Logits V × (T·B) of every token of `targets`, having read those before it: teacher forcing.
    #[track_caller]
    pub(super) fn logits<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        targets: &TokenBatch,
        given: &Given<'_, 't, T>,
        phase: Phase,
    ) -> Var<'t, T> {
        let initial = self.initial(bound, given);
        self.run(bound, &targets.shifted(self.start), initial.as_deref(), given, phase).logits
    }

    /// Writes on after each prompt.
    #[track_caller]
    pub(super) fn generate<T: CellScalar>(
        &self,
        bound: &Bound<'_, T>,
        prompts: &[impl AsRef<[usize]>],
        given: &Given<'_, '_, T>,
        sampling: &Sampling,
    ) -> Result<Generated, NotANumber> {
        let batch = prompts.len();
        let begun = prompts.iter().map(|prompt| [&[self.start], prompt.as_ref()].concat());
        let mut input = TokenBatch::new(&begun.collect::<Vec<_>>());
        let mut states = self.initial(bound, given);
        let (mut tokens, mut attention) = (vec![Vec::new(); batch], vec![Vec::new(); batch]);
        let mut stopped = vec![false; batch];
        for step in 0..sampling.max_length {
            if stopped.iter().all(|stopped| *stopped) {
                break;
            }
            let run = self.run(bound, &input, states.as_deref(), given, Phase::Evaluation);
            // What each example says after its own last token.
            let next: Result<Vec<[usize; 1]>, _> = (0..batch)
                .map(|e| {
                    let last = input.lengths[e] - 1;
                    let logits: Vec<T> = run.logits.read(|z| z.column(last * batch + e).iter().copied().collect());
                    let token = if stopped[e] { self.start } else { sampling.choose(&logits, step, e)? };
                    if let Some(weights) = run.weights.get(e).filter(|_| !stopped[e]) {
                        weights.read(|a| attention[e].extend(a.column(last).iter().map(|a| a.re())));
                    }
                    stopped[e] |= sampling.stop == Some(token);
                    if !stopped[e] {
                        tokens[e].push(token);
                    }
                    Ok([token])
                })
                .collect();
            (input, states) = (TokenBatch::new(&next?), Some(run.last));
        }
        let lengths = given.source.filter(|_| self.attention.is_some()).map_or(&[][..], |(_, lengths)| lengths);
        let picture = |(&rows, entries): (&usize, Vec<f64>)| {
            DMatrix::from_vec(rows, entries.len().checked_div(rows).unwrap_or(0), entries)
        };
        Ok(Generated { tokens, attention: lengths.iter().zip(attention).map(picture).collect() })
    }
}

impl DecoderConfig {
    /// # Errors
    /// If a value is out of its range.
    fn check(&self) -> Result<(), ConfigError> {
        let Self { vocabulary, embedding, start, recurrent } = self;
        ConfigError::positive("vocabulary", *vocabulary)?;
        ConfigError::positive("embedding", *embedding)?;
        if start >= vocabulary {
            return Err(ConfigError::out_of_range("start", start, "a token; it must be below vocabulary"));
        }
        if recurrent.bidirectional {
            let why = "possible where tokens are written one after the other";
            return Err(ConfigError::out_of_range("bidirectional", true, why));
        }
        Ok(())
    }
}
