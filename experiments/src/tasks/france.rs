use models::Draws;
use serde::{Deserialize, Serialize};

use crate::task::{AtDistance, Batch, Criterion, Score, Targets, Task, Wording};

/// The countries and the languages to answer with.
pub const PAIRS: [(&str, &str); 8] = [
    ("France", "French"),
    ("Germany", "German"),
    ("Greece", "Greek"),
    ("Italy", "Italian"),
    ("Japan", "Japanese"),
    ("Korea", "Korean"),
    ("Poland", "Polish"),
    ("Spain", "Spanish"),
];

/// The words that lie between.
const DISTRACTORS: [&str; 16] = [
    "and", "bread", "by", "day", "every", "friends", "in", "my", "near", "old", "river", "school", "the", "to",
    "walked", "with",
];

/// How often training meets each distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mix {
    /// Every distance from 1 to the longest equally often.
    Uniform,
    /// Short distances as often as long ones (log-uniform): a curriculum.
    LogUniform,
}

impl Mix {
    /// A distance from 1 to the longest.
    pub fn distance(self, longest: usize, draws: &mut Draws) -> usize {
        let d = match self {
            Self::Uniform => 1 + draws.below(longest),
            Self::LogUniform => (longest as f64 + 1.0).powf(draws.uniform()).floor() as usize,
        };
        d.clamp(1, longest)
    }
}

/// The France task: "I grew up in France … I speak ___".
///
/// # Source
/// The lecture's example of a long dependency; as a task, the latch of Bengio, Simard & Frasconi 1994 (IEEE Trans. Neural
/// Networks 5(2), §II) with eight values instead of two: a first token decides the last answer, whatever lies between.
///
/// # Layout
/// ```text
/// step    0         1 … d−1             d
/// token   country   distractor words    "speak"
/// answer                                language of the country
/// ```
/// d is the distance: the number of time steps from the country to the answer; T = d + 1. Tokens are one-hot columns.
/// Countries and distractors are drawn anew for every example; in training so is d for every batch, from 1 … the longest
/// by a [`Mix`].
///
/// # Baseline
/// All countries are equally likely and nothing after the first token tells which one it was: without a memory of it no
/// answer is right more often than 1 in 8, the chance line 0.125.
#[derive(Clone, Debug)]
pub struct France {
    /// The longest distance that training meets, in time steps; at least 1.
    pub longest: usize,
    /// How often it meets each.
    pub mix: Mix,
}

impl France {
    /// The word for a row of the input.
    pub fn word(token: usize) -> &'static str {
        let countries = PAIRS.iter().map(|(country, _)| *country);
        countries.chain(DISTRACTORS).chain(["speak"]).nth(token).unwrap_or("?")
    }
}

impl Task for France {
    fn inputs(&self) -> usize {
        PAIRS.len() + DISTRACTORS.len() + 1
    }

    fn outputs(&self) -> usize {
        PAIRS.len()
    }

    fn batch(&self, draws: &mut Draws, batch: usize) -> Batch {
        self.at_distance(self.mix.distance(self.longest, draws), draws, batch)
    }

    fn baseline(&self) -> Score {
        Score::Accuracy(1.0 / PAIRS.len() as f64)
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { within: 0.0, share: 0.95, source: "this project" })
    }
}

impl AtDistance for France {
    fn at_distance(&self, d: usize, draws: &mut Draws, batch: usize) -> Batch {
        let countries: Vec<usize> = (0..batch).map(|_| draws.below(PAIRS.len())).collect();
        let mut tokens = countries.clone();
        tokens.extend((1..d).flat_map(|_| 0..batch).map(|_| PAIRS.len() + draws.below(DISTRACTORS.len())));
        tokens.extend(std::iter::repeat_n(PAIRS.len() + DISTRACTORS.len(), batch));
        Batch::new(Batch::one_hot(self.inputs(), &tokens), batch, Targets::Classes(countries))
    }

    fn wording(&self) -> Wording {
        Wording { title: "The France task", examples: "sentences", from: "country", to: "question" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws() -> Draws {
        Draws::at(1, "france test", &[])
    }

    /// The words of example `j`.
    fn sentence(batch: &Batch, j: usize) -> Vec<&'static str> {
        let steps = batch.steps();
        (0..steps).map(|t| France::word(batch.x.column(t * batch.examples() + j).imax())).collect()
    }

    #[test]
    fn the_country_comes_first_the_question_last_and_distractors_between() {
        let task = France { longest: 20, mix: Mix::Uniform };
        let batch = task.at_distance(5, &mut draws(), 3);
        let Targets::Classes(labels) = &batch.targets else { panic!("classes") };
        for (j, &label) in labels.iter().enumerate() {
            let words = sentence(&batch, j);
            assert_eq!(words.len(), 6);
            assert_eq!((words[0], words[5]), (PAIRS[label].0, "speak"));
            assert!(words[1..5].iter().all(|word| DISTRACTORS.contains(word)));
        }
        assert_eq!(batch.x.sum().to_bits(), 18f64.to_bits());
    }

    #[test]
    fn distances_run_from_1_to_the_longest_by_the_mix() {
        for (mix, below_10) in [(Mix::Uniform, 150..250), (Mix::LogUniform, 900..1100)] {
            let (task, mut draws) = (France { longest: 99, mix }, draws());
            let distances: Vec<usize> = (0..2000).map(|_| task.batch(&mut draws, 1).x.ncols() - 1).collect();
            assert_eq!((distances.iter().min(), distances.iter().max()), (Some(&1), Some(&99)));
            let short = distances.iter().filter(|d| **d < 10).count();
            assert!(below_10.contains(&short), "{mix:?}: {short} of 2000 below 10");
        }
    }

    #[test]
    fn nothing_after_the_first_token_tells_the_answer() {
        // The most frequent label given any distractor at any place is hardly more frequent than chance.
        let task = France { longest: 1, mix: Mix::Uniform };
        let batch = task.at_distance(3, &mut draws(), 8000);
        let Targets::Classes(labels) = &batch.targets else { panic!("classes") };
        for word in 0..DISTRACTORS.len() {
            let mut counts = [0usize; PAIRS.len()];
            for (j, label) in labels.iter().enumerate() {
                counts[*label] += usize::from(batch.x[(PAIRS.len() + word, batch.examples() + j)] > 0.5);
            }
            let (most, all) = (counts.iter().max().copied().unwrap_or(0), counts.iter().sum::<usize>());
            assert!((most as f64) < all as f64 * (task.baseline().value() + 0.08), "{word}: {counts:?}");
        }
    }
}
