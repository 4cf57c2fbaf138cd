//! How good translations are: exact match, tokens in place, and both by the length of the source.
//! ```text
//! exact = the share of targets written without a fault
//! tokens in place = Σ #{t : ŷ_t = y_t} / Σ max(|ŷ|, |y|)
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stats::wilson;

/// What was read, what is right and what was written, as tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The tokens read.
    pub source: Vec<String>,
    /// The right target.
    pub target: Vec<String>,
    /// What was written.
    pub written: Vec<String>,
}

impl Answer {
    /// Whether it is right in every token.
    pub fn is_exact(&self) -> bool {
        self.target == self.written
    }

    /// How many tokens stand where they should, of how many.
    pub fn in_place(&self) -> (usize, usize) {
        in_place(&self.target, &self.written)
    }
}

fn in_place(target: &[String], written: &[String]) -> (usize, usize) {
    let right = target.iter().zip(written).filter(|(y, written)| y == written).count();
    (right, target.len().max(written.len()))
}

/// The score of some answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// How many answers there are.
    pub of: usize,
    /// How many of them are exact.
    pub exact: usize,
    /// Tokens in place.
    pub right: usize,
    /// Of so many.
    pub tokens: usize,
}

impl Score {
    /// Of all these.
    pub fn of<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> Self {
        answers.into_iter().fold(Self::default(), |mut score, answer| {
            let (right, tokens) = answer.in_place();
            score.of += 1;
            score.exact += usize::from(answer.is_exact());
            score.right += right;
            score.tokens += tokens;
            score
        })
    }

    /// The share of exact answers.
    pub fn exact(&self) -> f64 {
        self.exact as f64 / self.of.max(1) as f64
    }

    /// The share of tokens in place.
    pub fn in_place(&self) -> f64 {
        self.right as f64 / self.tokens.max(1) as f64
    }
}

/// The one answer of who does not read: at each place the token that stands there most often in training, until the end is
/// more frequent than any.
pub fn fixed_answer(targets: &[Vec<String>]) -> Vec<String> {
    let longest = targets.iter().map(Vec::len).max().unwrap_or(0);
    let most = |place: usize| {
        let mut counts = BTreeMap::<Option<&String>, usize>::new();
        targets.iter().for_each(|target| *counts.entry(target.get(place)).or_default() += 1);
        counts.into_iter().max_by_key(|(token, count)| (*count, std::cmp::Reverse(*token)))?.0.cloned()
    };
    (0..longest).map_while(most).collect()
}

/// A row of `figures/accuracy.csv`: the answers to sources of `shortest` to `longest` tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LengthRow {
    pub network: String,
    pub shortest: usize,
    pub longest: usize,
    pub examples: usize,
    pub exact: f64,
    /// The 95 % interval of Wilson.
    pub exact_low: f64,
    pub exact_high: f64,
    pub in_place: f64,
}

/// The scores by source length, in at most `bins` ranges of lengths. They are equally wide, but a range of few answers is one
/// with the range before it.
pub fn by_length(network: &str, answers: &[Answer], bins: usize) -> Vec<LengthRow> {
    let lengths = || answers.iter().map(|answer| answer.source.len());
    let (Some(shortest), Some(longest)) = (lengths().min(), lengths().max()) else { return Vec::new() };
    let width = (longest - shortest + 1).div_ceil(bins);
    let within = |low: usize, high: usize| answers.iter().filter(move |a| (low..=high).contains(&a.source.len()));
    let fewest = answers.len().div_ceil(50).min(20);
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for low in (shortest..=longest).step_by(width) {
        let high = (low + width - 1).min(longest);
        match ranges.last_mut() {
            Some(before) if within(low, high).count() < fewest => before.1 = high,
            _ => ranges.push((low, high)),
        }
    }
    let row = |(low, high)| {
        let score = Score::of(within(low, high));
        let (exact_low, exact_high) = wilson(score.exact, score.of);
        LengthRow {
            network: network.into(),
            shortest: low,
            longest: high,
            examples: score.of,
            exact: score.exact(),
            exact_low,
            exact_high,
            in_place: score.in_place(),
        }
    };
    ranges.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    fn answer(source: &str, target: &str, written: &str) -> Answer {
        Answer { source: letters(source), target: letters(target), written: letters(written) }
    }

    #[test]
    fn a_token_too_many_or_too_few_is_a_fault() {
        assert_eq!(answer("a", "123", "123").in_place(), (3, 3));
        assert_eq!(answer("a", "123", "12").in_place(), (2, 3));
        assert_eq!(answer("a", "123", "1234").in_place(), (3, 4));
        assert_eq!(answer("a", "123", "312").in_place(), (0, 3));
        let score = Score::of(&[answer("a", "12", "12"), answer("a", "12", "13")]);
        assert_eq!((score.exact().to_bits(), score.in_place().to_bits()), (0.5f64.to_bits(), 0.75f64.to_bits()));
    }

    #[test]
    fn the_fixed_answer_is_the_most_frequent_token_of_each_place_and_ends_where_most_end() {
        let targets = ["1a", "1b", "2b", "1bz"].map(letters);
        assert_eq!(fixed_answer(&targets), letters("1b"));
        assert_eq!(fixed_answer(&[]), letters(""));
    }

    #[test]
    fn every_answer_is_in_one_range_of_lengths_and_few_answers_have_none_of_their_own() {
        let answers = [answer("a", "1", "1"), answer("abcd", "1", "2"), answer("abcdefg", "1", "1")];
        let shown = |rows: Vec<LengthRow>| -> Vec<_> {
            rows.iter().map(|row| (row.shortest, row.longest, row.examples, row.exact > 0.5)).collect()
        };
        assert_eq!(shown(by_length("plain", &answers, 3)), [(1, 3, 1, true), (4, 6, 1, false), (7, 7, 1, true)]);
        let many = [vec![answers[0].clone(); 60], vec![answers[1].clone()]].concat();
        assert_eq!(shown(by_length("plain", &many, 3)), [(1, 4, 61, true)]);
        assert_eq!(by_length("plain", &[], 3), []);
    }
}
