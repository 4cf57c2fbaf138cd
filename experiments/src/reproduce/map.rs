//! The figure of a map: the statistic over two options.

use nalgebra::DMatrix;

use super::kept::Found;
use super::paper::{Map, Paper};
use crate::Stop;
use crate::plot::{Axis, Figure, HeatMap, Panel};
use crate::run::Run;

/// Draws `figures/map.png`, and `figures/map.csv`. Where theory expects the best, its value of y is named under the column.
pub(super) fn draw(run: &Run, paper: &Paper, map: &Map, found: &[Found]) -> Result<(), Stop> {
    let (rows, columns) = (map.y.values.len(), map.x.values.len());
    let cell = |k: usize| (map.y.values[k / columns], map.x.values[k % columns], found[k].measured);
    let cells: Vec<(f64, f64, f64)> = run.filed("figures/map.csv", (0..found.len()).map(cell))?;
    let theory = |k: usize| map.theory.get(k).map(|y| format!(" (theory {y:.1})")).unwrap_or_default();
    let content = HeatMap {
        values: DMatrix::from_fn(rows, columns, |i, j| cells.get(i * columns + j).map_or(f64::NAN, |cell| cell.2)),
        rows: map.y.values.iter().map(f64::to_string).collect(),
        columns: map.x.values.iter().enumerate().map(|(k, x)| format!("{x}{}", theory(k))).collect(),
        label: map.label.clone(),
        decimals: Some(3),
        ..HeatMap::default()
    };
    let panel = Panel {
        x: Axis::linear(&map.x.option),
        y: Axis::linear(&map.y.option),
        content: content.into(),
        ..Panel::default()
    };
    let figure = Figure {
        title: paper.question.clone(),
        subtitle: paper.source.clone(),
        panels: vec![panel],
        ..Figure::default()
    };
    run.figure("map", &figure)
}
