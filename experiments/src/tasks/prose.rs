//! Parts of generated sentences.

use models::Draws;

/// One of them, all equally likely.
pub(super) fn pick<'a, T: ?Sized>(draws: &mut Draws, from: &[&'a T]) -> &'a T {
    from[draws.below(from.len())]
}

/// True with probability `p`.
pub(super) fn chance(draws: &mut Draws, p: f64) -> bool {
    draws.uniform() < p
}

/// Two different ones.
pub(super) fn pick_two<'a, T: ?Sized>(draws: &mut Draws, from: &[&'a T]) -> [&'a T; 2] {
    let first = draws.below(from.len());
    let second = (first + 1 + draws.below(from.len() - 1)) % from.len();
    [from[first], from[second]]
}

/// With a capital first letter.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
