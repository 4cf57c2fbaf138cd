//! How good captions are: whole captions, words in their place, and for drawn shapes what each word tells.

use experiments::stats::Share;
use experiments::tasks::captions::{Said, TOLD};
use experiments::written::{Answer, Score, fixed_answer};
use serde::{Deserialize, Serialize};

use super::{Input, Outcome};

/// The measure that all is about.
pub const EXACT: &str = "exact match";
/// Words in place, of all.
pub const IN_PLACE: &str = "words in place";

/// A row of `figures/scores.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreRow {
    /// Who wrote: the network, the same without the picture, or who always writes the same.
    pub who: String,
    pub set: String,
    pub label: String,
    pub measure: String,
    pub right: usize,
    pub of: usize,
    pub share: f64,
    /// The 95 % interval of Wilson.
    pub low: f64,
    pub high: f64,
}

/// The network.
pub const NETWORK: &str = "network";
/// The same network, shown white paper in place of the picture.
pub const BLANK: &str = "blank picture";
/// Who always writes the most frequent words.
pub const FIXED: &str = "fixed words";

/// The most frequent word of each place in training.
pub fn fixed(input: &Input) -> Vec<String> {
    fixed_answer(&input.training_captions())
}

/// Every score.
pub fn scores(input: &Input, outcome: &Outcome) -> Vec<ScoreRow> {
    let fixed = fixed(input);
    let mut rows = Vec::new();
    for who in [NETWORK, BLANK, FIXED] {
        for (set, found) in input.tests.iter().zip(&outcome.written) {
            let answer = |(example, written): (&super::Example, &Vec<String>)| {
                let written = match who {
                    NETWORK => written,
                    BLANK => &outcome.blank,
                    _ => &fixed,
                };
                Answer { source: Vec::new(), target: example.words.clone(), written: written.clone() }
            };
            let answers: Vec<Answer> = set.examples.iter().zip(found).map(answer).collect();
            for (measure, share) in measures(&answers) {
                let (who, set, label) = (who.into(), set.key.into(), set.label.into());
                let (Share { part: right, of }, (share, (low, high))) = (share, share.estimate());
                rows.push(ScoreRow { who, set, label, measure: measure.into(), right, of, share, low, high });
            }
        }
    }
    rows
}

/// Each measure, and how much is right.
fn measures(answers: &[Answer]) -> Vec<(&'static str, Share)> {
    let score = Score::of(answers.iter());
    let mut measures = vec![(EXACT, score.exact), (IN_PLACE, score.in_place)];
    let said = |words: &[String]| Said::parse(&words.join(" "));
    let Some(targets) = answers.iter().map(|answer| said(&answer.target)).collect::<Option<Vec<Said>>>() else {
        return measures;
    };
    let mut right = [0; TOLD.len()];
    for (target, answer) in targets.iter().zip(answers) {
        // What is no caption of ours tells nothing right.
        let agrees = said(&answer.written).map_or([0; TOLD.len()], |written| target.agrees(&written));
        right.iter_mut().zip(agrees).for_each(|(sum, agrees)| *sum += agrees);
    }
    measures.extend(TOLD.iter().zip(right).map(|((name, of), part)| (*name, Share { part, of: of * targets.len() })));
    measures
}

/// The right words where others were written; the whole caption if places cannot be compared.
pub fn corrections(target: &str, written: &str) -> String {
    let [right, found] = [target, written].map(|text| text.split_whitespace().collect::<Vec<_>>());
    if right.len() != found.len() {
        return target.into();
    }
    let wrong = right.into_iter().zip(found).filter(|(right, found)| right != found);
    wrong.map(|(right, _)| right).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(String::from).collect()
    }

    fn measured(target: &str, written: &str) -> Vec<(usize, usize)> {
        let answer = Answer { source: Vec::new(), target: words(target), written: words(written) };
        measures(&[answer]).into_iter().map(|(_, share)| (share.part, share.of)).collect()
    }

    const TARGET: &str = "a large red circle left of a small blue square";

    #[test]
    fn each_part_of_a_caption_counts_by_itself() {
        assert_eq!(measured(TARGET, TARGET), [(1, 1), (10, 10), (2, 2), (2, 2), (2, 2), (1, 1)]);
        let other = "a large blue cross left of a small blue square";
        assert_eq!(measured(TARGET, other), [(0, 1), (8, 10), (2, 2), (1, 2), (1, 2), (1, 1)]);
        // Another relation has one word less, so the words behind it stand elsewhere.
        let above = "a large red circle above a small blue square";
        assert_eq!(measured(TARGET, above), [(0, 1), (4, 10), (2, 2), (2, 2), (2, 2), (0, 1)]);
        let none = "a large red circle left of a small";
        assert_eq!(measured(TARGET, none), [(0, 1), (8, 10), (0, 2), (0, 2), (0, 2), (0, 1)]);
    }

    #[test]
    fn other_captions_are_measured_as_wholes_and_by_words() {
        assert_eq!(measured("a dog", "a cat"), [(0, 1), (1, 2)]);
    }

    #[test]
    fn corrections_are_the_words_that_should_stand_there() {
        let of = |written: &str| corrections(TARGET, written);
        assert_eq!(of("a large blue cross left of a small blue square"), "red, circle");
        assert_eq!(of("a large red circle above a small blue square"), TARGET);
        assert_eq!(of(TARGET), "");
    }
}
