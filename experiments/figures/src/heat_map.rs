//! A heat map: a matrix, its entries as colours.
//!
//! ```
//! use figures::{Axis, Colors, Figure, HeatMap, Panel};
//! use nalgebra::DMatrix;
//!
//! let names = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
//! let map = HeatMap {
//!     values: DMatrix::from_fn(3, 5, |unit, t| 1.0 / (1.0 + (unit + t) as f64)),
//!     rows: names("123"),
//!     columns: names("hello"),
//!     range: Some((0.0, 1.0)),
//!     label: "forget gate f".into(),
//!     ..HeatMap::default()
//! };
//! let panel =
//!     Panel { x: Axis::linear("letter read"), y: Axis::linear("unit"), content: map.into(), ..Panel::default() };
//! let figure = Figure { title: "The gates close at the o".into(), panels: vec![panel], ..Figure::default() };
//! let svg = figure.svg()?;
//! # assert!(svg.starts_with("<svg"));
//! # Ok::<(), figures::DrawError>(())
//! ```

use nalgebra::DMatrix;

use super::canvas::Align;
use super::color_bar;
use super::colors::{Colors, Shades};
use super::font::{Font, LINE, TEXT};
use super::frame::Labels;
use super::names;
use super::palette::{self, GREY, NONE};
use super::path::Rect;
use super::pen::Pen;
use super::ticks::decimal;

/// A matrix in colours, its first row on top; a NaN is grey and hatched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    /// The values.
    pub values: DMatrix<f64>,
    /// A name for each row; or none at all.
    pub rows: Vec<String>,
    /// A name for each column, such as a word or a letter; or none at all. White space is shown as a sign.
    pub columns: Vec<String>,
    /// The colours.
    pub colors: Colors,
    /// The values of the first and the last colour; `None` takes them from the data. A value beyond has the colour of
    /// the end, and a tip at the colour bar says that there are some.
    pub range: Option<(f64, f64)>,
    /// What the values are, with the unit.
    pub label: String,
    /// Prints every value with this number of decimals, if the cells have room for it.
    pub decimals: Option<usize>,
}

impl HeatMap {
    #[track_caller]
    pub(super) fn check(&self) {
        let (rows, columns) = self.values.shape();
        for (what, names, count) in [("row", &self.rows, rows), ("column", &self.columns, columns)] {
            assert!(
                names.is_empty() || names.len() == count,
                "heat map: {} names for {count} {what}s; give a name for each {what}, or none",
                names.len()
            );
        }
    }

    /// The pixels at the left of the map.
    pub(super) fn left(&self, labels: Labels, height: f64, width: f64, unit: f64) -> f64 {
        self.names_width(height, width, unit) + (4.0 + labels.lines(height, unit) * LINE) * unit
    }

    fn names_width(&self, height: f64, width: f64, unit: f64) -> f64 {
        names::left_width(&self.rows, height / self.values.nrows().max(1) as f64, width, unit)
    }

    /// The pixels at its right.
    pub(super) fn right(&self, height: f64, unit: f64) -> f64 {
        color_bar::width(&self.shades(), &self.label, height, unit)
    }

    /// The pixels below it, if it has this width.
    pub(super) fn below(&self, labels: Labels, width: f64, unit: f64) -> f64 {
        names::height_with(labels.x, &self.columns, width / self.values.ncols().max(1) as f64, unit)
    }

    pub(super) fn draw(&self, rect: Rect, labels: Labels, width: f64, pen: &mut Pen) {
        let (rows, columns) = self.values.shape();
        let shades = self.shades();
        let mut label = labels.x.to_owned();
        if self.values.is_empty() {
            pen.say("no values", rect);
        } else {
            self.draw_cells(&shades, rect, pen);
            color_bar::draw(&shades, &self.label, rect, pen);
            // Half a pixel is the finest that is drawn.
            if rect.width() < 0.5 * columns as f64 || rect.height() < 0.5 * rows as f64 {
                label.push_str(" (several cells in a pixel: mean colours)");
            }
        }
        pen.outline(rect, GREY);
        let labels = Labels { x: &label, ..labels };
        names::draw_below(&self.columns, rect, labels, pen);
        let names_width = self.names_width(rect.height(), width, pen.unit);
        names::draw_left(&self.rows, rect, names_width, pen);
        labels.draw_y(rect, rect.left - names_width - 8.0 * pen.unit, pen);
    }

    fn draw_cells(&self, shades: &Shades, rect: Rect, pen: &mut Pen) {
        let (unit, (rows, columns)) = (pen.unit, self.values.shape());
        let slot = (rect.width() / columns as f64, rect.height() / rows as f64);
        let cells = (0..rows * columns).map(|i| (i / columns, i % columns));
        let color = |cell| shades.of(self.values[cell]).unwrap_or(palette::rgb(NONE));
        pen.image(cells.clone().map(color).collect(), columns, rect);
        let place = |(row, column): (usize, usize)| {
            let (left, top) = (rect.left + column as f64 * slot.0, rect.top + row as f64 * slot.1);
            Rect { left, top, right: left + slot.0, bottom: top + slot.1 }
        };
        let (missing, there): (Vec<_>, Vec<_>) = cells.clone().partition(|&cell| self.values[cell].is_nan());
        missing.into_iter().for_each(|cell| color_bar::no_value(place(cell), pen));
        let Some(decimals) = self.decimals else { return };
        let text = |cell| decimal(self.values[cell], decimals);
        let widest = Font::text(unit).widest(cells.map(text));
        let fits = |size: &f64| widest * size / TEXT + 4.0 * unit <= slot.0 && 1.3 * size * unit <= slot.1;
        let Some(size) = [TEXT, 13.0, 11.0, 9.0].into_iter().find(fits) else { return };
        for cell in there {
            let font = Font::sized(size, unit).colored(palette::ink_on(color(cell)));
            let (x, y) = place(cell).center();
            pen.write_about(&text(cell), (x, y + 0.36 * font.size), font, Align::Middle);
        }
    }

    fn shades(&self) -> Shades {
        Shades::new(self.colors, self.range, self.values.as_slice())
    }
}

#[cfg(test)]
#[path = "heat_map_tests.rs"]
mod tests;
