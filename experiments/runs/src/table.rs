//! The tables that studies print: of one look, which Markdown reads, too.

use comfy_table::{Cell, presets};

pub use comfy_table::Table;

/// A table with these headings and no row.
pub fn table(header: impl IntoIterator<Item = impl Into<Cell>>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header.into_iter().map(Into::into).collect::<Vec<Cell>>());
    table
}

/// A row, or the headings: what it is about, and the cells after that.
pub fn row(first: impl ToString, others: impl IntoIterator<Item = impl ToString>) -> Vec<String> {
    let others = others.into_iter().map(|cell| cell.to_string());
    [first.to_string()].into_iter().chain(others).collect()
}
