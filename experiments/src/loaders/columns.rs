//! Two columns with a TAB between.

use super::lines::lines;
use super::{Fault, LoadError};
use std::io::BufRead;

/// The two columns of every line, without the white space around them, and the line's number from 1. Blank lines are skipped.
///
/// `names` are those of the columns and `layout` is how they are written, for the messages.
pub(super) fn two_columns(
    file: &str,
    reader: impl BufRead,
    names: [&'static str; 2],
    layout: &'static str,
) -> Result<Vec<(usize, [String; 2])>, LoadError> {
    let mut rows = Vec::new();
    for (i, line) in lines(file, reader)?.iter().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let columns: Vec<_> = line.split('\t').map(str::trim).collect();
        let [first, second] = columns[..] else {
            return Err(Fault::Columns(columns.len(), layout).at(file, i + 1));
        };
        for (column, name) in [first, second].into_iter().zip(names) {
            if column.is_empty() {
                return Err(Fault::EmptyColumn(name, layout).at(file, i + 1));
            }
        }
        rows.push((i + 1, [first.to_owned(), second.to_owned()]));
    }
    if rows.is_empty() {
        return Err(Fault::Empty(layout).of(file));
    }
    Ok(rows)
}
