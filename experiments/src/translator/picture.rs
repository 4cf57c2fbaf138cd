//! The picture of an attention: a row for every token written, a column for every token read.

use std::collections::BTreeSet;

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::Translation;
use crate::plot::{Axis, HeatMap, Panel};
use crate::vocabulary::END;

/// One entry of one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Which picture, from 0.
    pub example: usize,
    /// What is read, as text.
    pub source: String,
    /// What is written, as text.
    pub target: String,
    /// The place of the token written, from 0.
    pub written: usize,
    /// That token.
    pub written_token: String,
    /// The place of the token read, from 0.
    pub read: usize,
    /// That token.
    pub read_token: String,
    /// How much is looked at it, in [0, 1].
    pub weight: f64,
}

/// The rows of these translations; `text` says what a translation's source and target are as text.
pub fn rows(translations: &[Translation], text: impl Fn(&Translation) -> [String; 2]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (example, translation) in translations.iter().enumerate() {
        let [source, target] = text(translation);
        for (written, weights) in translation.attention.iter().enumerate() {
            for (read, &weight) in weights.iter().enumerate() {
                rows.push(Row {
                    example,
                    source: source.clone(),
                    target: target.clone(),
                    written,
                    written_token: translation.target.get(written).map_or(END, String::as_str).into(),
                    read,
                    read_token: translation.source[read].clone(),
                    weight,
                });
            }
        }
    }
    rows
}

/// A heat map for each example.
pub fn panels(rows: &[Row], axes: [&str; 2]) -> Vec<Panel> {
    let examples: BTreeSet<usize> = rows.iter().map(|row| row.example).collect();
    let panel = |example: &usize| {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.example == *example).collect();
        let size = |place: fn(&Row) -> usize| rows.iter().map(|row| place(row) + 1).max().unwrap_or(0);
        let (written, read) = (size(|row| row.written), size(|row| row.read));
        let mut values = DMatrix::zeros(written, read);
        let (mut left, mut below) = (vec![String::new(); written], vec![String::new(); read]);
        for row in &rows {
            values[(row.written, row.read)] = row.weight;
            left[row.written].clone_from(&row.written_token);
            below[row.read].clone_from(&row.read_token);
        }
        let map = HeatMap {
            values,
            rows: left,
            columns: below,
            range: Some((0.0, 1.0)),
            label: "attention".into(),
            ..HeatMap::default()
        };
        let first = rows.first();
        Panel {
            title: first.map_or_else(String::new, |row| format!("{} → {}", row.source, row.target)),
            x: Axis::linear(axes[0]),
            y: Axis::linear(axes[1]),
            content: map.into(),
            ..Panel::default()
        }
    };
    examples.iter().map(panel).collect()
}
