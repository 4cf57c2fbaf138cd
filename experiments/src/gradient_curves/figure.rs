//! The figure of gradient curves.

use super::{Kind, Row};
use crate::by_distance::Phase;
use crate::plot::{Axis, Figure, Panel, Series, Stroke};

/// Rows of panels: the part h of every cell above, the memory c below, then what else a user's cell remembers; before training
/// left, after it right, each up to `lags` lags. A cell is a name and what it is called; its colour is its place.
pub(crate) fn figure(rows: &[Row], cells: &[(String, String)], lags: usize) -> Figure {
    let mut parts: Vec<&str> = Vec::new();
    for part in ["h", "c"].into_iter().chain(rows.iter().map(|row| row.part.as_str())) {
        if !parts.contains(&part) && rows.iter().any(|row| row.part == part) {
            parts.push(part);
        }
    }
    let mut panels = Vec::new();
    for part in &parts {
        // The same for both phases.
        let measured = |row: &&Row| row.part == *part && matches!(row.kind, Kind::Measured | Kind::Direct);
        let values = rows.iter().filter(measured).map(|row| row.median);
        let y = Axis::decades("gradient norm, relative to lag 0", values);
        for (phase, when) in Phase::BOTH.into_iter().zip(["at initialisation", "after training"]) {
            let of_panel = rows.iter().filter(|row| row.part == *part && row.phase == phase);
            // The direct path is shown where there is a law for it to follow.
            let has_law = |cell: &str| of_panel.clone().any(|row| row.kind == Kind::Forget && row.cell == cell);
            let shown: Vec<_> = of_panel.clone().filter(|row| row.kind != Kind::Direct || has_law(&row.cell)).collect();
            panels.push(Panel {
                title: format!("‖∂L/∂{part}_(T−k)‖ {when}"),
                x: Axis::linear("lag k (time steps back from the loss)").range(0.0, lags as f64),
                y: y.clone(),
                series: cells.iter().enumerate().flat_map(|(color, cell)| series(&shown, cell, color)).collect(),
                ..Panel::default()
            });
        }
    }
    Figure { columns: 2, size: (1760, 300 + 560 * parts.len() as u32), panels, ..Figure::default() }
}

/// All curves of a cell in a panel. Of one kind, the legend names the first.
fn series(rows: &[&Row], (cell, label): &(String, String), color: usize) -> Vec<Series> {
    let mut all = Vec::new();
    for (kind, label, stroke, color) in [
        (Kind::Measured, label.clone(), Stroke::Solid, color),
        // The same colour with another marker.
        (Kind::Direct, format!("{label}, way through h cut"), Stroke::Solid, color + 8),
        (Kind::Rho, "ρ(W_h)ᵏ of each seed".into(), Stroke::Dotted, color),
        (Kind::SigmaMax, "σ_max(W_h)ᵏ, upper bound".into(), Stroke::Dashed, color),
        (Kind::Forget, "σ(b_f)ᵏ, the law of c alone".into(), Stroke::Dotted, 6),
    ] {
        let of_kind: Vec<_> = rows.iter().filter(|row| row.cell == *cell && row.kind == kind).collect();
        let measured = stroke == Stroke::Solid;
        for (n, curve) in of_kind.chunk_by(|a, b| a.seed == b.seed).enumerate() {
            let in_band = curve.iter().filter(|_| measured);
            all.push(Series {
                label: if n == 0 { label.clone() } else { String::new() },
                color,
                stroke,
                width: if measured { 2 } else { 1 },
                points: curve.iter().map(|row| (row.lag as f64, row.median)).collect(),
                band: in_band.map(|row| (row.lag as f64, row.low, row.high)).collect(),
                ..Series::default()
            });
        }
    }
    all
}
