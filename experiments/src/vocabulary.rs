//! `Vocabulary`: tokens ↔ indices, from training data.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::report::in_order;

/// Stands for every token that is not in the vocabulary.
pub const UNKNOWN: &str = "<unk>";
/// Fills up short sequences.
pub const PAD: &str = "<pad>";
/// Stands before the first token of a sequence.
pub const BEGIN: &str = "<bos>";
/// Stands after the last token of a sequence.
pub const END: &str = "<eos>";

/// Tokens ↔ indices, from training data.
///
/// # Layout
/// ```text
/// index   0      1 …            …
/// token   <unk>  other specials  tokens of the training data, the most frequent first, equal ones by their letters
/// ```
/// Which tokens the training data does not have, or too rarely, is a part of what is learnt: they are all `<unk>`. To meet
/// `<unk>` in training, build with `at_least` of 2 or more: the words seen once stand in for those never seen.
///
/// A file holds the list of tokens and nothing else.
///
/// ```
/// use experiments::tokenizer::Tokenizer;
/// use experiments::vocabulary::{BEGIN, END, Vocabulary};
///
/// let reviews = ["A good film.", "A film", "not good"].map(|text| Tokenizer::Words.tokens(text));
/// let vocabulary = Vocabulary::build(&reviews, &[BEGIN, END], 3, 1);
/// assert_eq!(vocabulary.tokens(), ["<unk>", "<bos>", "<eos>", "a", "film", "good"]);
/// assert_eq!(vocabulary.encode(&["a", "bad", "film"]), [3, 0, 4]);
/// assert_eq!(vocabulary.decode(&[3, 0, 4]), ["a", "<unk>", "film"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Vocabulary {
    tokens: Vec<String>,
    index: HashMap<String, usize>,
}

/// Why a list of tokens is no vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoVocabulary {
    /// It does not begin with `<unk>`.
    #[error("the vocabulary does not begin with `<unk>`; use a file that this program wrote")]
    NoUnknown,
    /// It has a token twice.
    #[error("the vocabulary has the token `{}` twice; use a file that this program wrote", crate::echo(.0))]
    Twice(String),
}

impl Vocabulary {
    /// `<unk>`, then `specials`, then the `most` most frequent tokens of the training data that it has `at_least` so often.
    pub fn build(training: &[impl AsRef<[String]>], specials: &[&str], most: usize, at_least: usize) -> Self {
        let mut counts = BTreeMap::<&str, usize>::new();
        for token in training.iter().flat_map(|sequence| sequence.as_ref()) {
            *counts.entry(token).or_default() += 1;
        }
        let mut tokens = vec![UNKNOWN.to_owned()];
        tokens.extend(specials.iter().filter(|s| **s != UNKNOWN).map(|s| (*s).to_owned()));
        counts.retain(|token, count| *count >= at_least && tokens.iter().all(|special| special != token));
        let mut ranked: Vec<_> = counts.into_iter().collect();
        ranked.sort_by_key(|(token, count)| (std::cmp::Reverse(*count), *token));
        tokens.extend(ranked.into_iter().take(most).map(|(token, _)| token.to_owned()));
        Self::indexed(tokens)
    }

    fn indexed(tokens: Vec<String>) -> Self {
        let index = tokens.iter().enumerate().map(|(i, token)| (token.clone(), i)).collect();
        Self { tokens, index }
    }

    /// How many tokens it has, the specials included.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether it has none; never so, for `<unk>` is always there.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// All tokens, by index.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The index of `token`, if it has one.
    pub fn get(&self, token: &str) -> Option<usize> {
        self.index.get(token).copied()
    }

    /// The index of `token`, or that of `<unk>`, 0.
    pub fn index(&self, token: &str) -> usize {
        self.get(token).unwrap_or(0)
    }

    /// The token of an index.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn token(&self, index: usize) -> &str {
        assert!(index < self.len(), "vocabulary: no token {index} among {}", self.len());
        &self.tokens[index]
    }

    /// The indices of a sequence.
    pub fn encode(&self, tokens: &[impl AsRef<str>]) -> Vec<usize> {
        tokens.iter().map(|token| self.index(token.as_ref())).collect()
    }

    /// The indices of a sequence that is to be written: the end token is the last.
    pub fn encode_to_end(&self, tokens: &[impl AsRef<str>]) -> Vec<usize> {
        tokens.iter().map(AsRef::as_ref).chain([END]).map(|token| self.index(token)).collect()
    }

    /// The tokens of a sequence.
    ///
    /// # Panics
    /// If an index has none.
    #[track_caller]
    pub fn decode(&self, indices: &[usize]) -> Vec<&str> {
        let mut tokens = Vec::with_capacity(indices.len());
        for &index in indices {
            tokens.push(self.token(index));
        }
        tokens
    }

    /// Those of these tokens that are read as `<unk>`, each once.
    pub fn unknown(&self, tokens: &[String]) -> Vec<String> {
        in_order(tokens.iter().filter(|token| self.get(token).is_none()))
    }

    /// The share of these tokens that are `<unk>`; 0 of none.
    pub fn unknown_share(&self, sequences: &[impl AsRef<[String]>]) -> f64 {
        let tokens = || sequences.iter().flat_map(|sequence| sequence.as_ref());
        let unknown = tokens().filter(|token| self.index(token) == 0).count();
        unknown as f64 / tokens().count().max(1) as f64
    }
}

impl TryFrom<Vec<String>> for Vocabulary {
    type Error = NoVocabulary;

    fn try_from(tokens: Vec<String>) -> Result<Self, NoVocabulary> {
        if tokens.first().is_none_or(|token| token != UNKNOWN) {
            return Err(NoVocabulary::NoUnknown);
        }
        let vocabulary = Self::indexed(tokens);
        match vocabulary.tokens.iter().enumerate().find(|(i, token)| vocabulary.index[*token] != *i) {
            Some((_, token)) => Err(NoVocabulary::Twice(token.clone())),
            None => Ok(vocabulary),
        }
    }
}

impl From<Vocabulary> for Vec<String> {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary.tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Tokenizer;
    use autograd::testing::{check, proptest};

    fn build(text: &str, most: usize, at_least: usize) -> Vocabulary {
        Vocabulary::build(&[Tokenizer::Words.tokens(text)], &[PAD, END], most, at_least)
    }

    #[test]
    fn the_most_frequent_come_first_and_equal_ones_by_their_letters() {
        assert_eq!(build("b a c c b c d", 3, 1).tokens(), ["<unk>", "<pad>", "<eos>", "c", "b", "a"]);
    }

    #[test]
    fn rare_tokens_are_unknown_in_the_training_data_too() {
        let vocabulary = build("c c b b a", 9, 2);
        assert_eq!(vocabulary.encode(&["c", "a", "z", PAD]), [4, 0, 0, 1]);
        assert_eq!(vocabulary.unknown(&Tokenizer::Words.tokens("z c a z b")), ["z", "a"]);
        let share = vocabulary.unknown_share(&[Tokenizer::Words.tokens("c a z b")]);
        assert_eq!(share.to_bits(), 0.5f64.to_bits());
        assert_eq!(vocabulary.unknown_share(&[[]; 0]).to_bits(), 0);
    }

    #[test]
    fn a_special_that_stands_in_the_data_too_has_one_index() {
        let training = [[END, "a", UNKNOWN].map(String::from)];
        assert_eq!(Vocabulary::build(&training, &[UNKNOWN, END], 9, 1).tokens(), [UNKNOWN, END, "a"]);
    }

    #[test]
    fn a_file_gives_the_vocabulary_back() {
        check(proptest::collection::vec(".{0,3}", 0..20), |words| {
            let vocabulary = Vocabulary::build(&[words], &[BEGIN, END, PAD], 10, 1);
            let file = serde_json::to_string(&vocabulary).expect("written");
            assert_eq!(serde_json::from_str::<Vocabulary>(&file).expect("read"), vocabulary);
            let all: Vec<usize> = (0..vocabulary.len()).collect();
            assert_eq!(vocabulary.encode(&vocabulary.decode(&all)), all);
            Ok(())
        });
    }

    #[test]
    fn a_list_that_is_no_vocabulary_is_refused() {
        for (file, why) in [
            ("[]", "does not begin with `<unk>`"),
            (r#"["a"]"#, "does not begin with `<unk>`"),
            (r#"["<unk>", "a\n", "a\n"]"#, "has the token `a\\n` twice"),
        ] {
            let error = serde_json::from_str::<Vocabulary>(file).expect_err("refused").to_string();
            assert!(error.contains(why), "{file}: {error}");
        }
    }

    #[test]
    #[should_panic(expected = "vocabulary: no token 9 among 4")]
    fn an_index_without_a_token_is_the_programmers_mistake() {
        build("a", 9, 1).decode(&[9]);
    }
}
