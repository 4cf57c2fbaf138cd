//! Numbers in words → digits.
//!
//! # Rule
//! ```text
//! source   two hundred and six
//! target   206
//! ```
//! A number is 1 … 999,999, in British English: "and" stands before the tens and ones where hundreds or thousands stand before
//! them. Hyphens are left out ("twenty one"), so that every word is a token. The source has 1 to 11 words; a length can be
//! asked for, to see accuracy against length.
//!
//! # Baseline
//! Without reading, the best answer is one fixed number, right for no other: of the n numbers of a length it gets 1/n. A
//! reader that forgets all but the last word knows at most the last digit or two.

use std::ops::RangeInclusive;

use models::Draws;

use crate::loaders::pairs::Pair;
use crate::splits::{Sizes, Splits, TooFew};

/// The largest number.
pub const LARGEST: usize = 999_999;

/// The most words of a number.
pub const LONGEST: usize = 11;

const ONES: [&str; 20] = [
    "",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The words of a number.
///
/// # Panics
/// If it is 0 or above [`LARGEST`].
#[track_caller]
pub fn words(number: usize) -> String {
    assert!((1..=LARGEST).contains(&number), "number words: {number} is not in 1 … {LARGEST}");
    let (thousands, rest) = (number / 1000, number % 1000);
    let mut words = Vec::new();
    if thousands > 0 {
        below_1000(thousands, &mut words);
        words.push("thousand");
        if (1..100).contains(&rest) {
            words.push("and");
        }
    }
    below_1000(rest, &mut words);
    words.join(" ")
}

fn below_1000(number: usize, words: &mut Vec<&'static str>) {
    let (hundreds, rest) = (number / 100, number % 100);
    if hundreds > 0 {
        words.extend([ONES[hundreds], "hundred"]);
        words.extend((rest > 0).then_some("and"));
    }
    let (tens, ones) = if rest < 20 { (0, rest) } else { (rest / 10, rest % 10) };
    words.extend([TENS[tens], ONES[ones]].into_iter().filter(|word| !word.is_empty()));
}

/// All numbers, by how many words they have.
#[derive(Clone, Debug)]
pub struct NumberWords {
    /// At index w − 1, those of w words.
    by_words: Vec<Vec<u32>>,
}

impl Default for NumberWords {
    fn default() -> Self {
        Self::new()
    }
}

impl NumberWords {
    /// Counts the words of all numbers.
    pub fn new() -> Self {
        let mut by_words = vec![Vec::new(); LONGEST];
        for number in 1..=LARGEST as u32 {
            by_words[count(number as usize) - 1].push(number);
        }
        Self { by_words }
    }

    /// How many numbers have `words` words.
    pub fn of_length(&self, words: usize) -> usize {
        words.checked_sub(1).and_then(|w| self.by_words.get(w)).map_or(0, Vec::len)
    }

    /// A number with `words` words.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn pair(&self, words_count: usize, draws: &mut Draws) -> Pair {
        assert!(self.of_length(words_count) > 0, "number words: no number has {words_count} words");
        let numbers = &self.by_words[words_count - 1];
        let number = numbers[draws.below(numbers.len())] as usize;
        Pair { source: words(number), target: number.to_string() }
    }

    /// Different numbers, for each split: first a length among `lengths`, all equally likely, then a number of it. Of short
    /// lengths there are few numbers, so once they are all drawn, longer ones take their place.
    ///
    /// # Errors
    /// If there are fewer.
    ///
    /// # Panics
    /// If a length is not in 1 … [`LONGEST`].
    #[track_caller]
    pub fn splits(&self, lengths: RangeInclusive<usize>, sizes: Sizes, seed: u64) -> Result<Splits<Pair>, TooFew> {
        let (shortest, longest) = (*lengths.start(), *lengths.end());
        assert!(
            1 <= shortest && shortest <= longest && longest <= LONGEST,
            "number words: lengths {shortest} to {longest} are not in 1 … {LONGEST}"
        );
        let draw = |draws: &mut Draws| self.pair(shortest + draws.below(longest - shortest + 1), draws);
        Splits::draw(sizes, (seed, "number words"), |_, draws| draw(draws), |pair| pair.target.clone())
    }
}

/// How many words a number has.
fn count(number: usize) -> usize {
    let below_1000 = |n: usize| {
        let (hundreds, rest) = (n / 100, n % 100);
        let ends = match rest {
            0 => 0,
            1..=20 => 1,
            _ => 1 + usize::from(rest % 10 > 0),
        };
        ends + if hundreds > 0 { 2 + usize::from(rest > 0) } else { 0 }
    };
    let (thousands, rest) = (number / 1000, number % 1000);
    let and = usize::from(thousands > 0 && (1..100).contains(&rest));
    below_1000(rest) + if thousands > 0 { below_1000(thousands) + 1 + and } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_are_written_as_they_are_spoken_in_britain() {
        for (number, expected) in [
            (7, "seven"),
            (20, "twenty"),
            (21, "twenty one"),
            (100, "one hundred"),
            (206, "two hundred and six"),
            (1000, "one thousand"),
            (1006, "one thousand and six"),
            (1100, "one thousand one hundred"),
            (40_017, "forty thousand and seventeen"),
            (612_345, "six hundred and twelve thousand three hundred and forty five"),
            (999_999, "nine hundred and ninety nine thousand nine hundred and ninety nine"),
        ] {
            assert_eq!(words(number), expected);
        }
    }

    /// What the words add up to.
    fn value(words: &str) -> usize {
        let (mut thousands, mut hundreds) = (0, 0);
        for word in words.split(' ') {
            let place = |list: &[&str]| list.iter().position(|w| *w == word);
            match word {
                "and" => (),
                "hundred" => hundreds *= 100,
                "thousand" => (thousands, hundreds) = (hundreds * 1000, 0),
                _ => hundreds += place(&ONES).or(place(&TENS).map(|tens| tens * 10)).expect("a known word"),
            }
        }
        thousands + hundreds
    }

    #[test]
    fn the_words_of_a_number_say_it_and_are_counted_right() {
        for number in (1..=LARGEST).step_by(7).chain([10, 100, 1000, 10_000, 100_000, LARGEST]) {
            let words = words(number);
            assert_eq!(value(&words), number, "{words}");
            assert_eq!(words.split(' ').count(), count(number), "{words}");
        }
    }

    #[test]
    fn every_length_has_its_numbers_and_only_those_are_drawn() {
        let task = NumberWords::new();
        assert_eq!((1..=LONGEST).map(|w| task.of_length(w)).sum::<usize>(), LARGEST);
        assert_eq!((task.of_length(0), task.of_length(1), task.of_length(12)), (0, 27, 0)); // 1 … 20, 30 … 90
        let mut draws = Draws::at(1, "number words test", &[]);
        for length in 1..=LONGEST {
            let pair = task.pair(length, &mut draws);
            assert_eq!(pair.source.split(' ').count(), length);
            assert_eq!(value(&pair.source).to_string(), pair.target);
        }
    }

    #[test]
    fn splits_have_the_lengths_and_no_number_twice() {
        let sizes = Sizes { train: 2000, validation: 200, test: 200 };
        let splits = NumberWords::new().splits(4..=9, sizes, 1).expect("enough");
        let all = || [&splits.train, &splits.validation, &splits.test].into_iter().flatten();
        assert_eq!(all().map(|pair| &pair.target).collect::<BTreeSet<_>>().len(), 2400);
        let of = |length| all().filter(|pair| pair.source.split(' ').count() == length).count();
        let counts: Vec<_> = (4..=9).map(of).collect();
        assert!(counts.iter().all(|count| (330..470).contains(count)), "{counts:?}");
        assert_eq!(counts.iter().sum::<usize>(), 2400);
        let first: Vec<_> = splits.train[..3].iter().map(Pair::to_string).collect();
        assert_eq!(
            first,
            [
                "four hundred and seventy eight thousand and eighty four\t478084",
                "one hundred and nine thousand nine hundred and sixty\t109960",
                "twenty one thousand and nineteen\t21019",
            ],
            "{first:#?}"
        );
    }

    #[test]
    #[should_panic(expected = "number words: lengths 0 to 12 are not in 1 … 11")]
    fn a_length_without_numbers_is_the_programmers_mistake() {
        let _ = NumberWords::new().splits(0..=12, Sizes { train: 1, validation: 1, test: 1 }, 1);
    }
}
