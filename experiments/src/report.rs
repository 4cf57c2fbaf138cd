//! What the reports of studies say alike.

use std::collections::BTreeSet;

use nalgebra::DMatrix;

use crate::plot::HeatMap;
use crate::settings::{Scale, TrainingConfig};
use crate::{counted, one_line};

/// What `text` says of a run with --quick; nothing of another.
pub fn if_quick(scale: Scale, text: &'static str) -> &'static str {
    scale.or_quick("", text)
}

/// The line of a report that says how many trainings diverged; empty if none did.
pub fn of_diverged(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 training diverged; measured is what it was before.\n".into(),
        _ => format!("{count} trainings diverged; measured is what they were before.\n"),
    }
}

/// A word as an answer shows it: a star says that the network does not know it.
pub fn starred(word: &str, known: bool) -> String {
    format!("{}{}", one_line(word), if known { "" } else { "*" })
}

/// What the star is.
pub const STAR: &str = "* not in the vocabulary: read as <unk>\n";

/// The line of an answer that names the tokens which the network does not know; empty if there are none.
pub fn unknown(tokens: &[String]) -> String {
    match tokens {
        [] => String::new(),
        _ => format!("    (not in the vocabulary, read as <unk>: {})\n", one_line(&tokens.join(" "))),
    }
}

/// The names in the order of their first appearance.
pub fn in_order<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().map(|name| name.as_ref().to_owned()).filter(|name| seen.insert(name.clone())).collect()
}

/// What was written, marked as right or wrong.
pub fn marked(right: bool, written: &str) -> String {
    format!("{} {written}", if right { '✓' } else { '✗' })
}

/// The network of a figure and its training; `examples` says what a batch is made of, such as " pairs".
pub fn trained(
    (cell, hidden): (&str, usize),
    TrainingConfig { updates, batch, .. }: &TrainingConfig,
    examples: &str,
    seed: u64,
) -> String {
    format!("{cell}, H = {hidden}; {} of {batch}{examples}, seed {seed}", counted(*updates, "update"))
}

/// Shares in [0, 1], each with the number and the name of its row and of its column.
pub fn heat_map<'a>(shares: impl IntoIterator<Item = ((usize, &'a str), (usize, &'a str), f64)>) -> HeatMap {
    let shares: Vec<_> = shares.into_iter().collect();
    let rows = shares.iter().map(|(row, ..)| row.0 + 1).max().unwrap_or(0);
    let columns = shares.iter().map(|(_, column, _)| column.0 + 1).max().unwrap_or(0);
    let mut map = HeatMap {
        values: DMatrix::zeros(rows, columns),
        rows: vec![String::new(); rows],
        columns: vec![String::new(); columns],
        range: Some((0.0, 1.0)),
        ..HeatMap::default()
    };
    for ((i, row), (j, column), share) in shares {
        map.values[(i, j)] = share;
        map.rows[i] = row.into();
        map.columns[j] = column.into();
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_their_first_appearance() {
        assert_eq!(in_order(["b", "a", "b", "c", "a"]), ["b", "a", "c"]);
    }

    #[test]
    fn a_share_stands_in_its_row_and_column() {
        let map = heat_map([((1, "written"), (0, "read"), 0.5), ((0, "first"), (2, "last"), 0.25)]);
        assert_eq!(map.values, nalgebra::dmatrix![0.0, 0.0, 0.25; 0.5, 0.0, 0.0]);
        assert_eq!(
            (map.rows, map.columns),
            (vec!["first".into(), "written".into()], vec!["read".into(), String::new(), "last".into()])
        );
        assert_eq!(heat_map([]).values.len(), 0);
    }
}
