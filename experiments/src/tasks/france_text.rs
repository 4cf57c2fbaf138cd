//! "I grew up in France … I speak ___" in words: paragraphs whose last word only the country decides.

use models::Draws;
use models::stacks::TokenBatch;
use serde::{Deserialize, Serialize};

use super::Mix;
use super::prose::pick;
use crate::task::{Batch, Score, Targets, Task};
use crate::vocabulary::Vocabulary;

/// The countries and the languages to answer with.
pub const LANGUAGES: [(&str, &str); 12] = [
    ("china", "chinese"),
    ("denmark", "danish"),
    ("finland", "finnish"),
    ("france", "french"),
    ("germany", "german"),
    ("greece", "greek"),
    ("italy", "italian"),
    ("japan", "japanese"),
    ("korea", "korean"),
    ("poland", "polish"),
    ("spain", "spanish"),
    ("turkey", "turkish"),
];

/// The most words before "i grew up".
pub const LONGEST_OPENING: usize = 12;

/// The shortest distance.
pub const SHORTEST: usize = 3;

/// Stands for a country in a template.
const COUNTRY: &str = "{country}";

/// What fills a place too small for a sentence.
const SHORT: [&[&str]; 4] = [&[], &["really"], &["yes ."], &["it helped .", "so what ?", "time passed ."]];

/// "I grew up in France. … I speak ___", in words: the [France task](super::France) as a paragraph.
///
/// # Layout
/// ```text
/// sentences   i grew up in COUNTRY .   sentences …          i  speak
///                          └────────── d steps ─────────────────┘   answer: the language of COUNTRY
/// ```
/// d is the distance: the steps from the country to the question; d ≥ 3, the full stop, "i" and "speak". The sentences are
/// drawn from 32 templates; 15 of them name a country, too, in another part ("my friend visited italy ."), drawn anew from
/// all. Up to [`LONGEST_OPENING`] words of such sentences stand before "i grew up", so neither the step nor the first country
/// gives the answer away: only "grew up in" before it does. All paragraphs of a batch are equally long. Where sentences do not
/// fill the place, the last is a short one ("yes .", "really").
///
/// # Baseline
/// All countries are equally likely, and all others that are named are drawn without regard to it: who does not read what
/// follows "grew up in" is right in 1 of 12. Who remembers one of the countries named and not where it stood, is right in
/// about 1 of as many as there are.
#[derive(Clone, Debug)]
pub struct FranceText {
    /// The longest distance that training meets, in steps.
    longest: usize,
    mix: Mix,
    vocabulary: Vocabulary,
    sentences: Vec<Vec<&'static str>>,
}

/// What a user's config says of the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FranceTextConfig {
    /// The longest distance that training meets, in steps; at least [`SHORTEST`].
    pub longest: usize,
    /// How often it meets each.
    pub mix: Mix,
}

/// Some paragraphs, all of one length and distance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraphs {
    /// Their words, by the vocabulary.
    pub words: TokenBatch,
    /// The classes of their languages.
    pub labels: Vec<usize>,
    /// The step of the country.
    pub country: usize,
}

impl FranceText {
    /// A task with these distances in training.
    ///
    /// # Panics
    /// If `longest` is below [`SHORTEST`].
    #[track_caller]
    pub fn new(FranceTextConfig { longest, mix }: FranceTextConfig) -> Self {
        assert!(longest >= SHORTEST, "france text: the longest distance {longest} is below {SHORTEST}");
        let lines = include_str!("../../assets/france_distractors.txt").lines();
        let sentences: Vec<Vec<_>> = lines.map(|line| line.split(' ').collect()).collect();
        let fixed = ["i grew up in . i speak"].into_iter().chain(SHORT.iter().copied().flatten().copied());
        let mut words: Vec<&str> = fixed.flat_map(str::split_whitespace).collect();
        words.extend(sentences.iter().flatten().filter(|word| **word != COUNTRY));
        words.extend(LANGUAGES.iter().map(|(country, _)| *country));
        let words: Vec<String> = words.into_iter().map(String::from).collect();
        let vocabulary = Vocabulary::build(&[words], &[], usize::MAX, 1);
        Self { longest, mix, vocabulary, sentences }
    }

    /// The words, by their row of the input.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The languages, by class.
    pub fn languages() -> impl Iterator<Item = &'static str> {
        LANGUAGES.iter().map(|(_, language)| *language)
    }

    /// A paragraph with `opening` words before "i grew up", and distance `d`: its words and the class of its language.
    ///
    /// # Panics
    /// If d is below [`SHORTEST`].
    #[track_caller]
    pub fn paragraph(&self, opening: usize, d: usize, draws: &mut Draws) -> (Vec<&'static str>, usize) {
        assert!(d >= SHORTEST, "france text: the distance {d} is below {SHORTEST}");
        let class = draws.below(LANGUAGES.len());
        let mut words = Vec::with_capacity(opening + 5 + d);
        self.fill(opening, &mut words, draws);
        words.extend(["i", "grew", "up", "in", LANGUAGES[class].0, "."]);
        self.fill(d - SHORTEST, &mut words, draws);
        words.extend(["i", "speak"]);
        (words, class)
    }

    /// Sentences that have `places` words in all.
    fn fill(&self, mut places: usize, words: &mut Vec<&'static str>, draws: &mut Draws) {
        while places >= SHORT.len() {
            let fitting: Vec<_> = self.sentences.iter().filter(|sentence| sentence.len() <= places).collect();
            let Some(sentence) = (!fitting.is_empty()).then(|| fitting[draws.below(fitting.len())]) else { break };
            places -= sentence.len();
            let country = LANGUAGES[draws.below(LANGUAGES.len())].0;
            words.extend(sentence.iter().map(|word| if *word == COUNTRY { country } else { word }));
        }
        if places > 0 {
            words.extend(pick(draws, SHORT[places]).split(' '));
        }
    }

    /// `batch` paragraphs at distance `d`, with an opening of one length.
    ///
    /// # Panics
    /// If d is below [`SHORTEST`].
    #[track_caller]
    pub fn paragraphs_at(&self, d: usize, draws: &mut Draws, batch: usize) -> Paragraphs {
        let opening = draws.below(LONGEST_OPENING + 1);
        let drawn: Vec<_> = (0..batch).map(|_| self.paragraph(opening, d, draws)).collect();
        let tokens: Vec<_> = drawn.iter().map(|(words, _)| self.vocabulary.encode(words)).collect();
        let labels = drawn.into_iter().map(|(_, class)| class).collect();
        Paragraphs { words: TokenBatch::new(&tokens), labels, country: opening + 4 }
    }

    /// `batch` paragraphs of one distance, as training meets them.
    pub fn paragraphs(&self, draws: &mut Draws, batch: usize) -> Paragraphs {
        // A distance from SHORTEST to the longest, as the France task draws one from 1.
        let most = self.longest - SHORTEST + 1;
        self.paragraphs_at(SHORTEST - 1 + self.mix.distance(most, draws), draws, batch)
    }

    /// The same with one-hot columns.
    ///
    /// # Panics
    /// If d is below [`SHORTEST`].
    #[track_caller]
    pub fn at_distance(&self, d: usize, draws: &mut Draws, batch: usize) -> Batch {
        self.one_hot(self.paragraphs_at(d, draws, batch))
    }

    fn one_hot(&self, Paragraphs { words, labels, .. }: Paragraphs) -> Batch {
        let x = Batch::one_hot(self.inputs(), &words.tokens);
        Batch::new(x, labels.len(), Targets::Classes(labels))
    }
}

impl Task for FranceText {
    fn inputs(&self) -> usize {
        self.vocabulary.len()
    }

    fn outputs(&self) -> usize {
        LANGUAGES.len()
    }

    fn batch(&self, draws: &mut Draws, batch: usize) -> Batch {
        self.one_hot(self.paragraphs(draws, batch))
    }

    fn baseline(&self) -> Score {
        Score::Accuracy(1.0 / LANGUAGES.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn task() -> FranceText {
        FranceText::new(FranceTextConfig { longest: 60, mix: Mix::LogUniform })
    }

    fn draws() -> Draws {
        Draws::at(1, "france text test", &[])
    }

    fn words<'a>(task: &'a FranceText, batch: &Batch, e: usize) -> Vec<&'a str> {
        let at = |t: usize| batch.x.column(t * batch.examples() + e).imax();
        let tokens: Vec<_> = (0..batch.steps()).map(at).collect();
        task.vocabulary.decode(&tokens)
    }

    #[test]
    fn the_answer_is_the_language_of_where_i_grew_up_at_every_distance() {
        let (task, mut draws) = (task(), draws());
        for d in (SHORTEST..60).chain([100, 200]) {
            let batch = task.at_distance(d, &mut draws, 4);
            let Targets::Classes(labels) = &batch.targets else { panic!("classes") };
            for (e, label) in labels.iter().enumerate() {
                let words = words(&task, &batch, e);
                assert!(!words.contains(&"<unk>"), "{words:?}");
                let up = words.windows(3).position(|w| w == ["grew", "up", "in"]).expect("grew up in");
                assert_eq!((words[up + 3], words[up + 4]), (LANGUAGES[*label].0, "."));
                assert_eq!(words.len() - 1 - (up + 3), d, "{words:?}");
                assert_eq!(words[words.len() - 2..], ["i", "speak"]);
                assert!(up - 1 <= LONGEST_OPENING);
            }
        }
    }

    #[test]
    fn sentences_tell_nothing_of_the_answer() {
        let (task, mut draws) = (task(), draws());
        let (mut same, mut others, mut classes) = (0, [0; LANGUAGES.len()], [0; LANGUAGES.len()]);
        for _ in 0..3000 {
            let (words, class) = task.paragraph(12, 40, &mut draws);
            classes[class] += 1;
            let mut named = LANGUAGES.map(|(country, _)| words.iter().filter(|word| **word == country).count());
            named[class] -= 1;
            same += named[class];
            for (all, count) in others.iter_mut().zip(named) {
                *all += count;
            }
        }
        // Each country is as often another one, and the right one among those by chance alone.
        let all: usize = others.iter().sum();
        let share = same as f64 / all as f64;
        assert!((share - task.baseline().value()).abs() < 0.01, "{share}");
        assert!(all > 6000, "{all} other countries in 3000 paragraphs");
        let even = all / LANGUAGES.len();
        assert!(others.iter().all(|count| count.abs_diff(even) < even / 6), "{others:?}");
        assert!(classes.iter().all(|count| (190..310).contains(count)), "{classes:?}");
    }

    #[test]
    fn training_meets_distances_from_the_shortest_to_the_longest_and_openings_of_all_lengths() {
        let (task, mut draws) = (task(), draws());
        let (mut distances, mut openings) = (BTreeSet::new(), BTreeSet::new());
        for _ in 0..3000 {
            let batch = task.batch(&mut draws, 1);
            let words = words(&task, &batch, 0);
            let up = words.windows(3).position(|w| w == ["grew", "up", "in"]).expect("grew up in");
            distances.insert(words.len() - up - 4);
            openings.insert(up - 1);
        }
        assert_eq!((distances.first(), distances.last()), (Some(&SHORTEST), Some(&60)));
        assert_eq!(openings.len(), LONGEST_OPENING + 1);
    }

    #[test]
    fn the_country_stands_where_it_is_said_to_stand() {
        let (task, mut draws) = (task(), draws());
        for d in [3, 17, 60] {
            let drawn = task.paragraphs_at(d, &mut draws, 3);
            assert_eq!(drawn.words.lengths, [drawn.country + d + 1; 3]);
            for (e, label) in drawn.labels.iter().enumerate() {
                let word = task.vocabulary.token(drawn.words.tokens[drawn.country * 3 + e]);
                assert_eq!(word, LANGUAGES[*label].0);
            }
        }
    }

    const GOLDEN: &str = "he plays the violin . i grew up in poland . we laughed . on holidays we went camping in \
                          denmark . it rained for three days . i speak";

    #[test]
    fn a_seed_gives_the_same_paragraph() {
        let (words, class) = task().paragraph(5, 20, &mut draws());
        assert_eq!((words.join(" ").as_str(), LANGUAGES[class].1), (GOLDEN, "polish"));
    }

    #[test]
    #[should_panic(expected = "france text: the distance 2 is below 3")]
    fn a_distance_without_room_for_the_question_is_the_programmers_mistake() {
        task().at_distance(2, &mut draws(), 1);
    }
}
