//! Bars: for each category a group of values, one of each series, standing on zero.
//!
//! ```
//! use figures::{Axis, BarSeries, Bars, Figure, Panel, RuleLine};
//!
//! let series = |label: &str, color, values: [f64; 2]| BarSeries {
//!     label: label.into(),
//!     color,
//!     values: values.to_vec(),
//!     errors: values.iter().map(|v| (v - 0.02, v + 0.02)).collect(),
//! };
//! let bars = Bars {
//!     categories: vec!["copy".into(), "adding".into()],
//!     series: vec![series("RNN", 0, [0.31, 0.12]), series("LSTM", 1, [0.97, 0.88])],
//!     decimals: Some(2),
//! };
//! let panel = Panel {
//!     y: Axis::linear("accuracy").range(0.0, 1.0),
//!     lines: vec![RuleLine { y: 0.1, label: "chance".into() }],
//!     content: bars.into(),
//!     ..Panel::default()
//! };
//! let figure = Figure { title: "The LSTM solves both".into(), panels: vec![panel], ..Figure::default() };
//! let svg = figure.svg()?;
//! # assert!(svg.starts_with("<svg"));
//! # Ok::<(), figures::DrawError>(())
//! ```

use plotters::style::{Color, RGBAColor};

use super::axis::{Axis, Ruler, Scale};
use super::canvas::{Align, disc};
use super::colors::lightness;
use super::font::Font;
use super::frame::{Frame, Labels};
use super::names;
use super::palette::{self, GREY, INK, PAPER};
use super::path::{Point, Rect};
use super::pen::Pen;
use super::ticks::decimal;

/// Upright bars in groups. On a logarithmic axis, which has no zero to stand on, each value is a disc at its height.
///
/// A bar that leaves the range is cut with a white zigzag; where there is no value it says "none".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// A name for each group, from left to right.
    pub categories: Vec<String>,
    /// Side by side in each group.
    pub series: Vec<BarSeries>,
    /// Prints every value with this number of decimals at its bar's end, if there is room.
    pub decimals: Option<usize>,
}

/// One bar of each group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarSeries {
    /// Its name in the legend; without one it is not there.
    pub label: String,
    /// Its colour: an index into the palette; the second eight are lighter with an outline.
    pub color: usize,
    /// A value for each category.
    pub values: Vec<f64>,
    /// (low, high) for each category, such as a confidence interval; or none at all.
    pub errors: Vec<(f64, f64)>,
}

impl BarSeries {
    /// Of the first colour: a value and its (low, high) for each category.
    pub fn with_errors(values: impl IntoIterator<Item = (f64, (f64, f64))>) -> Self {
        let (values, errors) = values.into_iter().unzip();
        Self { values, errors, ..Self::default() }
    }

    /// How many colours can be told apart.
    pub(super) const LOOKS: usize = 16;

    fn look(&self) -> (RGBAColor, Option<RGBAColor>) {
        let color = palette::color(self.color);
        if self.color % Self::LOOKS < 8 { (color, None) } else { (color.mix(0.35), Some(color)) }
    }

    fn draw_area(&self, area: Rect, pen: &mut Pen) {
        let (color, outline) = self.look();
        pen.fill(area, color);
        if let Some(color) = outline {
            pen.outline(area, color);
        }
    }

    /// The sample of a legend entry between two places.
    pub(super) fn draw_sample(&self, left: Point, right: Point, pen: &mut Pen) {
        let (half, mid) = (6.0 * pen.unit, (left.0 + right.0) / 2.0);
        let area = Rect { left: mid - 1.7 * half, top: left.1 - half, right: mid + 1.7 * half, bottom: left.1 + half };
        self.draw_area(area, pen);
    }
}

impl Bars {
    #[track_caller]
    pub(super) fn check(&self) {
        let count = self.categories.len();
        for BarSeries { label, values, errors, .. } in &self.series {
            let (v, e) = (values.len(), errors.len());
            assert!(
                v == count && (e == 0 || e == count),
                "bars `{label}`: {v} values and {e} errors for {count} categories; give a value for each category, and an \
                 error for each or none"
            );
        }
    }

    /// The vertical axis: with zero, but on a logarithmic scale.
    pub(super) fn ruler(&self, y: &Axis, rules: impl Iterator<Item = f64>) -> Ruler {
        let ends = self.series.iter().flat_map(|series| {
            series.values.iter().copied().chain(series.errors.iter().flat_map(|&(low, high)| [low, high]))
        });
        let seen = ends.chain(rules);
        if y.scale == Scale::Log10 {
            return y.ruler(seen, 0.06);
        }
        let found = y.ruler(seen.chain([0.0]), 0.0);
        // Air above the highest bar, not below zero.
        let air = if y.range.is_none() { 0.06 * (found.high - found.low) } else { 0.0 };
        let widened = |end: f64, by: f64| if end == 0.0 { 0.0 } else { end + by };
        let (low, high) = (found.low.min(0.0), found.high.max(0.0));
        Ruler { low: widened(low, -air), high: widened(high, air), ..found }
    }

    /// The pixels below the data area of this width.
    pub(super) fn below(&self, labels: Labels, width: f64, unit: f64) -> f64 {
        names::height_with(labels.x, &self.categories, self.slot(width), unit)
    }

    /// Bars, names and label; returns the ends of the bars.
    pub(super) fn draw(&self, frame: &Frame, labels: Labels, pen: &mut Pen) -> Vec<Point> {
        let (unit, rect) = (pen.unit, frame.rect);
        let slot = self.slot(rect.width());
        let count = self.series.len().max(1) as f64;
        // With a gap between groups; few bars are not wider than a finger.
        let width = (slot * if count > 1.0 { 0.82 } else { 0.66 } / count).min(64.0 * unit);
        let gap = if width > 4.0 * unit && count > 1.0 { 0.5 * unit } else { 0.0 };
        let mut ends = Vec::new();
        for category in 0..self.categories.len() {
            let middle = rect.left + (category as f64 + 0.5) * slot;
            for (n, series) in self.series.iter().enumerate() {
                let left = middle + (n as f64 - count / 2.0) * width;
                let bar = Bar { series, category, left: left + gap, right: left + width - gap };
                ends.extend(bar.draw(self, frame, pen));
            }
        }
        names::draw_below(&self.categories, rect, labels, pen);
        ends
    }

    fn slot(&self, width: f64) -> f64 {
        width / self.categories.len().max(1) as f64
    }
}

/// One bar, from its left to its right edge.
struct Bar<'a> {
    series: &'a BarSeries,
    category: usize,
    left: f64,
    right: f64,
}

impl Bar<'_> {
    fn width(&self) -> f64 {
        self.right - self.left
    }

    fn middle(&self) -> f64 {
        (self.left + self.right) / 2.0
    }

    /// With its error and its value; returns places along its end.
    fn draw(&self, bars: &Bars, frame: &Frame, pen: &mut Pen) -> Vec<Point> {
        let (unit, rect, color) = (pen.unit, frame.rect, palette::color(self.series.color));
        let value = self.series.values[self.category];
        let on_zero = frame.y.scale == Scale::Linear;
        let foot = if on_zero { frame.height(frame.y.place(0.0).unwrap_or(0.0)) } else { rect.bottom };
        let placed = frame.y.place(value).or(if on_zero { frame.y.place_end(value) } else { None });
        let Some(wanted) = placed.map(|at| frame.height(at)) else {
            let text = if value.is_nan() { "none" } else { "no place" };
            let size = self.width().clamp(5.0 * unit, 13.0 * unit);
            let at = (self.middle() + 0.36 * size, foot - 4.0 * unit);
            pen.write_upward(text, at, Font { size, bold: false, color: GREY }, Align::Left);
            return Vec::new();
        };
        let end = wanted.clamp(rect.top, rect.bottom);
        let inside = (wanted - end).abs() < 0.01;
        if on_zero {
            let area = Rect { left: self.left, top: end.min(foot), right: self.right, bottom: end.max(foot) };
            self.series.draw_area(area, pen);
            // A bar of nothing is a line, for it is there.
            if area.height() < unit {
                pen.line(&[(self.left, end), (self.right, end)], 1.0, color);
            }
            if !inside {
                self.zigzag(end + (foot - end).signum() * 10.0 * unit, pen);
            }
        } else if inside {
            let radius = (0.4 * self.width()).clamp(2.0 * unit, 5.0 * unit);
            pen.area(disc((self.middle(), end), radius), color);
        }
        let (mut top, mut bottom) = (end, end);
        if let Some((high, low)) = self.draw_error(frame, pen) {
            (top, bottom) = (top.min(high), bottom.max(low));
        }
        if !inside {
            (top, bottom) = (top.min(end - 16.0 * unit), bottom.max(end + 16.0 * unit));
        }
        if let Some(decimals) = bars.decimals {
            let room = if bars.series.len() > 1 { self.width() } else { 1.4 * self.width() };
            let ground = if on_zero { self.series.look().0 } else { PAPER };
            self.print(&decimal(value, decimals), room, (top, bottom, end > foot), ground, frame, pen);
        }
        (0..=8).map(|i| (self.left + f64::from(i) / 8.0 * self.width(), top)).collect()
    }

    /// Dark on light; returns the ends of what is inside the frame.
    fn draw_error(&self, frame: &Frame, pen: &mut Pen) -> Option<(f64, f64)> {
        let &(low, high) = self.series.errors.get(self.category)?;
        let ends = (frame.height(frame.y.place_end(low)?), frame.height(frame.y.place_end(high)?));
        let lines = frame.error_bar(self.middle(), ends, (0.3 * self.width()).clamp(pen.unit, 4.0 * pen.unit));
        for (width, color) in [(3.3, PAPER.mix(0.8)), (1.4, INK)] {
            lines.iter().for_each(|line| pen.line(line, width, color));
        }
        lines.first().map(|[top, bottom]| (top.1, bottom.1))
    }

    /// Across a bar that goes on.
    fn zigzag(&self, y: f64, pen: &mut Pen) {
        let unit = pen.unit;
        let teeth = ((self.width() / (8.0 * unit)).ceil() as i32).max(1) * 2;
        let at = |i: i32| self.left + f64::from(i) / f64::from(teeth) * self.width();
        let points: Vec<Point> = (0..=teeth).map(|i| (at(i), y + if i % 2 == 0 { 3.0 } else { -3.0 } * unit)).collect();
        pen.line(&points, 2.5, PAPER);
    }

    /// The value beyond the bar's end, or if the frame ends there, within the bar.
    fn print(
        &self,
        text: &str,
        room: f64,
        (top, bottom, hangs): (f64, f64, bool),
        ground: RGBAColor,
        frame: &Frame,
        pen: &mut Pen,
    ) {
        let (unit, rect) = (pen.unit, frame.rect);
        let fonts = [15.0, 13.0, 11.0, 9.5].map(|size| Font::sized(size, unit));
        let Some(font) = fonts.into_iter().find(|font| font.width(text) <= room) else { return };
        let (above, below) = (top - 4.0 * unit, bottom + font.size);
        let beyond = if hangs { below + 3.0 * unit <= rect.bottom } else { above - font.size >= rect.top };
        let y = if hangs == beyond { below } else { above };
        let on_bar = !beyond && lightness(palette::rgb(ground)) < 50.0;
        let font = if on_bar { font.colored(PAPER) } else { font };
        pen.write_about(text, (self.middle(), y), font, Align::Middle);
    }
}

#[cfg(test)]
#[path = "bars_tests.rs"]
mod tests;
