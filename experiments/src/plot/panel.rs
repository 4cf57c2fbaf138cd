//! A panel: two axes and the series on them.

use super::axis::Axis;
use super::canvas::{Align, Font, Mark};
use super::frame::{Frame, LINE, TEXT, left_room};
use super::legend::Legend;
use super::palette::{GREY, INK, PAPER};
use super::path::{self, Point, Rect};
use super::series::Series;

/// One plot of a figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// What it shows; best as a statement.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Drawn in this order, all bands beneath all curves.
    pub series: Vec<Series>,
    /// Reference values, such as chance.
    pub lines: Vec<RuleLine>,
}

/// A thin line across a panel at one height, with its name on it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleLine {
    /// The height.
    pub y: f64,
    /// Its name.
    pub label: String,
}

/// From one panel title line to the next, in units.
const TITLE: f64 = 21.0;
/// Tick labels and axis label below the frame, in units.
const BELOW: f64 = 19.0 + LINE + 6.0;

impl Panel {
    /// Draws it into `cell`, its title `title_lines` high, its frame `left` to the right of the cell's edge, and its own
    /// `legend`, if it has one, at the bottom.
    pub(super) fn draw(&self, cell: Rect, room: Room, legend: Option<&Legend>, unit: f64, marks: &mut Vec<Mark>) {
        let font = title_font(unit);
        let left = cell.left + room.left;
        let mut baseline = cell.top;
        for line in font.wrap(&self.title, cell.right - left) {
            baseline += TITLE * unit;
            marks.push(Mark::Text { text: line, at: (left, baseline), font, align: Align::Left, upward: false });
        }
        let mut bottom = cell.bottom;
        if let Some(legend) = legend {
            bottom -= room.legend;
            legend.draw((cell.left + 8.0 * unit, bottom), cell.width(), unit, marks);
        }
        let top = cell.top + (room.title_lines as f64 * TITLE + 8.0) * unit;
        // Half of the last tick label may stand over the frame's end.
        let right = (cell.right - 14.0 * unit).max(left + unit);
        let rect = Rect { left, top, right, bottom: (bottom - BELOW * unit).max(top + unit) };
        let frame = self.frame(rect, unit);
        frame.draw(&self.x.label, &self.y.label, marks);

        for series in &self.series {
            series.draw_band(&frame, marks);
        }
        self.draw_rules(&frame, marks);
        let spotty = self.series.iter().filter(|series| series.is_spotty()).count();
        let mut next = 0;
        for series in &self.series {
            let mut shift = 0.0;
            if series.is_spotty() {
                shift = (next as f64 - (spotty - 1) as f64 / 2.0) * 4.0 * unit;
                next += 1;
            }
            series.draw(&frame, shift, marks);
        }
        if self.curves(&frame).next().is_none() {
            let at = ((rect.left + rect.right) / 2.0, (rect.top + rect.bottom) / 2.0);
            let font = Font { size: TEXT * unit, bold: false, color: GREY };
            marks.push(Mark::Text { text: "no values in range".into(), at, font, align: Align::Middle, upward: false });
        }
    }

    /// What this panel needs in a cell of this size.
    pub(super) fn room(&self, width: f64, height: f64, legend: Option<&Legend>, unit: f64) -> Room {
        let legend = legend.map_or(0.0, |legend| legend.height(width, unit));
        let left = left_room(&self.y_ruler(), height - (BELOW + TITLE + 8.0) * unit - legend, unit);
        let title_lines = title_font(unit).wrap(&self.title, width - left).len();
        Room { left, title_lines, legend }
    }

    fn y_ruler(&self) -> super::axis::Ruler {
        let rules = self.lines.iter().map(|line| line.y);
        self.y.ruler(self.series.iter().flat_map(Series::ys).chain(rules), 0.04)
    }

    fn frame(&self, rect: Rect, unit: f64) -> Frame {
        // Curves may begin on the frame; dots and error bars need their own width.
        let margin = if self.series.iter().any(Series::is_spotty) { 0.05 } else { 0.0 };
        let x = self.x.ruler(self.series.iter().flat_map(Series::xs), margin);
        Frame { rect, x, y: self.y_ruler(), unit }
    }

    /// All visible places of curves, bands' ends, bars' ends and dots.
    fn curves(&self, frame: &Frame) -> impl Iterator<Item = Point> {
        let pairs = self.series.iter().flat_map(|series| series.points.iter().chain(&series.dots).copied());
        let ends = self.series.iter().flat_map(|series| series.band.iter().chain(&series.bars));
        let pairs = pairs.chain(ends.flat_map(|&(x, low, high)| [(x, low), (x, high)]));
        pairs.filter_map(|(x, y)| frame.at(x, y)).filter(|&at| frame.rect.holds(at))
    }

    /// The reference lines, each name where it covers the least.
    fn draw_rules(&self, frame: &Frame, marks: &mut Vec<Mark>) {
        let (unit, rect) = (frame.unit, frame.rect);
        let font = Font { size: TEXT * unit, bold: false, color: GREY };
        let curves: Vec<Point> = self.curves(frame).collect();
        for rule in &self.lines {
            let Some(y) = frame.y.place(rule.y).map(|at| rect.bottom - at * rect.height()) else { continue };
            if !rect.holds((rect.left, y)) {
                continue;
            }
            for points in path::dashes(&[(rect.left, y), (rect.right, y)], 3.0 * unit, 2.0 * unit) {
                marks.push(Mark::Line { points, width: 1.5 * unit, color: GREY });
            }
            let width = font.width(&rule.label);
            let (above, below) = (y - 5.0 * unit, y + 15.0 * unit);
            let (first, last) = (rect.left + 6.0 * unit, rect.right - 6.0 * unit - width);
            let places = [(last, above), (first, above), (last, below), (first, below)];
            let boxed =
                |(x, y): Point| Rect { left: x, top: y - 13.0 * unit, right: x + width, bottom: y + 4.0 * unit };
            let covered = |at: Point| curves.iter().filter(|&&point| boxed(at).holds(point)).count();
            let inside = |at: &Point| rect.holds((at.0, boxed(*at).top)) && rect.holds((at.0, boxed(*at).bottom));
            let Some(at) = places.into_iter().filter(inside).min_by_key(|&at| covered(at)) else { continue };
            let Rect { left, top, right, bottom } = boxed(at);
            let outline = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
            marks.push(Mark::Area { outline, color: plotters::style::Color::mix(&PAPER, 0.7) });
            marks.push(Mark::Text { text: rule.label.clone(), at, font, align: Align::Left, upward: false });
        }
    }
}

fn title_font(unit: f64) -> Font {
    Font { size: 16.0 * unit, bold: true, color: INK }
}

/// What is around a frame: pixels to its left, lines of title above, pixels of legend below.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Room {
    pub left: f64,
    pub title_lines: usize,
    pub legend: f64,
}

impl Room {
    /// Enough for both: so the frames of a figure stand in line.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            title_lines: self.title_lines.max(other.title_lines),
            legend: self.legend.max(other.legend),
        }
    }
}
