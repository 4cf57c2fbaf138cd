//! "The last one who sets it decides": which letter followed the last `set`?
//! ```text
//! b c set a b a set c a b b a c b        → c
//! ```
//! A sequence of 12 to 24 symbols: letters a, b, c at random, and two to four times `set` with a letter after it. The class
//! is the letter after the last `set`; letters without `set` and earlier `set`s mean nothing. `set` and its letter stand
//! anywhere, so the same two symbols mean the same wherever they stand, unless others come later: this asks for order and
//! for memory. It is a flip-flop of three states (Liu et al. 2023, arXiv:2306.00946, have one of two).
//!
//! All letters are drawn alike, so chance is 1/3.

use models::Draws;

/// The symbols.
pub const SYMBOLS: [&str; 4] = ["a", "b", "c", "set"];
/// The letters among them are the classes.
pub const CLASSES: [&str; 3] = ["a", "b", "c"];
/// The longest sequence, and the shortest.
pub const LONGEST: usize = 24;
const SHORTEST: usize = 12;
const SET: usize = 3;

/// A sequence, as indices into [`SYMBOLS`], and its class.
pub fn sequence(draws: &mut Draws) -> (Vec<usize>, usize) {
    let length = SHORTEST + draws.below(LONGEST - SHORTEST + 1);
    let mut symbols: Vec<usize> = (0..length).map(|_| draws.below(CLASSES.len())).collect();
    // Places with a letter after them, and no two beside one another: a draw of k places, then spread.
    let sets = 2 + draws.below(3);
    let mut places: Vec<usize> = Vec::new();
    while places.len() < sets {
        let place = draws.below(length - 1);
        if places.iter().all(|other| place.abs_diff(*other) > 1) {
            places.push(place);
        }
    }
    for place in places {
        symbols[place] = SET;
    }
    let class = class(&symbols);
    (symbols, class)
}

/// The rule.
fn class(symbols: &[usize]) -> usize {
    let last = symbols.iter().rposition(|s| *s == SET).expect("every sequence has a set");
    symbols[last + 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_after_the_last_set_is_the_class() {
        assert_eq!(class(&[1, 2, 3, 0, 1, 0, 3, 2, 0, 1]), 2);
        for k in 0..2000 {
            let (symbols, class) = sequence(&mut Draws::at(1, "last set test", &[k]));
            let sets: Vec<usize> = (0..symbols.len()).filter(|t| symbols[*t] == SET).collect();
            assert!((SHORTEST..=LONGEST).contains(&symbols.len()) && (2..=4).contains(&sets.len()), "{symbols:?}");
            assert!(sets.windows(2).all(|pair| pair[1] - pair[0] > 1) && class == symbols[sets[sets.len() - 1] + 1]);
        }
    }

    #[test]
    fn classes_are_alike_often_and_the_last_letter_tells_little() {
        let all: Vec<_> = (0..9000).map(|k| sequence(&mut Draws::at(1, "last set test", &[k]))).collect();
        for class in 0..3 {
            let share = all.iter().filter(|(_, c)| *c == class).count() as f64 / all.len() as f64;
            assert!((share - 1.0 / 3.0).abs() < 0.02, "{share}");
        }
        // The last letter is right by itself only where it follows the last set.
        let last =
            all.iter().filter(|(symbols, class)| symbols.last() == Some(class)).count() as f64 / all.len() as f64;
        assert!(last < 0.5, "{last}");
    }
}
