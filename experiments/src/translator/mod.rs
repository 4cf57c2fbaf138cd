//! `Translator`: an encoder–decoder from text to text: its vocabularies, its training, its greedy decoding.

mod objective;
pub mod own;
pub mod picture;
mod side;

pub use objective::Pairs;
pub use side::Side;

use models::stacks::{
    ConfigError, DecoderConfig, EncoderDecoder, EncoderDecoderConfig, RecurrentConfig, Sampling, TokenBatch,
};
use models::{Params, Registry};
use serde::{Deserialize, Serialize};

use crate::answers::argmax;
use crate::chunks::in_chunks;
use crate::loaders::pairs::Pair;
use crate::settings::{Key, Kind};
use crate::vocabulary::{BEGIN, END};
use crate::{Stop, one_line};

/// What is on a tape at once when nothing is trained.
const AT_ONCE: usize = 64;

/// The sizes of a [`Translator`]: settings that a study flattens into its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sizes {
    /// The cell of encoder and decoder, by its name in the registry.
    pub cell: String,
    /// H, the hidden units of the decoder; the encoder has half of them, rounded up, in each direction.
    pub hidden: usize,
    /// The rows of a token's vector, on both sides.
    pub embedding: usize,
}

impl Sizes {
    /// Of a GRU.
    pub fn new(hidden: usize, embedding: usize) -> Self {
        Self { cell: "gru".into(), hidden, embedding }
    }

    /// The keys.
    pub fn keys() -> [Key; 3] {
        let model = |name, kind, help| Key::new("Model", name, kind, help);
        let hidden = "Hidden units H of the decoder; the encoder has half of them in each direction";
        [
            model("cell", Kind::Cell, "The cell of encoder and decoder, by name"),
            model("hidden", Kind::Count(1, 4096), hidden),
            model("embedding", Kind::Count(1, 4096), "Numbers of a token's vector"),
        ]
    }
}

/// An encoder–decoder from text to text: its vocabularies, its training, its greedy decoding.
/// ```text
/// L = −(1/N) Σ_t ln P(y_t | y_1 … y_{t−1}, x)     trained, the targets before it given
/// ŷ_t = argmax_k P(k | ŷ_1 … ŷ_{t−1}, x)          written, until the end token
/// ```
/// The network is [`EncoderDecoder`], its encoder in both directions. Sources: Sutskever, Vinyals & Le 2014, arXiv:1409.3215;
/// with attention Luong, Pham & Manning 2015, arXiv:1508.04025.
#[derive(Debug)]
pub struct Translator {
    /// What is read.
    pub source: Side,
    /// What is written.
    pub target: Side,
    network: EncoderDecoder,
    longest: usize,
}

/// What was written for one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Translation {
    /// The tokens of the source.
    pub source: Vec<String>,
    /// The tokens written, without the end.
    pub target: Vec<String>,
    /// If it attends: for each token written, and for the end if it came, how much it looked at each source token; each sums
    /// to 1.
    pub attention: Vec<Vec<f64>>,
}

impl Translation {
    /// The line of an answer that says at which token it looked most for each that it wrote; empty if it does not attend.
    pub fn looked(&self) -> String {
        let token = |token: &str| one_line(&token.replace(' ', "␣"));
        let most = |(weights, written): (&Vec<f64>, &String)| {
            let at = argmax(weights);
            format!("{} ← {} {:.2}", token(written), token(&self.source[at]), weights[at])
        };
        let looked: Vec<String> = self.attention.iter().zip(&self.target).map(most).collect();
        if looked.is_empty() { String::new() } else { format!("    (looked at: {})\n", looked.join("; ")) }
    }
}

impl Translator {
    /// A network, its parameters drawn from `seed`; it attends to the source or not. It writes at most half as many tokens again
    /// as the longest target of `training`.
    ///
    /// # Errors
    /// If the cell is unknown or a size is 0.
    pub fn new(
        (sizes, attention): (&Sizes, bool),
        registry: &Registry,
        [source, target]: [Side; 2],
        training: &[Pair],
        seed: u64,
    ) -> Result<(Self, Params<f32>), ConfigError> {
        let of = |hidden| RecurrentConfig::new(&sizes.cell, hidden);
        let config = EncoderDecoderConfig {
            vocabulary: source.vocabulary().len(),
            embedding: sizes.embedding,
            encoder: RecurrentConfig { bidirectional: true, ..of(sizes.hidden.div_ceil(2)) },
            decoder: DecoderConfig {
                vocabulary: target.vocabulary().len(),
                embedding: sizes.embedding,
                start: target.vocabulary().index(BEGIN),
                recurrent: of(sizes.hidden),
            },
            attention,
        };
        let longest = |side: &Side, of: fn(&Pair) -> &str| {
            training.iter().map(|pair| side.tokens(of(pair)).len()).max().unwrap_or(0).max(1)
        };
        let horizon = longest(&source, |pair| &pair.source);
        let longest = longest(&target, |pair| &pair.target) * 3 / 2 + 1;
        let mut params = Params::new();
        let network = EncoderDecoder::new(&config, registry, horizon, params.at("", seed))?;
        Ok((Self { source, target, network, longest }, params))
    }

    /// Writes, greedily, for this source.
    ///
    /// # Errors
    /// As [`translate`](Self::translate).
    pub fn translate_one(&self, params: &Params<f32>, source: &str) -> Result<Translation, Stop> {
        Ok(self.translate(params, &[source])?.remove(0))
    }

    /// Writes, greedily, for each of these sources.
    ///
    /// # Errors
    /// Diverged, if the network says no numbers.
    pub fn translate(
        &self,
        params: &Params<f32>,
        sources: &[impl AsRef<str> + Sync],
    ) -> Result<Vec<Translation>, Stop> {
        let sampling = Sampling::greedy(self.target.vocabulary().get(END), self.longest);
        let chunks = in_chunks(params, sources, AT_ONCE, |_, bound, sources| {
            let tokens: Vec<Vec<String>> = sources.iter().map(|text| self.source.tokens(text.as_ref())).collect();
            let batch: Vec<Vec<usize>> = tokens.iter().map(|tokens| self.source.read(tokens)).collect();
            let generated = match self.network.generate(bound, &TokenBatch::new(&batch), &sampling) {
                Ok(generated) => generated,
                Err(why) => return vec![Err(Stop::from(why))],
            };
            let written = |(e, source): (usize, Vec<String>)| {
                let target = self.target.vocabulary().decode(&generated.tokens[e]);
                let attention = generated.attention.get(e).map_or_else(Vec::new, |weights| {
                    weights.column_iter().map(|column| column.iter().copied().collect()).collect()
                });
                Ok(Translation { source, target: target.into_iter().map(String::from).collect(), attention })
            };
            tokens.into_iter().enumerate().map(written).collect()
        });
        chunks.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Tokenizer;
    use crate::train::{Forgetful, Training, train};
    use runs::testing::shards_add_up;

    fn pairs() -> Vec<Pair> {
        let pair = |(source, target): &(&str, &str)| Pair { source: (*source).into(), target: (*target).into() };
        [("one two", "12"), ("two", "2"), ("two one one", "211"), ("one", "1")].iter().map(pair).collect()
    }

    fn trained(attention: bool) -> (Translator, Params<f32>) {
        let pairs = pairs();
        let sides = [Side::source(Tokenizer::Words, &pairs, 1), Side::target(Tokenizer::Characters, &pairs)];
        let sizes = Sizes::new(12, 6);
        let (translator, mut params) =
            Translator::new((&sizes, attention), &Registry::builtin(), sides, &pairs, 1).expect("valid sizes");
        let objective = Pairs::new(&translator, &pairs, &pairs, 4, 0.0, 1);
        shards_add_up(&objective, &params);
        train(&objective, &mut params, &Training::new(150, 0.02), &mut models::Whole::default(), &mut Forgetful)
            .expect("it converges");
        (translator, params)
    }

    #[test]
    fn it_learns_its_pairs_by_heart_and_says_where_it_looked() {
        for attention in [false, true] {
            let (translator, params) = trained(attention);
            let sources: Vec<String> = pairs().into_iter().map(|pair| pair.source).collect();
            for (written, pair) in translator.translate(&params, &sources).expect("numbers").iter().zip(pairs()) {
                assert_eq!(translator.target.text(&written.target), pair.target, "attention {attention}");
                let columns = if attention { written.target.len() + 1 } else { 0 };
                assert_eq!(written.attention.len(), columns);
                for weights in &written.attention {
                    assert_eq!(weights.len(), written.source.len());
                    assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{weights:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_written_for_a_source_does_not_depend_on_the_others() {
        let (translator, params) = trained(true);
        let written = |sources: &[&str]| translator.translate(&params, sources).expect("numbers");
        let (alone, many) = (written(&["two"]), written(&["two one one", "two", "never seen", ""]));
        assert_eq!(translator.translate_one(&params, "two").expect("numbers"), alone[0]);
        let looked = alone[0].looked();
        assert!(looked.starts_with("    (looked at: 2 ← two 1.00") && looked.ends_with(")\n"), "{looked}");
        assert_eq!(many[1].target, alone[0].target);
        assert_eq!(many.len(), 4);
    }
}
