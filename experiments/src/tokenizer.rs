//! `Tokenizer`: a text as words or as characters.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// A text as words or as characters.
///
/// # Words
/// The word boundaries of Unicode Standard Annex #29, lower-case; what is not white space between two words is a token of
/// its own, so punctuation stands apart: "Don't go, it's 3.50!" is `don't` `go` `,` `it's` `3.50` `!`. The curly apostrophe
/// is read as the straight one. Scripts that write no spaces between words (Chinese, Japanese, Thai) come as single characters
/// or syllables.
///
/// # Characters
/// Unicode scalar values, as they are: joined again they are the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Tokenizer {
    /// Lower-case words, punctuation apart.
    Words,
    /// Unicode scalar values.
    Characters,
}

impl Tokenizer {
    /// The tokens of `text`.
    pub fn tokens(self, text: &str) -> Vec<String> {
        match self {
            Self::Words => {
                let text = text.replace('\u{2019}', "'").to_lowercase();
                words(&text).map(String::from).collect()
            }
            Self::Characters => text.chars().map(String::from).collect(),
        }
    }

    /// A text of these tokens. For characters it is the text they came from; for words, they stand apart by one space,
    /// and closing punctuation stands with the word before it.
    pub fn join(self, tokens: &[impl AsRef<str>]) -> String {
        let mut text = String::new();
        for token in tokens.iter().map(AsRef::as_ref) {
            let closes = matches!(token, "." | "," | "!" | "?" | ":" | ";" | ")" | "]" | "…" | "。" | "、");
            if self == Self::Words && !closes && !text.is_empty() && !text.ends_with(['(', '[']) {
                text.push(' ');
            }
            text += token;
        }
        text
    }
}

/// The words of a text as it writes them, capitals and all; else as [`Tokenizer::Words`].
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_word_bounds().filter(|word| !word.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::check;

    #[test]
    fn words_are_lower_case_and_punctuation_stands_apart() {
        let rows: [(&str, &[&str]); 8] = [
            ("Don't go, it's 3.50!", &["don't", "go", ",", "it's", "3.50", "!"]),
            ("Don’t", &["don't"]),
            ("\"Well...\" (he said)", &["\"", "well", ".", ".", ".", "\"", "(", "he", "said", ")"]),
            ("  ÉCOLE\tÜber\u{a0}naïve \r\n", &["école", "über", "naïve"]),
            ("저는 한국어를 합니다.", &["저는", "한국어를", "합니다", "."]),
            ("नमस्ते दुनिया", &["नमस्ते", "दुनिया"]),
            ("so good 👨‍👩‍👧!", &["so", "good", "👨‍👩‍👧", "!"]),
            ("", &[]),
        ];
        for (text, words) in rows {
            assert_eq!(Tokenizer::Words.tokens(text), words, "{text:?}");
        }
    }

    #[test]
    fn words_join_to_a_text_that_reads_well_and_has_the_same_words() {
        let text = "well, he (my friend) said: don't go!";
        let words = Tokenizer::Words.tokens(text);
        assert_eq!(Tokenizer::Words.join(&words), text);
    }

    #[test]
    fn characters_join_to_their_text() {
        check(".*", |text| {
            let tokens = Tokenizer::Characters.tokens(&text);
            assert_eq!(tokens.len(), text.chars().count());
            assert_eq!(Tokenizer::Characters.join(&tokens), text);
            Ok(())
        });
    }

    #[test]
    fn no_word_of_any_text_holds_white_space_at_its_ends_or_is_empty() {
        check(".*", |text| {
            for word in Tokenizer::Words.tokens(&text) {
                assert!(!word.is_empty() && !word.trim().is_empty(), "{text:?}: {word:?}");
            }
            Ok(())
        });
    }
}
