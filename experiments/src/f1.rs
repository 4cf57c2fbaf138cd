//! Precision, recall and F₁ of entities, as the script conlleval counts them.
//! ```text
//! P = correct / found,   R = correct / gold,   F₁ = 2 P R / (P + R)
//! ```
//! An entity is correct if its first token, its last token and its type are. What would be 0/0 is 0, as there. Source: Tjong
//! Kim Sang & Buchholz 2000 (the shared task of CoNLL-2000), and the script; which tokens are an entity: [`entities`].

use std::collections::{BTreeMap, BTreeSet};

use crate::entity::entities;

/// How many entities there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In both.
    pub correct: usize,
    /// In the answer.
    pub found: usize,
    /// In the data.
    pub gold: usize,
}

impl Counts {
    /// P, in [0, 1].
    pub fn precision(&self) -> f64 {
        ratio(self.correct, self.found)
    }

    /// R, in [0, 1].
    pub fn recall(&self) -> f64 {
        ratio(self.correct, self.gold)
    }

    /// F₁, in [0, 1].
    pub fn f1(&self) -> f64 {
        ratio(2 * self.correct, self.found + self.gold)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// What an answer is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// Of all types together.
    pub overall: Counts,
    /// Of each type.
    pub by_kind: BTreeMap<String, Counts>,
    /// How many tokens there are.
    pub tokens: usize,
    /// How many of them have the tag of the data.
    pub right_tokens: usize,
}

impl Evaluation {
    /// The share of tokens with the right tag; mostly O, so it says little.
    pub fn token_accuracy(&self) -> f64 {
        ratio(self.right_tokens, self.tokens)
    }
}

/// The answer `found` to the sentences whose tags are `gold`.
///
/// # Panics
/// If there are not as many tags in each.
#[track_caller]
pub fn evaluate(gold: &[impl AsRef<[String]>], found: &[impl AsRef<[String]>]) -> Evaluation {
    assert!(gold.len() == found.len(), "f1: {} sentences were tagged, not {}", found.len(), gold.len());
    let mut evaluation = Evaluation::default();
    for (i, (gold, found)) in gold.iter().zip(found).enumerate() {
        let (gold, found) = (gold.as_ref(), found.as_ref());
        assert!(gold.len() == found.len(), "f1: sentence {i} has {} tags, not {}", found.len(), gold.len());
        evaluation.tokens += gold.len();
        evaluation.right_tokens += gold.iter().zip(found).filter(|(gold, found)| gold == found).count();
        let (gold, found) = (entities(gold), entities(found));
        let in_gold: BTreeSet<_> = gold.iter().collect();
        for entity in &gold {
            evaluation.by_kind.entry(entity.kind.clone()).or_default().gold += 1;
        }
        for entity in &found {
            let counts = evaluation.by_kind.entry(entity.kind.clone()).or_default();
            counts.found += 1;
            counts.correct += usize::from(in_gold.contains(entity));
        }
    }
    for counts in evaluation.by_kind.values() {
        evaluation.overall.correct += counts.correct;
        evaluation.overall.found += counts.found;
        evaluation.overall.gold += counts.gold;
    }
    evaluation
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::{check, proptest};
    use proptest::prelude::Strategy;

    fn tags(lines: &[&str]) -> Vec<Vec<String>> {
        lines.iter().map(|line| line.split(' ').map(String::from).collect()).collect()
    }

    fn percent(counts: Counts) -> [String; 3] {
        [counts.precision(), counts.recall(), counts.f1()].map(|share| format!("{:.2}", 100.0 * share))
    }

    /// The output example on the page of CoNLL-2000: 459 phrases, 539 found, 371 correct.
    #[test]
    fn the_shares_are_those_of_conllevals_example() {
        let counts = Counts { correct: 371, found: 539, gold: 459 };
        assert_eq!(percent(counts), ["68.83", "80.83", "74.35"]);
    }

    /// Its input example: an I-NP that begins a phrase is one, though the tag is not that of the data.
    #[test]
    fn a_phrase_counts_and_not_the_letter_it_begins_with() {
        let gold = tags(&["B-NP B-NP I-NP I-NP O", "B-NP B-VP B-NP I-NP O"]);
        let found = tags(&["I-NP B-NP I-NP I-NP O", "I-NP B-VP B-NP I-NP O"]);
        let evaluation = evaluate(&gold, &found);
        assert_eq!(evaluation.overall, Counts { correct: 5, found: 5, gold: 5 });
        assert_eq!(evaluation.by_kind["VP"], Counts { correct: 1, found: 1, gold: 1 });
        assert_eq!((evaluation.right_tokens, evaluation.tokens), (8, 10));
    }

    #[test]
    fn an_entity_needs_both_ends_and_the_type() {
        // Too short, too long, wrong type, cut in two, made up, right.
        let gold = tags(&["B-PER I-PER O", "B-PER O", "B-LOC", "B-ORG I-ORG", "O", "O B-LOC I-LOC"]);
        let found = tags(&["B-PER O O", "B-PER I-PER", "B-ORG", "B-ORG B-ORG", "B-PER", "O B-LOC I-LOC"]);
        let evaluation = evaluate(&gold, &found);
        assert_eq!(evaluation.overall, Counts { correct: 1, found: 7, gold: 5 });
        assert_eq!(evaluation.by_kind["PER"], Counts { correct: 0, found: 3, gold: 2 });
        assert_eq!(evaluation.by_kind["ORG"], Counts { correct: 0, found: 3, gold: 1 });
        assert_eq!(evaluation.by_kind["LOC"], Counts { correct: 1, found: 1, gold: 2 });
        assert_eq!(percent(evaluation.overall), ["14.29", "20.00", "16.67"]);
        assert_eq!(percent(evaluation.by_kind["PER"]), ["0.00", "0.00", "0.00"]);
    }

    #[test]
    fn the_right_answer_has_all_and_no_answer_none() {
        let tag = proptest::sample::select(vec!["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]);
        check(proptest::collection::vec(tag.prop_map(String::from), 1..12), |line| {
            let gold = [line.clone()];
            let right = evaluate(&gold, &gold);
            let any = right.overall.gold > 0;
            assert_eq!(right.overall.f1().to_bits(), f64::from(u8::from(any)).to_bits());
            assert_eq!(right.right_tokens, line.len());
            let none = evaluate(&gold, &[vec!["O".to_owned(); line.len()]]).overall;
            assert!(none.found == 0 && none.f1() < 1e-12 && none.precision() < 1e-12);
            Ok(())
        });
    }

    #[test]
    #[should_panic(expected = "f1: sentence 1 has 1 tags, not 2")]
    fn an_answer_has_a_tag_for_each_token() {
        evaluate(&tags(&["O", "O O"]), &tags(&["O", "O"]));
    }
}
