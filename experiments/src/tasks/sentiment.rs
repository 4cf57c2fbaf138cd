//! Reviews of films, positive or negative, where the order of the words matters.

use models::Draws;
use serde::{Deserialize, Serialize};

use super::prose::{capitalised, chance, pick, pick_two};
use crate::loaders::tsv::Labelled;
use crate::splits::{Sizes, Splits, TooFew};

/// What gives a review its label.
pub const RULE: &str = "a review has one opinion; `not`, `never`, `hardly`, `far from` turn an adjective; of `A, but B`, of \
                        `although A, B` and of `B, although A` the opinion is B";

/// The labels, in the order of their letters.
pub const LABELS: [&str; 2] = ["negative", "positive"];

const ASPECTS: [&str; 16] = [
    "plot",
    "acting",
    "music",
    "ending",
    "dialogue",
    "camera work",
    "cast",
    "story",
    "humour",
    "script",
    "pacing",
    "opening",
    "soundtrack",
    "main actor",
    "last scene",
    "villain",
];

/// Negative ones, positive ones.
const ADJECTIVES: [[&str; 10]; 2] = [
    ["bad", "boring", "dull", "terrible", "weak", "awful", "clumsy", "disappointing", "silly", "poor"],
    ["good", "brilliant", "great", "moving", "clever", "wonderful", "funny", "exciting", "fresh", "convincing"],
];

const NEGATORS: [&str; 4] = ["not", "never", "hardly", "far from"];

const INTENSIFIERS: [&str; 5] = ["really", "very", "quite", "so", "truly"];

/// Sentences without an opinion.
const NEUTRAL: [&str; 12] = [
    "I saw it on Friday.",
    "We watched it at home.",
    "It runs for two hours.",
    "My brother chose the film.",
    "The cinema was half full.",
    "It is set in a small town.",
    "A friend told me about it.",
    "It came out last year.",
    "We went there by train.",
    "I had read the book before.",
    "They showed it with subtitles.",
    "It was our second try.",
];

/// Reviews of films, positive or negative, where the order of the words matters.
///
/// # Rule
/// A clause is "the plot was good", with one of 20 adjectives, 10 of each polarity. A negator before the adjective ("not",
/// "never", "hardly", "far from") turns its polarity. A review has one opinion, which is its label:
/// ```text
/// plain      A .   A and B .                              both have the label
/// contrast   A , but B .   Although A , B .   B , although A .    B has the label, A the opposite
/// negation   A and not B .   not A and B .                  both have the label, one is negated
/// ```
/// Up to two neutral sentences stand before it and up to one after it. Both labels are equally likely. Generated here from
/// lists of words; no review is anybody's.
///
/// # Baseline
/// A contrast with A and B exchanged, and a negation with the negator in the other clause, is a review of the same bag of
/// words, as likely, with the opposite label: a *twin*. Of a share s of twins a bag of words gets half right, of the others
/// at most all: its accuracy is at most 1 − s/2, 0.75 for s = 1/2. [`BagOfWords`](crate::baselines::BagOfWords),
/// trained on 3000 reviews, gets 0.741 of 1000 others (the test below). The most frequent label is right half of the time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sentiment {
    /// s, the share of reviews that are a contrast or a negation, each as often; in [0, 1].
    pub twins: f64,
}

impl Default for Sentiment {
    fn default() -> Self {
        Self { twins: 0.5 }
    }
}

impl Sentiment {
    /// A review.
    pub fn review(&self, draws: &mut Draws) -> Labelled {
        let label = draws.below(2);
        let mut opinion = if chance(draws, self.twins) {
            if chance(draws, 0.5) { contrast(label, draws) } else { negation(label, draws) }
        } else {
            plain(label, draws)
        };
        opinion.push('.');
        let mut sentences: Vec<_> = (0..draws.below(3)).map(|_| pick(draws, &NEUTRAL).to_owned()).collect();
        sentences.push(capitalised(&opinion));
        sentences.extend((0..draws.below(2)).map(|_| pick(draws, &NEUTRAL).to_owned()));
        Labelled { label: LABELS[label].into(), text: sentences.join(" ") }
    }

    /// Different reviews, for each split.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn splits(&self, sizes: Sizes, seed: u64) -> Result<Splits<Labelled>, TooFew> {
        Splits::draw(sizes, (seed, "sentiment"), |_, draws| self.review(draws), |review| review.text.clone())
    }

    /// The accuracy that no bag of words exceeds.
    pub fn best_bag_of_words(&self) -> f64 {
        1.0 - self.twins / 2.0
    }
}

/// "the plot was good", of polarity `label`.
fn clause(aspect: &str, label: usize, negated: bool, draws: &mut Draws) -> String {
    let adjective = pick(draws, &ADJECTIVES[if negated { 1 - label } else { label }]);
    match (negated, chance(draws, 0.3)) {
        (true, _) => format!("the {aspect} was {} {adjective}", pick(draws, &NEGATORS)),
        (false, true) => format!("the {aspect} was {} {adjective}", pick(draws, &INTENSIFIERS)),
        (false, false) => format!("the {aspect} was {adjective}"),
    }
}

fn plain(label: usize, draws: &mut Draws) -> String {
    let [a, b] = pick_two(draws, &ASPECTS);
    let first = clause(a, label, false, draws);
    if chance(draws, 0.5) { first } else { format!("{first} and {}", clause(b, label, false, draws)) }
}

fn contrast(label: usize, draws: &mut Draws) -> String {
    let [a, b] = pick_two(draws, &ASPECTS);
    let [a_negated, b_negated] = [chance(draws, 0.25), chance(draws, 0.25)];
    let (a, b) = (clause(a, 1 - label, a_negated, draws), clause(b, label, b_negated, draws));
    match draws.below(4) {
        0 => format!("although {a}, {b}"),
        1 => format!("{b}, although {a}"),
        _ => format!("{a}, but {b}"),
    }
}

fn negation(label: usize, draws: &mut Draws) -> String {
    let [a, b] = pick_two(draws, &ASPECTS);
    let a_negated = chance(draws, 0.5);
    format!("{} and {}", clause(a, label, a_negated, draws), clause(b, label, !a_negated, draws))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::BagOfWords;
    use crate::tokenizer::Tokenizer;
    use std::collections::{BTreeMap, BTreeSet};

    const SIZES: Sizes = Sizes { train: 3000, validation: 200, test: 1000 };

    /// The label by the rule, read from the text and not from the generator.
    fn rule(text: &str) -> usize {
        let opinion = text.split_inclusive('.').map(str::trim).find(|s| !NEUTRAL.contains(s)).expect("an opinion");
        let opinion = opinion.trim_end_matches('.').to_lowercase();
        let polarity = |clause: &str| {
            let last = clause.rsplit(' ').next().expect("an adjective");
            let adjective = usize::from(ADJECTIVES[1].contains(&last));
            assert!(ADJECTIVES[adjective].contains(&last), "{clause}");
            let negated = NEGATORS.iter().any(|negator| clause.contains(&format!(" {negator} ")));
            if negated { 1 - adjective } else { adjective }
        };
        let (main, other) = if let Some(clauses) = opinion.strip_prefix("although ") {
            clauses.split_once(", ").map(|(a, b)| (b, a)).expect("two clauses")
        } else if let Some(clauses) = opinion.split_once(", although ") {
            clauses
        } else if let Some((a, b)) = opinion.split_once(", but ") {
            (b, a)
        } else {
            let clauses = opinion.split_once(" and ").unwrap_or((&opinion, &opinion));
            assert_eq!(polarity(clauses.0), polarity(clauses.1), "{text}");
            return polarity(clauses.0);
        };
        assert_ne!(polarity(main), polarity(other), "{text}");
        polarity(main)
    }

    #[test]
    fn the_label_is_what_the_rule_reads_in_the_text() {
        let splits = Sentiment::default().splits(SIZES, 1).expect("enough");
        for review in &splits.train {
            assert_eq!(review.label, LABELS[rule(&review.text)], "{}", review.text);
        }
        let positive = splits.train.iter().filter(|review| review.label == "positive").count();
        assert!((1400..1600).contains(&positive), "{positive} of 3000");
    }

    #[test]
    fn no_review_stands_in_two_splits_and_a_seed_gives_the_same_ones() {
        let splits = Sentiment::default().splits(SIZES, 1).expect("enough");
        let texts: BTreeSet<_> =
            [&splits.train, &splits.validation, &splits.test].into_iter().flatten().map(|r| &r.text).collect();
        assert_eq!(texts.len(), 4200);
        assert_eq!(Sentiment::default().splits(SIZES, 1).expect("enough"), splits);
        assert_ne!(Sentiment::default().splits(SIZES, 2).expect("enough"), splits);
        let first: Vec<_> = splits.train[..3].iter().map(Labelled::to_string).collect();
        assert_eq!(first, GOLDEN, "{first:#?}");
    }

    const GOLDEN: [&str; 3] = [
        "positive\tWe watched it at home. It is set in a small town. The humour was great.",
        "positive\tI saw it on Friday. The last scene was good.",
        "negative\tThe main actor was far from convincing and the plot was clumsy. A friend told me about it.",
    ];

    #[test]
    fn twins_have_one_bag_and_both_labels() {
        let draws = &mut Draws::at(1, "sentiment test", &[]);
        for twin in [contrast, negation] {
            let mut bags = BTreeMap::<Vec<String>, [usize; 2]>::new();
            for _ in 0..40_000 {
                let label = draws.below(2);
                let opinion = twin(label, draws);
                // Which aspect and adjective it is does not matter; their polarity does.
                let kinds = opinion.split([' ', ',']).filter(|word| !word.is_empty()).filter_map(|word| match word {
                    _ if ADJECTIVES[0].contains(&word) => Some("bad"),
                    _ if ADJECTIVES[1].contains(&word) => Some("good"),
                    "but" | "although" | "and" | "not" | "never" | "hardly" | "far" => Some(word),
                    _ => None,
                });
                let mut bag: Vec<_> = kinds.map(String::from).collect();
                bag.sort();
                bags.entry(bag).or_default()[label] += 1;
            }
            for (bag, [negative, positive]) in bags {
                let (all, odds) = (negative + positive, negative.abs_diff(positive));
                assert!((odds as f64) < 4.0 * (all as f64).sqrt(), "{bag:?}: {negative} negative, {positive} positive");
            }
        }
    }

    #[test]
    fn a_trained_bag_of_words_stays_near_its_bound() {
        let task = Sentiment::default();
        let splits = task.splits(SIZES, 1).expect("enough");
        let accuracy = BagOfWords::on_labelled(&splits.train, Tokenizer::Words).accuracy_on(&splits.test);
        assert!((0.65..task.best_bag_of_words() + 0.03).contains(&accuracy), "{accuracy}");
        // Where no review is a twin, it knows nearly all.
        let easy = Sentiment { twins: 0.0 }.splits(SIZES, 1).expect("enough");
        let accuracy = BagOfWords::on_labelled(&easy.train, Tokenizer::Words).accuracy_on(&easy.test);
        assert!(accuracy > 0.99, "{accuracy}");
    }
}
