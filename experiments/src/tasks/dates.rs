//! Dates as people write them → ISO 8601, character by character.
//!
//! # Rule
//! ```text
//! source   Tuesday, the 5th of May 1987
//! target   1987-05-05
//! ```
//! A date is any day from 1930-01-01 to 2029-12-31, all equally likely; it is written in one of [`FORMATS`] ways, all equally
//! likely. Numbers between slashes or full stops are day, month, year, as in Britain and Germany ("03/05/1999" is the third of
//! May); year first is year, month, day. A year of two digits is the one within that century: "29" is 2029, "30" is 1930. A
//! weekday is the right one of the Gregorian calendar.
//!
//! # Baseline
//! Without reading, no answer is right more often than 1 in 36,525, the number of days. Of the ten characters of the answer
//! the two dashes are always right, and the best fixed character at each other place is right at some: together 0.507 of the
//! characters, by [`best_fixed_characters`] of 500 dates (the test below).

use models::Draws;

use crate::loaders::pairs::Pair;
use crate::splits::{Sizes, Splits, TooFew};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The first year, and one beyond the last.
const YEARS: std::ops::Range<usize> = 1930..2030;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Date {
    year: usize,
    /// From 1.
    month: usize,
    /// From 1.
    day: usize,
}

/// How many ways there are to write a date.
pub const FORMATS: usize = WRITERS.len();

type Writer = fn(&Date) -> String;

/// Every way to write a date.
const WRITERS: [Writer; 16] = [
    |d| format!("{} {} {}", d.day, d.month_name(), d.year),
    |d| format!("{} {} {}", d.ordinal(), d.month_name(), d.year),
    |d| format!("{} {}, {}", d.month_name(), d.day, d.year),
    |d| format!("{} {}, {}", d.month_short(), d.ordinal(), d.two_digits()),
    |d| format!("{} {} {}", d.day, d.month_short(), d.year),
    |d| format!("{}-{}-{}", d.day, d.month_short().to_uppercase(), d.two_digits()),
    |d| format!("{:02}/{:02}/{}", d.day, d.month, d.year),
    |d| format!("{}/{}/{}", d.day, d.month, d.two_digits()),
    |d| format!("{}.{}.{}", d.day, d.month, d.year),
    |d| format!("{:02}.{:02}.{}", d.day, d.month, d.two_digits()),
    |d| format!("{}/{:02}/{:02}", d.year, d.month, d.day),
    |d| format!("{}, the {} of {} {}", d.weekday(), d.ordinal(), d.month_name(), d.year),
    |d| format!("{}, {} {} {}", &d.weekday()[..3], d.day, d.month_short(), d.year),
    |d| format!("{} {} {}, {}", d.weekday(), d.month_name(), d.day, d.year),
    |d| format!("the {} of {}, {}", d.ordinal(), d.month_name(), d.year),
    |d| format!("{} {} '{}", d.day, d.month_name().to_lowercase(), d.two_digits()),
];

impl Date {
    fn days_of(year: usize, month: usize) -> usize {
        match month {
            2 if year.is_multiple_of(if year.is_multiple_of(100) { 400 } else { 4 }) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// All equally likely: a place in the list of all days, taken apart.
    fn draw(draws: &mut Draws) -> Self {
        let months = || YEARS.flat_map(|year| (1..=12).map(move |month| (year, month)));
        let mut place = draws.below(months().map(|(year, month)| Self::days_of(year, month)).sum());
        for (year, month) in months() {
            let days = Self::days_of(year, month);
            if place < days {
                return Self { year, month, day: place + 1 };
            }
            place -= days;
        }
        unreachable!("a place beyond the last day")
    }

    fn month_name(&self) -> &'static str {
        MONTHS[self.month - 1]
    }

    /// "Mar"; "Sept", as it is usual.
    fn month_short(&self) -> &'static str {
        &self.month_name()[..if self.month == 9 { 4 } else { 3 }]
    }

    fn two_digits(&self) -> String {
        format!("{:02}", self.year % 100)
    }

    /// "1st", "2nd", "3rd", "4th".
    fn ordinal(&self) -> String {
        let ending = match (self.day / 10, self.day % 10) {
            (1, _) => "th",
            (_, 1) => "st",
            (_, 2) => "nd",
            (_, 3) => "rd",
            _ => "th",
        };
        format!("{}{ending}", self.day)
    }

    /// Zeller's congruence for the Gregorian calendar, with Sunday = 0.
    fn weekday(&self) -> &'static str {
        let (year, month) = if self.month < 3 { (self.year - 1, self.month + 12) } else { (self.year, self.month) };
        let saturday_0 = self.day + 13 * (month + 1) / 5 + year + year / 4 - year / 100 + year / 400;
        WEEKDAYS[(saturday_0 + 6) % 7]
    }

    fn iso(&self) -> String {
        format!("{}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A date and how it is written.
pub fn pair(draws: &mut Draws) -> Pair {
    let date = Date::draw(draws);
    Pair { source: WRITERS[draws.below(FORMATS)](&date), target: date.iso() }
}

/// Pairs of different sources, for each split. The same day may come in two splits, written in other ways.
///
/// # Errors
/// If there are fewer.
pub fn splits(sizes: Sizes, seed: u64) -> Result<Splits<Pair>, TooFew> {
    Splits::draw(sizes, (seed, "dates"), |_, draws| pair(draws), |pair| pair.source.clone())
}

/// The share of the targets' characters that one fixed answer gets right, the most frequent character at each place.
pub fn best_fixed_characters(pairs: &[Pair]) -> f64 {
    let width = pairs.first().map_or(0, |pair| pair.target.len());
    let right: usize = (0..width)
        .map(|place| {
            let mut counts = [0usize; 256];
            pairs.iter().for_each(|pair| counts[usize::from(pair.target.as_bytes()[place])] += 1);
            counts.into_iter().max().unwrap_or(0)
        })
        .sum();
    right as f64 / (width * pairs.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const SIZES: Sizes = Sizes { train: 4000, validation: 500, test: 500 };

    #[test]
    fn every_format_writes_the_day_as_people_do() {
        let date = Date { year: 1987, month: 5, day: 5 };
        assert_eq!(
            WRITERS.map(|write| write(&date)),
            [
                "5 May 1987",
                "5th May 1987",
                "May 5, 1987",
                "May 5th, 87",
                "5 May 1987",
                "5-MAY-87",
                "05/05/1987",
                "5/5/87",
                "5.5.1987",
                "05.05.87",
                "1987/05/05",
                "Tuesday, the 5th of May 1987",
                "Tue, 5 May 1987",
                "Tuesday May 5, 1987",
                "the 5th of May, 1987",
                "5 may '87",
            ]
        );
        let date = Date { year: 2003, month: 9, day: 22 };
        assert_eq!([3, 6, 7, 10].map(|w| WRITERS[w](&date)), ["Sept 22nd, 03", "22/09/2003", "22/9/03", "2003/09/22"]);
    }

    /// Read back by another way than they were written, wherever the numbers say it all.
    #[test]
    fn the_target_is_the_day_that_the_source_names() {
        let pairs = splits(SIZES, 1).expect("enough").train;
        for Pair { source, target } in &pairs {
            let lower = source.to_lowercase();
            let named = MONTHS.iter().position(|m| lower.contains(&m.to_lowercase()[..3]));
            let numbers: Vec<usize> = lower
                .split(|c: char| !c.is_ascii_digit())
                .filter(|digits| !digits.is_empty())
                .map(|digits| digits.parse().expect("a number"))
                .collect();
            let (year, month, day) = match (named, &numbers[..]) {
                (Some(m), [day, year]) => (*year, m + 1, *day),
                (None, [year, month, day]) if *year > 99 => (*year, *month, *day),
                (None, [day, month, year]) => (*year, *month, *day),
                _ => panic!("{source}"),
            };
            let year = if year > 99 { year } else { year + if year < 30 { 2000 } else { 1900 } };
            assert_eq!(format!("{year}-{month:02}-{day:02}"), *target, "{source}");
        }
    }

    #[test]
    fn weekdays_and_leap_years_are_those_of_the_calendar() {
        let weekday = |year, month, day| Date { year, month, day }.weekday();
        let known = [weekday(1969, 7, 20), weekday(2000, 1, 1), weekday(1945, 5, 8), weekday(2024, 2, 29)];
        assert_eq!(known, ["Sunday", "Saturday", "Tuesday", "Thursday"]);
        // One day after the other, over all years.
        let days = YEARS.flat_map(|y| (1..=12).flat_map(move |m| (1..=Date::days_of(y, m)).map(move |d| (y, m, d))));
        let mut expected = WEEKDAYS.iter().cycle().skip(3); // 1930-01-01 was a Wednesday
        let all = days.map(|(y, m, d)| assert_eq!(Some(&weekday(y, m, d)), expected.next(), "{y} {m} {d}")).count();
        assert_eq!(all, 36_525);
    }

    #[test]
    fn ordinals_end_as_they_are_spoken() {
        let ordinal = |day| Date { year: 2000, month: 1, day }.ordinal();
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 31].map(ordinal),
            ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "30th", "31st"]
        );
    }

    #[test]
    fn no_source_stands_in_two_splits_or_twice_with_two_targets() {
        let splits = splits(SIZES, 1).expect("enough");
        let sources: BTreeSet<_> =
            [&splits.train, &splits.validation, &splits.test].into_iter().flatten().map(|p| &p.source).collect();
        assert_eq!(sources.len(), 5000);
        let first: Vec<_> = splits.train[..3].iter().map(Pair::to_string).collect();
        assert_eq!(
            first,
            ["5/5/73\t1973-05-05", "Fri, 13 Mar 1953\t1953-03-13", "19 Jan 1939\t1939-01-19",],
            "{first:#?}"
        );
        let fixed = best_fixed_characters(&splits.test);
        assert!((0.5..0.6).contains(&fixed), "{fixed}");
    }
}
