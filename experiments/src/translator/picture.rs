//! The picture of an attention: a row for every token written, a column for every token read.

use serde::{Deserialize, Serialize};

use super::Translation;
use crate::Stop;
use crate::plot::{Axis, Figure, HeatMap, Panel};
use crate::report::heat_map;
use crate::run::Run;
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

/// Writes `figures/attention.csv` and draws it: a heat map for each example, what is written over what is read.
///
/// # Errors
/// Failed, if a file cannot be written or read.
pub fn draw(run: &Run, rows: Vec<Row>, [title, subtitle]: [String; 2], axes: [&str; 2]) -> Result<(), Stop> {
    let rows: Vec<Row> = run.filed("figures/attention.csv", rows)?;
    let panel = |rows: &[Row]| {
        let weights = rows
            .iter()
            .map(|row| ((row.written, row.written_token.as_str()), (row.read, row.read_token.as_str()), row.weight));
        Panel {
            title: format!("{} → {}", rows[0].source, rows[0].target),
            x: Axis::linear(axes[0]),
            y: Axis::linear(axes[1]),
            content: HeatMap { label: "attention".into(), ..heat_map(weights) }.into(),
            ..Panel::default()
        }
    };
    let panels: Vec<Panel> = rows.chunk_by(|a, b| a.example == b.example).map(panel).collect();
    let size = (1400, 170 + 440 * panels.len().max(1) as u32);
    run.figure("attention", &Figure { title, subtitle, size, panels, ..Figure::default() })
}
