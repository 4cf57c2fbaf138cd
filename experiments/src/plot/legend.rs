//! A legend: what each look means, in a block outside of the data.

use super::canvas::Mark;
use super::frame::{LINE, font};
use super::panel::Panel;
use super::path::Point;
use super::series::Series;

/// Entries in the order of their first appearance.
#[derive(Clone, Debug)]
pub(super) struct Legend<'a>(Vec<&'a Series>);

/// The sample's length and the gaps after sample and text, in units.
const SAMPLE: f64 = 44.0;
const GAP: (f64, f64) = (7.0, 22.0);
/// Above the entries, in units.
const AIR: f64 = 8.0;

impl<'a> Legend<'a> {
    /// Of all these panels.
    pub(super) fn of(panels: impl IntoIterator<Item = &'a Panel>) -> Self {
        let mut entries: Vec<&Series> = Vec::new();
        for series in panels.into_iter().flat_map(|panel| &panel.series) {
            let known = |entry: &&Series| entry.label == series.label && same_look(entry, series);
            if series.in_legend && !entries.iter().any(known) {
                entries.push(series);
            }
        }
        Self(entries)
    }

    /// Whether one look has two meanings.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.0.iter().enumerate().any(|(i, a)| self.0[..i].iter().any(|b| same_look(a, b)))
    }

    /// In pixels, if drawn this wide.
    pub(super) fn height(&self, width: f64, unit: f64) -> f64 {
        if self.0.is_empty() { 0.0 } else { (self.rows(width, unit) as f64 * LINE + AIR + 4.0) * unit }
    }

    /// From its upper left corner.
    pub(super) fn draw(&self, (left, top): Point, width: f64, unit: f64, marks: &mut Vec<Mark>) {
        let rows = self.rows(width, unit);
        let font = font(unit);
        let mut left = left;
        // Column after column, each as wide as its widest entry: neighbours in the list are neighbours in the legend.
        for column in self.0.chunks(rows.max(1)) {
            for (row, series) in column.iter().enumerate() {
                let y = top + (AIR + (row as f64 + 0.5) * LINE) * unit;
                series.draw_sample((left, y), (left + SAMPLE * unit, y), unit, marks);
                let at = (left + (SAMPLE + GAP.0) * unit, y + 0.36 * font.size);
                marks.push(Mark::text(&series.label, at, font));
            }
            left += column_width(column, unit);
        }
    }

    /// The fewest rows that fit.
    fn rows(&self, width: f64, unit: f64) -> usize {
        let fits = |rows: &usize| {
            let columns = self.0.chunks(*rows).map(|column| column_width(column, unit));
            columns.sum::<f64>() - GAP.1 * unit <= width
        };
        (1..=self.0.len()).find(fits).unwrap_or(self.0.len())
    }
}

fn column_width(column: &[&Series], unit: f64) -> f64 {
    let widest = column.iter().map(|series| font(unit).width(&series.label)).fold(0.0, f64::max);
    widest + (SAMPLE + GAP.0 + GAP.1) * unit
}

fn same_look(a: &Series, b: &Series) -> bool {
    (a.color, a.stroke, a.points.is_empty()) == (b.color, b.stroke, b.points.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::Stroke;

    fn panel(looks: &[(&str, usize, Stroke)]) -> Panel {
        let series = looks.iter().map(|&(label, color, stroke)| Series {
            label: label.into(),
            color,
            stroke,
            ..Series::default()
        });
        Panel { series: series.collect(), ..Panel::default() }
    }

    #[test]
    fn the_same_series_in_two_panels_is_one_entry() {
        let panels =
            [panel(&[("RNN", 0, Stroke::Solid), ("LSTM", 1, Stroke::Solid)]), panel(&[("RNN", 0, Stroke::Solid)])];
        let legend = Legend::of(&panels);
        assert_eq!(legend.0.len(), 2);
        assert!(!legend.is_ambiguous());
    }

    #[test]
    fn one_look_with_two_meanings_is_ambiguous() {
        let panels = [panel(&[("RNN", 0, Stroke::Solid)]), panel(&[("ρ = 0.9", 0, Stroke::Solid)])];
        assert!(Legend::of(&panels).is_ambiguous());
        let theory = [panel(&[("RNN", 0, Stroke::Solid), ("RNN, theory", 0, Stroke::Dashed)])];
        assert!(!Legend::of(&theory).is_ambiguous());
    }
}
