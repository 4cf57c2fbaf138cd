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
use super::canvas::{Align, Mark, disc};
use super::colors::lightness;
use super::font::Font;
use super::frame::{self, Frame, Labels};
use super::names;
use super::palette::{self, GREY, INK, PAPER};
use super::path::{Point, Rect};

/// Upright bars in groups. On a logarithmic axis, which has no zero to stand on, each value is a disc at its height.
///
/// A bar that leaves the range is cut with a white zigzag; where there is no value it says "none".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// A name for each group, from left to right.
    pub categories: Vec<String>,
    /// Side by side in each group.
    pub series: Vec<BarSeries>,
    /// Prints every value with so many decimals at its bar's end, if there is room.
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
    fn look(&self) -> (RGBAColor, Option<RGBAColor>) {
        let color = palette::color(self.color);
        if self.color % 16 < 8 { (color, None) } else { (color.mix(0.35), Some(color)) }
    }

    fn draw_area(&self, area: Rect, unit: f64, marks: &mut Vec<Mark>) {
        let (color, outline) = self.look();
        marks.push(Mark::filled(area, color));
        if let Some(color) = outline {
            let Rect { left, top, right, bottom } = area;
            let points = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
            marks.push(Mark::Line { points, width: unit, color });
        }
    }

    /// The sample of a legend entry between two places.
    pub(super) fn draw_sample(&self, left: Point, right: Point, unit: f64, marks: &mut Vec<Mark>) {
        let (half, mid) = (6.0 * unit, (left.0 + right.0) / 2.0);
        let area = Rect { left: mid - 1.7 * half, top: left.1 - half, right: mid + 1.7 * half, bottom: left.1 + half };
        self.draw_area(area, unit, marks);
    }

    /// Whether a reader cannot tell the two apart.
    pub(super) fn looks_like(&self, other: &Self) -> bool {
        self.color % 16 == other.color % 16
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
        names::below(&self.categories, self.slot(width), unit).height + names::label_height(labels.x, unit)
    }

    /// Bars, names and label; returns the ends of the bars.
    pub(super) fn draw(&self, frame: &Frame, x_label: &str, marks: &mut Vec<Mark>) -> Vec<Point> {
        let (unit, rect) = (frame.unit, frame.rect);
        let slot = self.slot(rect.width());
        let count = self.series.len().max(1) as f64;
        // With a gap between groups; few bars are not wider than a finger.
        let width = (slot * if count > 1.0 { 0.82 } else { 0.66 } / count).min(64.0 * unit);
        let mut ends = Vec::new();
        for category in 0..self.categories.len() {
            let middle = rect.left + (category as f64 + 0.5) * slot;
            for (n, series) in self.series.iter().enumerate() {
                let left = middle + (n as f64 - count / 2.0) * width;
                let gap = if width > 4.0 * unit && count > 1.0 { 0.5 * unit } else { 0.0 };
                self.draw_one(series, category, (left + gap, left + width - gap), frame, marks, &mut ends);
            }
        }
        let below = names::below(&self.categories, slot, unit);
        below.draw(&self.categories, rect, unit, marks);
        let at = ((rect.left + rect.right) / 2.0, rect.bottom + below.height + 16.0 * unit);
        let (text, font) = (x_label.into(), frame::font(unit));
        marks.push(Mark::Text { text, at, font, align: Align::Middle, upward: false });
        ends
    }

    fn draw_one(
        &self,
        series: &BarSeries,
        category: usize,
        (left, right): (f64, f64),
        frame: &Frame,
        marks: &mut Vec<Mark>,
        ends: &mut Vec<Point>,
    ) {
        let (unit, rect) = (frame.unit, frame.rect);
        let (value, middle) = (series.values[category], (left + right) / 2.0);
        let height = |at: f64| rect.bottom - at * rect.height();
        let (foot, on_zero) = match frame.y.scale {
            Scale::Linear => (height(frame.y.place(0.0).unwrap_or(0.0)), true),
            Scale::Log10 => (rect.bottom, false),
        };
        let placed = frame.y.place(value).or(if on_zero { frame.y.place_end(value) } else { None });
        let Some(wanted) = placed.map(height) else {
            let text = if value.is_nan() { "none" } else { "no place" };
            let size = (right - left).clamp(5.0 * unit, 13.0 * unit);
            let (font, at) = (Font { size, bold: false, color: GREY }, (middle + 0.36 * size, foot - 4.0 * unit));
            marks.push(Mark::Text { text: text.into(), at, font, align: Align::Left, upward: true });
            return;
        };
        let end = wanted.clamp(rect.top, rect.bottom);
        let inside = (wanted - end).abs() < 0.01;
        if on_zero {
            let area = Rect { left, top: end.min(foot), right, bottom: end.max(foot) };
            series.draw_area(area, unit, marks);
            // A bar of nothing is a line, for it is there.
            if area.height() < unit {
                let points = vec![(left, end), (right, end)];
                marks.push(Mark::Line { points, width: unit, color: palette::color(series.color) });
            }
            if !inside {
                zigzag(left, right, end + (foot - end).signum() * 10.0 * unit, unit, marks);
            }
        } else if inside {
            let radius = (0.4 * (right - left)).clamp(2.0 * unit, 5.0 * unit);
            marks.push(Mark::Area { outline: disc((middle, end), radius), color: palette::color(series.color) });
        }
        let (mut top, mut bottom) = (end, end);
        if let Some(&(low, high)) = series.errors.get(category)
            && let (Some(low), Some(high)) = (frame.y.place_end(low), frame.y.place_end(high))
            && let Some(drawn) = draw_error(middle, height(low), height(high), right - left, frame, marks)
        {
            (top, bottom) = (top.min(drawn.0), bottom.max(drawn.1));
        }
        if !inside {
            (top, bottom) = (top.min(end - 16.0 * unit), bottom.max(end + 16.0 * unit));
        }
        ends.extend((0..=8).map(|i| (left + f64::from(i) / 8.0 * (right - left), top)));
        let ground = if on_zero { series.look().0 } else { PAPER };
        self.print(value, middle, (top, bottom, end > foot), right - left, ground, frame, marks);
    }

    /// The value beyond the bar's end, or if the frame ends there, within the bar.
    #[expect(clippy::too_many_arguments, reason = "where, how wide and on what")]
    fn print(
        &self,
        value: f64,
        x: f64,
        (top, bottom, hangs): (f64, f64, bool),
        width: f64,
        ground: RGBAColor,
        frame: &Frame,
        marks: &mut Vec<Mark>,
    ) {
        let Some(decimals) = self.decimals else { return };
        let (unit, rect) = (frame.unit, frame.rect);
        let text = format!("{value:.decimals$}").replace('-', "−").replace("inf", "∞");
        let font = |size: f64| Font { size: size * unit, bold: false, color: INK };
        let room = if self.series.len() > 1 { width } else { 1.4 * width };
        let fits = [15.0, 13.0, 11.0, 9.5].into_iter().find(|&size| font(size).width(&text) <= room);
        let Some(font) = fits.map(font) else { return };
        let (above, below) = (top - 4.0 * unit, bottom + font.size);
        let fits_above = above - font.size >= rect.top;
        let fits_below = below + 3.0 * unit <= rect.bottom;
        let beyond = if hangs { fits_below } else { fits_above };
        let y = if hangs == beyond { below } else { above };
        let on_bar = !beyond && lightness(palette::rgb(ground)) < 50.0;
        let font = if on_bar { Font { color: PAPER, ..font } } else { font };
        marks.push(Mark::Text { text, at: (x, y), font, align: Align::Middle, upward: false });
    }

    fn slot(&self, width: f64) -> f64 {
        width / self.categories.len().max(1) as f64
    }
}

/// From `low` to `high`, dark on light, with caps where it ends; returns what of it is inside the frame.
fn draw_error(x: f64, low: f64, high: f64, width: f64, frame: &Frame, marks: &mut Vec<Mark>) -> Option<(f64, f64)> {
    let (unit, rect) = (frame.unit, frame.rect);
    let (top, bottom) = (high.max(rect.top), low.min(rect.bottom));
    if top > bottom {
        return None;
    }
    let cap = (0.3 * width).clamp(unit, 4.0 * unit);
    let mut lines = vec![vec![(x, top), (x, bottom)]];
    // A cap says "it ends here": none where the frame cuts.
    let ends = [(high, top), (low, bottom)].into_iter().filter(|(end, y)| (end - y).abs() < 0.5);
    lines.extend(ends.map(|(_, y)| vec![(x - cap, y), (x + cap, y)]));
    for (width, color) in [(3.3, PAPER.mix(0.8)), (1.4, INK)] {
        marks.extend(lines.iter().map(|points| Mark::Line { points: points.clone(), width: width * unit, color }));
    }
    Some((top, bottom))
}

/// Across a bar that goes on.
fn zigzag(left: f64, right: f64, y: f64, unit: f64, marks: &mut Vec<Mark>) {
    let teeth = (((right - left) / (8.0 * unit)).ceil() as i32).max(1) * 2;
    let at = |i: i32| left + f64::from(i) / f64::from(teeth) * (right - left);
    let points = (0..=teeth).map(|i| (at(i), y + if i % 2 == 0 { 3.0 } else { -3.0 } * unit)).collect();
    marks.push(Mark::Line { points, width: 2.5 * unit, color: PAPER });
}

#[cfg(test)]
#[path = "bars_tests.rs"]
mod tests;
