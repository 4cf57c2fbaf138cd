//! The tables that studies print: of one look, which Markdown reads, too.

use comfy_table::{Cell, Table, presets};

/// A table with these headings and no row.
pub fn table(header: impl IntoIterator<Item = impl Into<Cell>>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header.into_iter().map(Into::into).collect::<Vec<Cell>>());
    table
}
