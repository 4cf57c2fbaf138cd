//! How an error shows a value from outside.

use figures::one_line;

/// The most characters that are shown of it.
const MOST: usize = 200;

/// A value from outside on one line; of a long one its beginning and its end.
pub fn echo(value: impl std::fmt::Display) -> String {
    let line = one_line(&value.to_string());
    let chars: Vec<char> = line.chars().collect();
    let Some(beyond) = chars.len().checked_sub(MOST + 1) else { return line };
    let head = MOST / 2;
    chars[..head].iter().chain(&['…']).chain(&chars[head + beyond + 2..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_shown_by_its_ends_and_a_short_one_whole() {
        assert_eq!(echo("a\n\u{1b}b"), "a\\n\\u001bb");
        assert_eq!(echo("가".repeat(200)), "가".repeat(200));
        for more in [1, 2, 100, 100_000] {
            let shown = echo(format!("<{}>", "가".repeat(199 + more - 1)));
            assert_eq!(shown.chars().count(), 200, "{more}");
            assert!(shown.starts_with("<가") && shown.ends_with("가>") && shown.contains("가…가"), "{shown}");
        }
    }
}
