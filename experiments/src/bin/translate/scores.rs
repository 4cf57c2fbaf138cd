//! How good translations are by the length of the source.

use experiments::written::{Answer, Score};
use serde::{Deserialize, Serialize};

/// A row of `figures/accuracy.csv`: the answers to sources of `shortest` to `longest` tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
        let Score { exact: share, in_place } = Score::of(within(low, high));
        let (exact, (exact_low, exact_high)) = share.estimate();
        let (network, examples, in_place) = (network.into(), share.of, in_place.value());
        LengthRow { network, shortest: low, longest: high, examples, exact, exact_low, exact_high, in_place }
    };
    ranges.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(source: &str, target: &str, written: &str) -> Answer {
        let [source, target, written] = [source, target, written].map(|text| text.chars().map(String::from).collect());
        Answer { source, target, written }
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
