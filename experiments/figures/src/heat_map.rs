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

use super::canvas::{Align, Mark};
use super::color_bar;
use super::colors::{Colors, Shades, lightness};
use super::font::Font;
use super::frame::{self, LINE, Labels, TEXT};
use super::names;
use super::palette::{self, GREY, INK, NONE, PAPER};
use super::panel;
use super::path::Rect;

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
    /// Prints every value with so many decimals, if the cells have room for it.
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
        let lines = frame::font(unit).wrap(labels.y, height).len() as f64;
        let slot = height / self.values.nrows().max(1) as f64;
        names::left_width(&self.rows, slot, width, unit) + (4.0 + lines * LINE) * unit
    }

    /// The pixels at its right.
    pub(super) fn right(&self, height: f64, unit: f64) -> f64 {
        color_bar::width(&self.shades(), &self.label, height, unit)
    }

    /// The pixels below it, if it has this width.
    pub(super) fn below(&self, labels: Labels, width: f64, unit: f64) -> f64 {
        let slot = width / self.values.ncols().max(1) as f64;
        names::below(&self.columns, slot, unit).height + names::label_height(labels.x, unit)
    }

    pub(super) fn draw(&self, rect: Rect, labels: Labels, width: f64, unit: f64, marks: &mut Vec<Mark>) {
        let font = frame::font(unit);
        let (rows, columns) = self.values.shape();
        let shades = self.shades();
        let (mid_x, mid_y) = ((rect.left + rect.right) / 2.0, (rect.top + rect.bottom) / 2.0);
        let mut label = labels.x.to_owned();
        if self.values.is_empty() {
            panel::say("no values", rect, unit, marks);
        } else {
            self.draw_cells(&shades, rect, unit, marks);
            color_bar::draw(&shades, &self.label, rect, unit, marks);
            // Half a pixel is the finest that is drawn.
            if rect.width() < 0.5 * columns as f64 || rect.height() < 0.5 * rows as f64 {
                label.push_str(" (several cells in a pixel: mean colours)");
            }
        }
        let outline = [
            (rect.left, rect.top),
            (rect.right, rect.top),
            (rect.right, rect.bottom),
            (rect.left, rect.bottom),
            (rect.left, rect.top),
        ];
        marks.push(Mark::Line { points: outline.to_vec(), width: unit, color: GREY });
        let below = names::below(&self.columns, rect.width() / columns.max(1) as f64, unit);
        below.draw(&self.columns, rect, unit, marks);
        let at = (mid_x, rect.bottom + below.height + 16.0 * unit);
        marks.push(Mark::Text { text: label, at, font, align: Align::Middle, upward: false });

        let slot = rect.height() / rows.max(1) as f64;
        let names_width = names::left_width(&self.rows, slot, width, unit);
        names::draw_left(&self.rows, rect, names_width, unit, marks);
        let mut x = rect.left - names_width - 8.0 * unit;
        for text in font.wrap(labels.y, rect.height()).into_iter().rev() {
            marks.push(Mark::Text { text, at: (x, mid_y), font, align: Align::Middle, upward: true });
            x -= LINE * unit;
        }
    }

    fn draw_cells(&self, shades: &Shades, rect: Rect, unit: f64, marks: &mut Vec<Mark>) {
        let (rows, columns) = self.values.shape();
        let slot = (rect.width() / columns as f64, rect.height() / rows as f64);
        let cells = (0..rows * columns).map(|i| (i / columns, i % columns));
        let color = |cell| shades.of(self.values[cell]).unwrap_or(palette::rgb(NONE));
        marks.push(Mark::Image { pixels: cells.clone().map(color).collect(), columns, rect });
        let place = |(row, column): (usize, usize)| {
            let (left, top) = (rect.left + column as f64 * slot.0, rect.top + row as f64 * slot.1);
            Rect { left, top, right: left + slot.0, bottom: top + slot.1 }
        };
        for cell in cells.clone().filter(|&cell| self.values[cell].is_nan()) {
            color_bar::no_value(place(cell), unit, marks);
        }
        let Some(decimals) = self.decimals else { return };
        let text = |cell| format!("{:.*}", decimals, self.values[cell]).replace('-', "−").replace("inf", "∞");
        let font = |size: f64| Font { size: size * unit, bold: false, color: INK };
        let widest = cells.clone().map(|cell| font(TEXT).width(&text(cell))).fold(0.0, f64::max);
        let fits = |size: &&f64| widest * *size / TEXT + 4.0 * unit <= slot.0 && 1.3 * *size * unit <= slot.1;
        let Some(&size) = [TEXT, 13.0, 11.0, 9.0].iter().find(fits) else { return };
        for cell in cells.filter(|&cell| !self.values[cell].is_nan()) {
            let font = Font { color: if lightness(color(cell)) < 55.0 { PAPER } else { INK }, ..font(size) };
            let place = place(cell);
            let at = ((place.left + place.right) / 2.0, (place.top + place.bottom) / 2.0 + 0.36 * font.size);
            marks.push(Mark::Text { text: text(cell), at, font, align: Align::Middle, upward: false });
        }
    }

    fn shades(&self) -> Shades {
        Shades::new(self.colors, self.range, self.values.as_slice())
    }
}

#[cfg(test)]
#[path = "heat_map_tests.rs"]
mod tests;
