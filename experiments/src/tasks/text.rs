use std::collections::BTreeMap;

use models::Draws;
use models::networks::Read;

use crate::task::{Batch, Score, Targets, Task};

/// How many characters have a row of their own.
const MOST_FREQUENT: usize = 255;

/// Why a text was refused.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// It is shorter than one example.
    #[error("the text {name} has {found} characters, but {needed} are needed for one example; give a longer one")]
    TooShort {
        /// The file or the built-in text.
        name: String,
        /// Its characters.
        found: usize,
        /// T + 2.
        needed: usize,
    },
}

/// The next character of a real text.
///
/// # Layout
/// A text is cut into characters (Unicode scalar values), each a one-hot column. The 255 most frequent ones have a row of
/// their own, all others share the last row. An example is a window of T + 1 characters from anywhere in the text: T
/// inputs, and the character after each as its answer.
///
/// # Baseline
/// The best answer without any context is always the most frequent character; its share of the text is the baseline.
#[derive(Clone, Debug)]
pub struct Text {
    tokens: Vec<usize>,
    rows: usize,
    baseline: f64,
    steps: usize,
}

impl Text {
    /// `text`, called `name` in messages, in windows of `steps` inputs.
    ///
    /// # Errors
    /// If it has not characters enough for two different windows.
    pub fn new(name: &str, text: &str, steps: usize) -> Result<Self, TextError> {
        let (found, needed) = (text.chars().count(), steps + 2);
        if found < needed {
            return Err(TextError::TooShort { name: name.into(), found, needed });
        }
        let mut counts = BTreeMap::new();
        for c in text.chars() {
            *counts.entry(c).or_insert(0usize) += 1;
        }
        let most = counts.values().max().copied().unwrap_or(0);
        let mut ranked: Vec<_> = counts.into_iter().collect();
        ranked.sort_by_key(|(c, count)| (std::cmp::Reverse(*count), *c));
        let rank: BTreeMap<char, usize> = ranked.iter().enumerate().map(|(i, (c, _))| (*c, i)).collect();
        let tokens = text.chars().map(|c| rank[&c].min(MOST_FREQUENT)).collect();
        let rows = ranked.len().min(MOST_FREQUENT + 1);
        Ok(Self { tokens, rows, baseline: most as f64 / found as f64, steps })
    }

    /// How many characters it has.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether it has none; never so.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The same text in windows of `steps` inputs.
    ///
    /// # Panics
    /// If it is too short for them.
    #[track_caller]
    pub fn with_steps(&self, steps: usize) -> Self {
        assert!(self.len() >= steps + 2, "text: {} characters are too few for {steps} steps", self.len());
        Self { steps, ..self.clone() }
    }
}

impl Task for Text {
    fn inputs(&self) -> usize {
        self.rows
    }

    fn outputs(&self) -> usize {
        self.rows
    }

    fn read(&self) -> Read {
        Read::Every
    }

    fn batch(&self, draws: &mut Draws, batch: usize) -> Batch {
        let starts: Vec<usize> = (0..batch).map(|_| draws.below(self.len() - self.steps)).collect();
        let window = |shift: usize| -> Vec<usize> {
            (0..self.steps).flat_map(|t| starts.iter().map(move |s| self.tokens[s + t + shift])).collect()
        };
        Batch::new(Batch::one_hot(self.rows, &window(0)), batch, Targets::Classes(window(1)))
    }

    fn baseline(&self) -> Score {
        Score::Accuracy(self.baseline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_the_next_input() {
        let text = Text::new("alphabet", "abcdefghijklmnopqrstuvwxyz", 5).expect("long enough");
        let batch = text.batch(&mut Draws::at(1, "text test", &[]), 3);
        let Targets::Classes(labels) = &batch.targets else { panic!("classes") };
        for t in 0..4 {
            for j in 0..3 {
                assert_eq!(batch.x.column((t + 1) * 3 + j).imax(), labels[t * 3 + j]);
            }
        }
    }

    #[test]
    fn the_baseline_is_the_share_of_the_most_frequent_character() {
        assert_eq!(Text::new("t", "aabaabaaba", 2).expect("long enough").baseline(), Score::Accuracy(0.7));
    }

    #[test]
    fn rare_characters_share_the_last_row() {
        let hangul: String = ('가'..).take(400).chain(['가'; 9]).collect();
        let text = Text::new("hangul", &hangul, 10).expect("long enough");
        assert_eq!((text.inputs(), text.tokens[0], text.tokens[399]), (256, 0, 255));
    }

    #[test]
    fn a_short_text_is_refused() {
        let error = Text::new("hi.txt", "hi", 10).expect_err("too short").to_string();
        assert_eq!(error, "the text hi.txt has 2 characters, but 12 are needed for one example; give a longer one");
    }
}
