//! Names of persons, places and organisations, told apart by what stands before or after them.

use models::Draws;
use serde::{Deserialize, Serialize};

use super::prose::{capitalised, chance, pick};
use crate::entity::{Entity, tags};
use crate::loaders::conll::Sentence;
use crate::splits::{Sizes, Split, Splits, TooFew};

/// The types, in the order of their letters.
pub const KINDS: [&str; 3] = ["LOC", "ORG", "PER"];

/// How many of [`names`] training may use.
pub const SEEN: usize = 80;

/// Before an entity of each type.
const BEFORE: [[&str; 6]; 3] = [
    [
        "they flew to",
        "the train stopped in",
        "he has a house in",
        "we drove through",
        "rain is falling in",
        "she moved to",
    ],
    [
        "shares of",
        "she is a lawyer at the firm",
        "the workers of",
        "he left the board of",
        "a bank bought",
        "we invest in",
    ],
    [
        "we spoke to Professor",
        "a letter came from Mr",
        "the story of Doctor",
        "I met the painter",
        "she married Mr",
        "thanks to Mrs",
    ],
];

/// After an entity of each type.
const AFTER: [[&str; 6]; 3] = [
    [
        "was flooded",
        "lies by a river",
        "has narrow streets",
        "is north of the border",
        "was built on seven hills",
        "has two bridges",
    ],
    [
        "sold fewer cars",
        "hired ninety engineers",
        "raised its prices",
        "reported a loss",
        "has opened four offices",
        "bought its rival",
    ],
    [
        "smiled and sat down",
        "has two daughters",
        "fell asleep on the sofa",
        "is thirty years old",
        "was born blind",
        "forgot the keys",
    ],
];

const NEUTRAL_BEFORE: [&str; 7] =
    ["", "yesterday", "last week", "nobody thought that", "it seems that", "the paper says that", "now"];

const NEUTRAL_AFTER: [&str; 6] = ["", "again", "this morning", "on Monday", "as usual", "after all"];

const NO_ENTITY: [&str; 6] = [
    "the weather was fine",
    "nobody came on Sunday",
    "the news is at nine",
    "I like the month of May",
    "they talked about it for hours",
    "it was a long day",
];

/// All names; the first [`SEEN`] are for training.
pub fn names() -> Vec<&'static str> {
    include_str!("../../assets/names.txt").split_whitespace().collect()
}

/// Names of persons, places and organisations, told apart by what stands before or after them.
///
/// # Rule
/// ```text
/// evidence before   we   spoke to   Professor  Jordan   B-PER   again .
/// evidence after    yesterday  Jordan  B-LOC   was  flooded  .
/// ```
/// A sentence has one or two clauses, a clause at most one entity of one or two names. Every name may be a person (PER), a
/// place (LOC) or an organisation (ORG), all equally likely: the name itself tells nothing. The evidence stands before it with
/// a neutral end of the clause, or, of a share r, after it with a neutral beginning. The last 40 of the 120 names come in no
/// training sentence, but are `unseen` of those in the other splits. Generated here from lists of phrases.
///
/// # Baseline
/// What a name most often was in training is right for 1 in 3. From left to right, what comes before an entity with evidence
/// after it is independent of its type, so at most a third of these are right: answering for all gives P = R = F₁ = 1 − 2r/3;
/// answering only where it knows gives P = 1, R = 1 − r, F₁ = 2(1 − r)/(2 − r). Both are 2/3 for r = 1/2: no network from left to
/// right is better ([`best_left_to_right`](NamesInText::best_left_to_right)). From right to left it is the same with 1 − r. Both
/// directions see all evidence: 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamesInText {
    /// r, the share of entities with the evidence after them; in [0, 1].
    pub after: f64,
    /// The share of names outside training that training never sees; in [0, 1].
    pub unseen: f64,
}

impl Default for NamesInText {
    fn default() -> Self {
        Self { after: 0.5, unseen: 0.3 }
    }
}

impl NamesInText {
    /// A sentence with its tags.
    pub fn sentence(&self, split: Split, draws: &mut Draws) -> Sentence {
        let (mut tokens, mut entities) = (Vec::new(), Vec::new());
        self.clause(split, &mut tokens, &mut entities, draws);
        if chance(draws, 0.5) {
            tokens.extend([",", pick(draws, &["and", "but", "while"])].map(String::from));
            self.clause(split, &mut tokens, &mut entities, draws);
        }
        tokens.push(".".into());
        tokens[0] = capitalised(&tokens[0]);
        Sentence { tags: tags(&entities, tokens.len()), tokens }
    }

    fn clause(&self, split: Split, tokens: &mut Vec<String>, entities: &mut Vec<Entity>, draws: &mut Draws) {
        let add = |tokens: &mut Vec<String>, phrase: &str| tokens.extend(phrase.split_whitespace().map(String::from));
        if chance(draws, 0.15) {
            return add(tokens, pick(draws, &NO_ENTITY));
        }
        let kind = draws.below(KINDS.len());
        let (before, after) = if chance(draws, self.after) {
            (pick(draws, &NEUTRAL_BEFORE), pick(draws, &AFTER[kind]))
        } else {
            (pick(draws, &BEFORE[kind]), pick(draws, &NEUTRAL_AFTER))
        };
        add(tokens, before);
        let start = tokens.len();
        for _ in 0..1 + usize::from(chance(draws, 0.3)) {
            tokens.push(self.name(split, draws).into());
        }
        entities.push(Entity { start, end: tokens.len(), kind: KINDS[kind].into() });
        add(tokens, after);
    }

    fn name(&self, split: Split, draws: &mut Draws) -> &'static str {
        let names = names();
        let unseen = split != Split::Train && chance(draws, self.unseen);
        pick(draws, if unseen { &names[SEEN..] } else { &names[..SEEN] })
    }

    /// Different sentences, for each split.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn splits(&self, sizes: Sizes, seed: u64) -> Result<Splits<Sentence>, TooFew> {
        let sentence = |split, draws: &mut Draws| self.sentence(split, draws);
        Splits::draw(sizes, (seed, "names in text"), sentence, |sentence| sentence.tokens.clone())
    }

    /// The F₁ that no network exceeds that reads from left to right.
    pub fn best_left_to_right(&self) -> f64 {
        let r = self.after;
        (1.0 - 2.0 * r / 3.0).max(2.0 * (1.0 - r) / (2.0 - r))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::entities;
    use crate::f1::evaluate;
    use crate::loaders::conll;
    use std::collections::{BTreeMap, BTreeSet};

    const SIZES: Sizes = Sizes { train: 4000, validation: 300, test: 1500 };

    fn splits() -> Splits<Sentence> {
        NamesInText::default().splits(SIZES, 1).expect("enough")
    }

    /// F₁ on the test split of the type that most often had this key in training, the spans being known.
    fn f1_by(key: impl Fn(&Sentence, &Entity) -> Vec<String>) -> f64 {
        let splits = splits();
        let mut counts = BTreeMap::<Vec<String>, BTreeMap<String, usize>>::new();
        for sentence in &splits.train {
            for entity in entities(&sentence.tags) {
                *counts.entry(key(sentence, &entity)).or_default().entry(entity.kind).or_default() += 1;
            }
        }
        let answer = |sentence: &Sentence| {
            let mut found = entities(&sentence.tags);
            for entity in &mut found {
                let most = counts.get(&key(sentence, entity)).and_then(|c| c.iter().max_by_key(|(_, count)| **count));
                entity.kind = most.map_or("PER".into(), |(kind, _)| kind.clone());
            }
            tags(&found, sentence.tags.len())
        };
        let found: Vec<_> = splits.test.iter().map(answer).collect();
        let gold: Vec<_> = splits.test.iter().map(|sentence| sentence.tags.clone()).collect();
        evaluate(&gold, &found).overall.f1()
    }

    /// The words of the clause before and after an entity.
    fn around(sentence: &Sentence, entity: &Entity) -> [Vec<String>; 2] {
        let ends = |word: &&String| matches!(word.as_str(), "," | ".");
        let words = |words: &mut dyn Iterator<Item = &String>| -> Vec<String> {
            words.take_while(|word| !ends(word)).map(|word| word.to_lowercase()).collect()
        };
        let before = words(&mut sentence.tokens[..entity.start].iter().rev());
        [before, words(&mut sentence.tokens[entity.end..].iter())]
    }

    #[test]
    fn one_direction_knows_two_thirds_and_both_know_all() {
        let bound = NamesInText::default().best_left_to_right();
        assert!((bound - 2.0 / 3.0).abs() < 1e-12);
        for side in [0, 1] {
            let f1 = f1_by(|sentence, entity| around(sentence, entity)[side].clone());
            assert!((f1 - bound).abs() < 0.04, "side {side}: {f1}");
        }
        let f1 = f1_by(|sentence, entity| around(sentence, entity).concat());
        assert!(f1 > 0.98, "{f1}");
    }

    #[test]
    fn a_name_alone_tells_nothing() {
        let f1 = f1_by(|sentence, entity| sentence.tokens[entity.start..=entity.start].to_vec());
        assert!((f1 - 1.0 / 3.0).abs() < 0.05, "{f1}");
    }

    #[test]
    fn training_sees_80_names_and_the_others_are_unseen_by_their_share() {
        let (splits, names) = (splits(), names());
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 120);
        let unseen: BTreeSet<_> = names[SEEN..].iter().copied().collect();
        let words = |sentences: &[Sentence]| {
            let named = sentences.iter().flat_map(|s| s.tokens.iter().zip(&s.tags)).filter(|(_, tag)| *tag != "O");
            named.map(|(token, _)| unseen.contains(token.as_str())).collect::<Vec<_>>()
        };
        assert!(!words(&splits.train).contains(&true));
        let tests = words(&splits.test);
        let share = tests.iter().filter(|unseen| **unseen).count() as f64 / tests.len() as f64;
        assert!((share - 0.3).abs() < 0.04, "{share}");
    }

    #[test]
    fn types_are_balanced_and_no_sentence_stands_in_two_splits() {
        let splits = splits();
        let mut counts = BTreeMap::<String, usize>::new();
        for entity in splits.train.iter().flat_map(|sentence| entities(&sentence.tags)) {
            *counts.entry(entity.kind).or_default() += 1;
        }
        let all: usize = counts.values().sum();
        assert!(counts.len() == 3 && counts.values().all(|count| count.abs_diff(all / 3) < 150), "{counts:?}");
        let parts = [&splits.train, &splits.validation, &splits.test];
        assert_eq!(parts.into_iter().flatten().map(|s| &s.tokens).collect::<BTreeSet<_>>().len(), 5800);
    }

    #[test]
    fn sentences_are_the_same_for_a_seed_and_come_back_from_a_file() {
        let test = splits().test;
        let file: String = test.iter().map(Sentence::to_string).collect();
        assert_eq!(conll::parse("names", file.as_bytes()).expect("fine"), test);
        let first: Vec<_> = test[..2].iter().map(|sentence| sentence.to_string().replace('\n', "|")).collect();
        assert_eq!(
            first,
            [
                "Hastings B-ORG|hired O|ninety O|engineers O|. O||",
                "Alden B-ORG|Paris I-ORG|hired O|ninety O|engineers O|, O|and O|we O|drove O|through O|Devon B-LOC|as O|\
             usual O|. O||",
            ],
            "{first:#?}"
        );
    }
}
