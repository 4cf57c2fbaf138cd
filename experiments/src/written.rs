//! How good written texts are: exact match, and tokens in place.
//! ```text
//! exact = the share of targets written without a fault
//! tokens in place = Σ #{t : ŷ_t = y_t} / Σ max(|ŷ|, |y|)
//! ```

use serde::{Deserialize, Serialize};

use crate::stats::{Share, most_frequent};

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

    /// The tokens that stand where they should.
    pub fn in_place(&self) -> Share {
        let part = self.target.iter().zip(&self.written).filter(|(y, written)| y == written).count();
        Share { part, of: self.target.len().max(self.written.len()) }
    }
}

/// The score of some answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Exact answers.
    pub exact: Share,
    /// Tokens in place.
    pub in_place: Share,
}

impl Score {
    /// Of all these.
    pub fn of<'a>(answers: impl Iterator<Item = &'a Answer> + Clone) -> Self {
        Self {
            exact: Share::count(answers.clone().map(Answer::is_exact)),
            in_place: answers.map(Answer::in_place).sum(),
        }
    }
}

/// The one answer of who does not read: at each place the token that stands there most often in training, until the end is
/// more frequent than any.
pub fn fixed_answer(targets: &[Vec<String>]) -> Vec<String> {
    let longest = targets.iter().map(Vec::len).max().unwrap_or(0);
    let most = |place: usize| most_frequent(targets.iter().map(|target| target.get(place)))?.cloned();
    (0..longest).map_while(most).collect()
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
        for (written, part, of) in [("123", 3, 3), ("12", 2, 3), ("1234", 3, 4), ("312", 0, 3)] {
            assert_eq!(answer("a", "123", written).in_place(), Share { part, of }, "{written}");
        }
        let score = Score::of([answer("a", "12", "12"), answer("a", "12", "13")].iter());
        assert_eq!(score, Score { exact: Share { part: 1, of: 2 }, in_place: Share { part: 3, of: 4 } });
    }

    #[test]
    fn the_fixed_answer_is_the_most_frequent_token_of_each_place_and_ends_where_most_end() {
        let targets = ["1a", "1b", "2b", "1bz"].map(letters);
        assert_eq!(fixed_answer(&targets), letters("1b"));
        assert_eq!(fixed_answer(&[]), letters(""));
    }
}
