//! The user's own pairs.

use serde::{Deserialize, Serialize};

use crate::loaders::pairs::{Columns, Pair};
use crate::settings::{Files, Key, Kind};
use crate::tokenizer::Tokenizer;
use crate::{Stop, counted};

/// The key of a file of pairs.
pub const PAIRS: &str = "pairs";

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tokens {
    /// As it suits the task.
    Auto,
    /// Words on both sides.
    Words,
    /// Characters on both sides.
    Characters,
}

/// The key `longest`.
pub fn longest() -> Key {
    let help = "Pairs of --pairs with more tokens on a side are left out, and counted in the report";
    Key::new("Data", "longest", Kind::Count(1, 2000), help)
}

/// The pairs with at most `longest` tokens on each side, and how many were left out.
///
/// # Errors
/// Refused, if there is nothing to learn in them.
pub fn short(
    files: &Files,
    (name, mut pairs): (&str, Vec<Pair>),
    columns: Columns,
    [source, target]: [Tokenizer; 2],
    longest: usize,
) -> Result<(Vec<Pair>, usize), Stop> {
    let refuse = |why: String| Err(files.refuse(PAIRS, format!("{name}: {why}")));
    let all = pairs.len();
    let fits = |text: &str, tokenizer: Tokenizer| tokenizer.tokens(text).len() <= longest;
    pairs.retain(|pair| fits(&pair.source, source) && fits(&pair.target, target));
    let Some(first) = pairs.first() else {
        return refuse(format!("every pair is longer than {}; give a larger --longest", counted(longest, "token")));
    };
    if pairs.iter().all(|pair| pair.target == first.target) {
        let what = columns.target();
        return refuse(format!("every {what} is the same, so there is nothing to learn; give different ones"));
    }
    let left_out = all - pairs.len();
    Ok((pairs, left_out))
}

/// What a report says of those left out.
pub fn left_out(count: usize, longest: usize) -> String {
    let (pairs, were) = (counted(count, "pair"), if count == 1 { "was" } else { "were" });
    if count == 0 { String::new() } else { format!("{pairs} of more than {longest} tokens {were} left out\n") }
}
