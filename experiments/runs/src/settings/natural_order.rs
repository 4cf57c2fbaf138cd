//! Names in the order in which people count: `frame2.png` before `frame10.png`.

use std::cmp::Ordering;

/// Compares two names, a run of digits as the number that it is. Different names are never equal: of `7` and `07` the
/// shorter comes first.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let mut rest = (a, b);
    loop {
        let ordering = match (part(&mut rest.0), part(&mut rest.1)) {
            // The same but for zeros in front.
            (None, None) => return a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            (Some(first), Some(second)) => {
                let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
                let [m, n] = [first, second].map(|digits| digits.trim_start_matches('0'));
                let by_number = m.len().cmp(&n.len()).then_with(|| m.cmp(n));
                if digits(first) && digits(second) { by_number } else { first.cmp(second) }
            }
            (first, second) => first.cmp(&second),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

/// Cuts off the digits, or the other characters, that the text begins with.
fn part<'a>(text: &mut &'a str) -> Option<&'a str> {
    let digits = text.chars().next()?.is_ascii_digit();
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    let (part, rest) = text.split_at(end);
    *text = rest;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::{check, proptest};
    use proptest::prelude::*;

    #[test]
    fn numbers_count_and_letters_spell() {
        let sorted = [
            "",
            "1",
            "001",
            "1x",
            "2",
            "10",
            "a",
            "a1",
            "a01",
            "a2",
            "a2.png",
            "a2b",
            "a10",
            "a99999999999999999999999",
            "b",
            "가1",
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(natural_order(a, b), i.cmp(&j), "{a} and {b}");
            }
        }
    }

    #[test]
    fn it_is_an_order() {
        let name =
            || proptest::collection::vec(proptest::sample::select(vec!["0", "1", "7", "a", "b", ".", "é"]), 0..6);
        check((name(), name(), name()), |(a, b, c)| {
            let [a, b, c] = [a, b, c].map(|parts| parts.concat());
            prop_assert_eq!(natural_order(&a, &b), natural_order(&b, &a).reverse());
            prop_assert_eq!(natural_order(&a, &b).is_eq(), a == b);
            if natural_order(&a, &b).is_le() && natural_order(&b, &c).is_le() {
                prop_assert!(natural_order(&a, &c).is_le(), "{} {} {}", a, b, c);
            }
            Ok(())
        });
    }
}
