//! Questions and answers of small talk.
//!
//! # Layout
//! `question TAB answer`, one pair a line. Most answers stand there for several questions that mean the same; none of the
//! questions stands there twice. English and Korean; written for this project. For pairs of one's own:
//! [`pairs::read`](crate::loaders::pairs::read).
//!
//! # Baseline
//! The most frequent answer to everything is right for 4 of 167 questions in English, for 3 of 94 in Korean. Too few pairs to
//! hold any back: a model of this file answers what it was trained on, and the way to see what it generalises is a question of
//! one's own.

use crate::loaders::pairs::{Columns, Pair, parse};

/// The language of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English.
    English,
    /// Korean.
    Korean,
}

/// The built-in pairs.
pub fn pairs(language: Language) -> Vec<Pair> {
    let (name, file) = match language {
        Language::English => ("chat_en.tsv", include_str!("../../assets/chat_en.tsv")),
        Language::Korean => ("chat_ko.tsv", include_str!("../../assets/chat_ko.tsv")),
    };
    parse(name, file.as_bytes(), Columns::TALK).expect("a file of ours has pairs: the test below reads it")
}

/// The share of questions that the most frequent answer is right for.
pub fn most_frequent_answer(pairs: &[Pair]) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    for pair in pairs {
        *counts.entry(&pair.target).or_insert(0usize) += 1;
    }
    counts.values().max().copied().unwrap_or(0) as f64 / pairs.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Tokenizer;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn every_question_stands_there_once_and_many_answers_for_several() {
        for (language, most, all) in [(Language::English, 4, 167), (Language::Korean, 3, 94)] {
            let pairs = pairs(language);
            // As words, which is how a model sees them.
            let questions: BTreeSet<_> = pairs.iter().map(|pair| Tokenizer::Words.tokens(&pair.source)).collect();
            assert_eq!(questions.len(), pairs.len());
            let mut answers = BTreeMap::<&str, usize>::new();
            pairs.iter().for_each(|pair| *answers.entry(&pair.target).or_default() += 1);
            let several = answers.values().filter(|count| **count > 1).sum::<usize>();
            assert!(several * 3 > pairs.len() * 2, "{language:?}: {several} of {}", pairs.len());
            let counted = ((most_frequent_answer(&pairs) * pairs.len() as f64).round() as usize, pairs.len());
            assert_eq!(counted, (most, all), "{language:?}");
        }
    }

    #[test]
    fn each_language_is_in_its_own_letters() {
        let hangul = |pair: &Pair| pair.source.chars().chain(pair.target.chars()).any(|c| ('가'..='힣').contains(&c));
        assert!(pairs(Language::Korean).iter().all(hangul));
        assert!(!pairs(Language::English).iter().any(hangul));
        let latin = |pair: &Pair| (pair.source.clone() + &pair.target).chars().any(|c| c.is_ascii_alphabetic());
        assert!(!pairs(Language::Korean).iter().any(latin));
    }
}
