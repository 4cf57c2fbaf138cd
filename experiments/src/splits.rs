//! `Splits`: examples to train on, to choose by, and to test on; none stands in two of them.

use std::collections::{BTreeMap, BTreeSet};

use models::Draws;
use serde::{Deserialize, Serialize};

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// To train on.
    Train,
    /// To choose settings and the moment to stop by.
    Validation,
    /// To report on.
    Test,
}

/// How many examples each split has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// To train on.
    pub train: usize,
    /// To choose settings and the moment to stop by.
    pub validation: usize,
    /// To report on.
    pub test: usize,
}

/// Examples to train on, to choose by, and to test on; none stands in two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splits<E> {
    /// To train on.
    pub train: Vec<E>,
    /// To choose settings and the moment to stop by.
    pub validation: Vec<E>,
    /// To report on.
    pub test: Vec<E>,
}

/// There are not enough different examples.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} different examples are too few for {wanted}; {cure}")]
pub struct TooFew {
    /// How many there are.
    pub found: usize,
    /// What they are for.
    pub wanted: String,
    /// What to do.
    pub cure: &'static str,
}

impl<E> Splits<E> {
    /// How many there are to train on, to choose by, and to test on.
    pub fn sizes(&self) -> [usize; 3] {
        [self.train.len(), self.validation.len(), self.test.len()]
    }

    fn none() -> Self {
        Self { train: Vec::new(), validation: Vec::new(), test: Vec::new() }
    }

    fn of(&mut self, split: Split) -> &mut Vec<E> {
        match split {
            Split::Train => &mut self.train,
            Split::Validation => &mut self.validation,
            Split::Test => &mut self.test,
        }
    }

    /// Draws examples until each split is full. Attempt a has the stream `(seed, purpose, [a])`, picks a split by the places
    /// left in each, and is dropped if an example of the same key was drawn before.
    ///
    /// # Errors
    /// If after many attempts there are not enough different ones.
    pub fn draw<K: Ord>(
        sizes: Sizes,
        (seed, purpose): (u64, &str),
        example: impl Fn(Split, &mut Draws) -> E,
        key: impl Fn(&E) -> K,
    ) -> Result<Self, TooFew> {
        let (mut splits, mut keys, mut left) = (Self::none(), BTreeSet::new(), sizes);
        let total = sizes.train + sizes.validation + sizes.test;
        for attempt in 0.. {
            let places = left.train + left.validation + left.test;
            if places == 0 {
                break;
            }
            if attempt > 100 * (total as u64 + 100) {
                let wanted = format!("train + validation + test = {total}");
                return Err(TooFew { found: keys.len(), wanted, cure: "ask for fewer" });
            }
            let mut draws = Draws::at(seed, purpose, &[attempt]);
            let place = draws.below(places);
            let (split, left) = if place < left.train {
                (Split::Train, &mut left.train)
            } else if place < left.train + left.validation {
                (Split::Validation, &mut left.validation)
            } else {
                (Split::Test, &mut left.test)
            };
            let example = example(split, &mut draws);
            if keys.insert(key(&example)) {
                splits.of(split).push(example);
                *left -= 1;
            }
        }
        Ok(splits)
    }

    /// Cuts a user's examples: about the shares `validation` and `test` of them, drawn by `seed`, the rest to train on.
    /// Examples of one key stay together, and all stay in their order. A `test` of 0 is for who has a test file.
    ///
    /// # Errors
    /// If a split would be empty whose share is above 0.
    ///
    /// # Panics
    /// If the share for validation is not above 0, that for tests negative, or nothing is left to train on.
    #[track_caller]
    pub fn cut<K: Ord + Clone>(
        examples: Vec<E>,
        [validation, test]: [f64; 2],
        seed: u64,
        key: impl Fn(&E) -> K,
    ) -> Result<Self, TooFew> {
        assert!(
            validation > 0.0 && test >= 0.0 && validation + test < 1.0,
            "splits: shares of {validation} and {test}; give one above 0 and one not below whose sum is below 1"
        );
        let tested = test > 0.0;
        let mut counts = BTreeMap::new();
        for example in &examples {
            *counts.entry(key(example)).or_insert(0usize) += 1;
        }
        let mut shuffled: Vec<_> = counts.into_iter().collect();
        Draws::at(seed, "splits", &[]).shuffle(&mut shuffled);
        let [validation, test] = [validation, test].map(|share| (share * examples.len() as f64).round() as usize);
        let (mut split_of, mut dealt) = (BTreeMap::new(), 0);
        for (key, count) in shuffled {
            let split = match dealt {
                _ if dealt < test => Split::Test,
                _ if dealt < test + validation => Split::Validation,
                _ => Split::Train,
            };
            split_of.insert(key, split);
            dealt += count;
        }
        let mut splits = Self::none();
        for example in examples {
            splits.of(split_of[&key(&example)]).push(example);
        }
        if splits.train.is_empty() || splits.validation.is_empty() || (tested && splits.test.is_empty()) {
            let wanted = if tested { "training, validation and test" } else { "training and validation" }.into();
            return Err(TooFew { found: split_of.len(), wanted, cure: "give more" });
        }
        Ok(splits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::{check, proptest};

    const SIZES: Sizes = Sizes { train: 60, validation: 20, test: 20 };

    fn numbers(sizes: Sizes, below: usize) -> Result<Splits<usize>, TooFew> {
        Splits::draw(sizes, (1, "splits test"), |_, draws| draws.below(below), |n| *n)
    }

    #[test]
    fn no_example_is_drawn_twice_and_all_are_if_all_are_asked_for() {
        let splits = numbers(SIZES, 100).expect("just enough");
        assert_eq!((splits.train.len(), splits.validation.len(), splits.test.len()), (60, 20, 20));
        let all: BTreeSet<_> = [&splits.train, &splits.validation, &splits.test].into_iter().flatten().collect();
        assert_eq!(all.len(), 100);
        // Rare examples are dealt to all splits alike: the first numbers drawn are not all for training.
        let spread = splits.test.iter().filter(|n| **n < 50).count();
        assert!((4..17).contains(&spread), "{spread}");
    }

    #[test]
    fn too_few_different_examples_are_an_error_and_not_a_loop() {
        let error = numbers(SIZES, 99).expect_err("one too few").to_string();
        assert_eq!(error, "99 different examples are too few for train + validation + test = 100; ask for fewer");
    }

    #[test]
    fn a_cut_keeps_equal_examples_together_and_has_the_shares() {
        check(proptest::collection::vec(0usize..300, 200..400), |numbers| {
            let n = numbers.len();
            let splits = Splits::cut(numbers, [0.1, 0.2], 1, |n| *n).expect("enough");
            let [train, validation, test] = [&splits.train, &splits.validation, &splits.test];
            assert_eq!(train.len() + validation.len() + test.len(), n);
            assert!(train.iter().all(|n| !validation.contains(n) && !test.contains(n)));
            assert!(validation.iter().all(|n| !test.contains(n)));
            assert!(test.len().abs_diff(n / 5) < 12 && validation.len().abs_diff(n / 10) < 12);
            Ok(())
        });
    }

    #[test]
    fn a_cut_without_a_test_leaves_all_the_rest_for_training() {
        let splits = Splits::cut((0..100).collect(), [0.1, 0.0], 1, |n: &usize| *n).expect("enough");
        assert_eq!((splits.train.len(), splits.validation.len(), splits.test.len()), (90, 10, 0));
        let error = Splits::cut(vec![1; 50], [0.1, 0.0], 1, |n| *n).expect_err("one example").to_string();
        assert_eq!(error, "1 different examples are too few for training and validation; give more");
    }

    #[test]
    fn a_cut_of_too_few_is_an_error() {
        let error = Splits::cut(vec![1; 50], [0.1, 0.1], 1, |n| *n).expect_err("one example").to_string();
        assert_eq!(error, "1 different examples are too few for training, validation and test; give more");
    }
}
