//! A legend: what each look means, in a block outside of the data.

use super::bars::BarSeries;
use super::content::Content;
use super::font::{Font, LINE};
use super::panel::Panel;
use super::path::Point;
use super::pen::Pen;
use super::series::{Series, Stroke};

/// Entries in the order of their first appearance.
#[derive(Clone, Debug)]
pub(super) struct Legend<'a>(Vec<Entry<'a>>);

/// What has a label and a look.
#[derive(Clone, Copy, Debug)]
enum Entry<'a> {
    Curve(&'a Series),
    Bar(&'a BarSeries),
}

/// The sample's length and the gaps after sample and text, in units.
const SAMPLE: f64 = 44.0;
const GAP: (f64, f64) = (7.0, 22.0);
/// Above the entries, in units.
const AIR: f64 = 8.0;

impl<'a> Legend<'a> {
    /// Of all these panels.
    pub(super) fn of(panels: impl IntoIterator<Item = &'a Panel>) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        for entry in panels.into_iter().flat_map(Entry::of) {
            let known = |other: &Entry| (other.label(), other.look()) == (entry.label(), entry.look());
            if !entries.iter().any(known) {
                entries.push(entry);
            }
        }
        Self(entries)
    }

    /// Whether one look has two meanings.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.0.iter().enumerate().any(|(i, a)| self.0[..i].iter().any(|b| a.look() == b.look()))
    }

    /// In pixels, if drawn this wide.
    pub(super) fn height(&self, width: f64, unit: f64) -> f64 {
        if self.0.is_empty() { 0.0 } else { (self.rows(width, unit) as f64 * LINE + AIR + 4.0) * unit }
    }

    /// From its upper left corner.
    pub(super) fn draw(&self, (mut left, top): Point, width: f64, pen: &mut Pen) {
        let (unit, font) = (pen.unit, Font::text(pen.unit));
        let rows = self.rows(width, unit);
        // Column after column, each as wide as its widest entry: neighbours in the list are neighbours in the legend.
        for column in self.0.chunks(rows.max(1)) {
            for (row, entry) in column.iter().enumerate() {
                let y = top + (AIR + (row as f64 + 0.5) * LINE) * unit;
                let (from, to) = ((left, y), (left + SAMPLE * unit, y));
                match entry {
                    Entry::Curve(series) => series.draw_sample(from, to, pen),
                    Entry::Bar(series) => series.draw_sample(from, to, pen),
                }
                let at = (left + (SAMPLE + GAP.0) * unit, y + 0.36 * font.size);
                pen.write(entry.label(), at, font);
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

fn column_width(column: &[Entry], unit: f64) -> f64 {
    Font::text(unit).widest(column.iter().map(|entry| entry.label())) + (SAMPLE + GAP.0 + GAP.1) * unit
}

impl<'a> Entry<'a> {
    /// Those of a panel.
    fn of(panel: &'a Panel) -> Vec<Self> {
        let curves = panel.series.iter().filter(|series| !series.label.is_empty()).map(Entry::Curve);
        let bars = match &panel.content {
            Content::Bars(bars) => &bars.series[..],
            _ => &[],
        };
        curves.chain(bars.iter().filter(|series| !series.label.is_empty()).map(Entry::Bar)).collect()
    }

    fn label(self) -> &'a str {
        match self {
            Entry::Curve(series) => &series.label,
            Entry::Bar(series) => &series.label,
        }
    }

    /// What a reader tells it by.
    fn look(self) -> (usize, Option<Stroke>, bool) {
        match self {
            Entry::Curve(series) => (series.color, Some(series.stroke), series.points.is_empty()),
            Entry::Bar(series) => (series.color % BarSeries::LOOKS, None, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stroke;

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
