//! `Corpus`: a text as characters by number, its first 80 % to train on, the next 10 % to choose by, the last 10 % to
//! test on.

use std::ops::Range;

use experiments::tokenizer::Tokenizer;
use experiments::vocabulary::Vocabulary;

/// A text as characters by number, its first 80 % to train on, the next 10 % to choose by, the last 10 % to test on.
///
/// By position and not by lot: sentences of a text repeat each other, so a test part taken from all over the text would be
/// half known. The vocabulary is that of the training part; what it has not is `<unk>` to every model alike.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// Its name in messages.
    pub name: String,
    /// The characters of the training part, by number.
    pub vocabulary: Vocabulary,
    /// The three parts.
    pub train: Vec<usize>,
    /// The part that the best model is chosen by.
    pub validation: Vec<usize>,
    /// The part to report on.
    pub test: Vec<usize>,
}

/// A text too short for its three parts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the text {name} has {found} characters, but {needed} are needed; give a longer one, or a smaller --batch or --steps"
)]
pub struct TooShort {
    name: String,
    found: usize,
    needed: usize,
}

impl Corpus {
    /// The parts of `text`, with `most` characters told apart at most.
    ///
    /// # Errors
    /// If the training part has no window of `steps` characters in `batch` streams.
    pub fn new(name: &str, text: &str, most: usize, batch: usize, steps: usize) -> Result<Self, TooShort> {
        let characters = Tokenizer::Characters.tokens(text);
        // A window of T characters in B streams and the ones to be said; and parts of two characters.
        let (found, needed) = (characters.len(), ((batch * (steps + 1)) * 10).div_ceil(8).max(20));
        if found < needed {
            return Err(TooShort { name: name.into(), found, needed });
        }
        let (train, rest) = characters.split_at(found * 8 / 10);
        let (validation, test) = rest.split_at(rest.len() / 2);
        let vocabulary = Vocabulary::build(&[train], &[], most, 1);
        let [train, validation, test] = [train, validation, test].map(|part| vocabulary.encode(part));
        Ok(Self { name: name.into(), vocabulary, train, validation, test })
    }

    /// How many characters it has.
    pub fn characters(&self) -> usize {
        self.train.len() + self.validation.len() + self.test.len()
    }
}

/// `tokens` in `batch` pieces of one length, read in parallel; what is left over at the end is not read.
#[derive(Clone, Copy, Debug)]
pub struct Streams<'a> {
    tokens: &'a [usize],
    batch: usize,
}

impl<'a> Streams<'a> {
    /// # Panics
    /// If a piece would have no character and one after it.
    #[track_caller]
    pub fn new(tokens: &'a [usize], batch: usize) -> Self {
        assert!(batch > 0 && tokens.len() / batch > 1, "streams: {} characters for {batch} streams", tokens.len());
        Self { tokens, batch }
    }

    /// B.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// How many characters of a piece have one after them in the piece.
    pub fn steps(&self) -> usize {
        self.tokens.len() / self.batch - 1
    }

    /// The characters of these steps of some streams, time-major, and the ones after them.
    pub fn window(&self, steps: Range<usize>, streams: Range<usize>) -> (Vec<usize>, Vec<usize>) {
        let piece = self.steps() + 1;
        let at = |shift: usize| -> Vec<usize> {
            steps.clone().flat_map(|t| streams.clone().map(move |b| self.tokens[b * piece + t + shift])).collect()
        };
        (at(0), at(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_text_in_its_order() {
        let text: String = ('a'..='z').cycle().take(100).collect();
        let corpus = Corpus::new("t", &text, 100, 2, 5).expect("long enough");
        assert_eq!(
            (corpus.train.len(), corpus.validation.len(), corpus.test.len(), corpus.characters()),
            (80, 10, 10, 100)
        );
        let all = [corpus.train, corpus.validation, corpus.test].concat();
        assert_eq!(corpus.vocabulary.decode(&all).concat(), text);
    }

    #[test]
    fn characters_that_training_does_not_have_are_unknown() {
        let text = "ab".repeat(40) + &"z".repeat(20);
        let corpus = Corpus::new("t", &text, 100, 2, 5).expect("long enough");
        assert_eq!((corpus.vocabulary.len(), &corpus.test[..]), (3, &[0; 10][..]));
    }

    #[test]
    fn streams_go_on_where_their_last_window_ended() {
        let tokens: Vec<usize> = (0..11).collect();
        let streams = Streams::new(&tokens, 2); // 0 1 2 3 4 and 5 6 7 8 9
        assert_eq!(streams.steps(), 4);
        assert_eq!(streams.window(0..2, 0..2), (vec![0, 5, 1, 6], vec![1, 6, 2, 7]));
        assert_eq!(streams.window(2..4, 0..2), (vec![2, 7, 3, 8], vec![3, 8, 4, 9]));
    }

    #[test]
    fn a_short_text_is_refused_with_what_is_needed() {
        let why = Corpus::new("hi.txt", &"x".repeat(149), 100, 10, 11).expect_err("too short").to_string();
        assert!(why.starts_with("the text hi.txt has 149 characters, but 150 are needed"), "{why}");
        let corpus = Corpus::new("hi.txt", &"x".repeat(150), 100, 10, 11).expect("just enough");
        assert_eq!(Streams::new(&corpus.train, 10).steps(), 11);
    }
}
