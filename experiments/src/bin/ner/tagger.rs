use std::collections::BTreeSet;

use experiments::Learning;
use experiments::answers::{answers, argmax};
use experiments::loaders::conll::Sentence;
use experiments::vocabulary::Vocabulary;
use models::networks::{Batch, Input, Network, NetworkConfig, Read, Targets};
use models::stacks::{ConfigError, RecurrentConfig, TokenBatch};
use models::{Draws, Params, Registry};
use nalgebra::DMatrix;

use super::config::Config;

/// Lower case; first capital; all capitals; with a digit; none of these.
const SHAPES: usize = 5;
/// The rows of a shape's vector.
const SHAPE_ROWS: usize = 4;

fn shape(word: &str) -> usize {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    let first_is_capital = word.chars().next().is_some_and(char::is_uppercase);
    match () {
        () if word.chars().any(char::is_numeric) => 3,
        () if letters().next().is_none() => 4,
        () if letters().count() > 1 && letters().all(char::is_uppercase) => 2,
        () if first_is_capital => 1,
        () => 0,
    }
}

/// What is read and what is to be answered, as indices.
#[derive(Clone, Debug)]
pub struct Encoded {
    words: Vec<usize>,
    shapes: Vec<usize>,
    tags: Vec<usize>,
}

/// A recurrent network that tags every word of a sentence, its training and its answers.
/// ```text
/// x_t = [E_w word_t; E_s shape_t],   h_1 … h_T = stack(x_1 … x_T),   P(tag k at t) = softmax(W_y h_t + b_y)_k
/// ```
/// A word is looked up without its case; its shape tells that: Collobert et al. 2011 (JMLR 12), §3.2.2 and table 4.
#[derive(Debug)]
pub struct Tagger {
    words: Vocabulary,
    /// By index; O is the first.
    pub tags: Vec<String>,
    network: Network,
}

/// P(tag) for every word of a sentence: tags × words.
pub type Probabilities = DMatrix<f32>;

impl Tagger {
    /// A network, in both directions or from left to right, for the words and tags of `training`, and its parameters.
    ///
    /// # Errors
    /// If the cell is unknown or a size is 0.
    pub fn new(config: &Config, both: bool, training: &[Sentence]) -> Result<(Self, Params<f32>), ConfigError> {
        const MOST: usize = 50_000;
        let words: Vec<Vec<String>> = training.iter().map(|s| s.tokens.iter().map(|w| lower(w)).collect()).collect();
        let words = Vocabulary::build(&words, &[], MOST, 1);
        let kinds: BTreeSet<&String> = training.iter().flat_map(|s| &s.tags).filter(|tag| *tag != "O").collect();
        let tags: Vec<String> = std::iter::once("O".to_owned()).chain(kinds.into_iter().cloned()).collect();
        let hidden = if both { config.hidden.div_ceil(2) } else { config.hidden };
        let stack = RecurrentConfig { bidirectional: both, ..RecurrentConfig::new(&config.cell, hidden) };
        let horizon = training.iter().map(|s| s.tokens.len()).max().unwrap_or(1);
        let table = |name: &str, vocabulary, rows| Input::Tokens { name: name.into(), vocabulary, rows };
        let inputs = vec![table("word", words.len(), config.embedding), table("shape", SHAPES, SHAPE_ROWS)];
        let net = NetworkConfig { inputs, read: Read::Every, ..NetworkConfig::new(1, stack, tags.len()) };
        let mut params = Params::new();
        let network = Network::new(&net, &Registry::builtin(), horizon, params.at("", config.seed))?;
        Ok((Self { words, tags, network }, params))
    }

    /// Whether it knows the word; else it reads `<unk>`.
    pub fn knows(&self, word: &str) -> bool {
        self.words.get(&lower(word)).is_some()
    }

    fn encode(&self, sentence: &Sentence) -> Encoded {
        let tag = |tag: &String| self.tags.iter().position(|known| known == tag).unwrap_or(0);
        Encoded {
            words: sentence.tokens.iter().map(|word| self.words.index(&lower(word))).collect(),
            shapes: sentence.tokens.iter().map(|word| shape(word)).collect(),
            tags: sentence.tags.iter().map(tag).collect(),
        }
    }

    fn batch(sentences: &[Encoded]) -> Batch {
        let of = |part: fn(&Encoded) -> &Vec<usize>| TokenBatch::new(&sentences.iter().map(part).collect::<Vec<_>>());
        Batch::of_tokens([of(|s| &s.words), of(|s| &s.shapes)], Targets::Classes(of(|s| &s.tags).tokens))
    }

    /// P(tag) for every word of every sentence.
    pub fn probabilities(&self, params: &Params<f32>, sentences: &[Sentence]) -> Vec<Probabilities> {
        let encoded: Vec<_> = sentences.iter().map(|sentence| self.encode(sentence)).collect();
        answers((&self.network, params), (&encoded, AT_ONCE), Self::batch, |z| z.softmax())
    }

    /// Its training: the mean cross-entropy of a word's tag, in nats, on sentences some of whose words are hidden.
    pub fn learning<'a>(
        &'a self,
        train: &[Sentence],
        validation: &[Sentence],
        config: &'a Config,
    ) -> Learning<'a, Encoded> {
        let [train, validation] = [train, validation]
            .map(|sentences| sentences.iter().map(|sentence| self.encode(sentence)).collect::<Vec<_>>());
        let one = move |draws: &mut Draws| {
            let mut sentence = train[draws.below(train.len())].clone();
            sentence.words.iter_mut().filter(|_| draws.uniform() < config.hide).for_each(|word| *word = 0);
            sentence
        };
        Learning {
            network: &self.network,
            draw: Box::new(move |draws| (0..config.training.batch).map(|_| one(draws)).collect()),
            seed: (config.seed, "train"),
            validation,
            at_once: AT_ONCE,
            batch: Box::new(Self::batch),
        }
    }

    /// The likeliest tag of every word; the first of equals.
    pub fn best(&self, probabilities: &Probabilities) -> Vec<String> {
        probabilities.column_iter().map(|column| self.tags[argmax(column.iter())].clone()).collect()
    }
}

/// What is on the tape at once when nothing is trained.
const AT_ONCE: usize = 64;

fn lower(word: &str) -> String {
    word.to_lowercase()
}

#[cfg(test)]
mod tests {
    use experiments::settings::{Scale, Settings};
    use experiments::train::{Forgetful, Training, train};
    use models::Whole;

    use super::*;

    fn sentence(text: &str) -> Sentence {
        let parts = || text.split_whitespace().filter_map(|part| part.split_once('/'));
        Sentence { tokens: parts().map(|p| p.0.into()).collect(), tags: parts().map(|p| p.1.into()).collect() }
    }

    #[test]
    fn shapes_tell_the_case() {
        let shapes = ["and", "Jordan", "UN", "2nd", ",", "A", "안녕"].map(shape);
        assert_eq!(shapes, [0, 1, 2, 3, 4, 1, 0]);
    }

    #[test]
    fn only_both_directions_tell_what_the_right_context_tells() {
        let training = [
            sentence("Devon/B-PER smiled/O ./O"),
            sentence("Devon/B-LOC flooded/O ./O"),
            sentence("it/O rained/O ./O"),
        ];
        let mut config = Config { hidden: 12, embedding: 6, hide: 0.0, ..Config::at(Scale::Quick) };
        config.training.batch = 6;
        let right = |both: bool| {
            let (tagger, mut params) = Tagger::new(&config, both, &training).expect("valid sizes");
            let objective = tagger.learning(&training, &training, &config);
            train(&objective, &mut params, &Training::new(80, 0.03), &mut Whole::default(), &mut Forgetful)
                .expect("it converges");
            let found = tagger.probabilities(&params, &training);
            found.iter().zip(&training).filter(|(p, sentence)| tagger.best(p) == sentence.tags).count()
        };
        assert_eq!((right(true), right(false)), (3, 2));
    }
}
