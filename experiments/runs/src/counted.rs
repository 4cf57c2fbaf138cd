//! How many of what, in words.

use std::fmt::Display;

/// A number and its noun, of which the last word gets its plural: `1 seed`, `2 classes`.
pub fn counted<N: Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    if number == N::from(1) {
        return format!("{number} {noun}");
    }
    let ending = if noun.ends_with(['s', 'x']) { "es" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_plural() {
        let found = [counted(1u64, "seed"), counted(0usize, "test example"), counted(2u64, "class")];
        assert_eq!(found, ["1 seed", "0 test examples", "2 classes"]);
    }
}
