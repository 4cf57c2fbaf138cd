use crate::loaders::pairs::Pair;
use crate::tokenizer::Tokenizer;
use crate::vocabulary::{BEGIN, END, Vocabulary};

/// The most tokens of a vocabulary: the readout has a row for each.
const MOST: usize = 20_000;

/// How the texts of one side, the source's or the target's, become tokens and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    tokenizer: Tokenizer,
    vocabulary: Vocabulary,
}

impl Side {
    /// The tokens of the sources of `training` that come there `at_least` so often.
    pub fn source(tokenizer: Tokenizer, training: &[Pair], at_least: usize) -> Self {
        let tokens: Vec<_> = training.iter().map(|pair| tokenizer.tokens(&pair.source)).collect();
        Self { tokenizer, vocabulary: Vocabulary::build(&tokens, &[], MOST, at_least) }
    }

    /// The tokens of the targets of `training`, with one before the first and one after the last.
    pub fn target(tokenizer: Tokenizer, training: &[Pair]) -> Self {
        let tokens: Vec<_> = training.iter().map(|pair| tokenizer.tokens(&pair.target)).collect();
        Self { tokenizer, vocabulary: Vocabulary::build(&tokens, &[BEGIN, END], MOST, 1) }
    }

    /// Its tokens by index.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The tokens of a text.
    pub fn tokens(&self, text: &str) -> Vec<String> {
        self.tokenizer.tokens(text)
    }

    /// The text of tokens.
    pub fn text(&self, tokens: &[impl AsRef<str>]) -> String {
        self.tokenizer.join(tokens)
    }

    /// What the encoder reads.
    pub fn read(&self, tokens: &[String]) -> Vec<usize> {
        self.vocabulary.encode(tokens)
    }

    /// What the decoder is to write, the end token last.
    pub fn write(&self, text: &str) -> Vec<usize> {
        self.vocabulary.encode_to_end(&self.tokens(text))
    }
}
