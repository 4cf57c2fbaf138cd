//! A frame: where a panel's data goes, with grid, ticks and axis labels around it.

use super::axis::Ruler;
use super::canvas::{Align, Mark};
use super::font::Font;
use super::palette::{GREY, GRID, INK};
use super::path::{Point, Rect};
use super::ticks::{Tick, ticks};

/// Text sizes, in units.
pub(super) const TEXT: f64 = 15.0;
/// From one line of text to the next, in units.
pub(super) const LINE: f64 = 20.0;

/// The font of ticks, names and labels.
pub(super) fn font(unit: f64) -> Font {
    Font { size: TEXT * unit, bold: false, color: INK }
}

/// The data area of a panel and its two rulers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub rect: Rect,
    pub x: Ruler,
    pub y: Ruler,
    /// Pixels to 1/880 of the figure's width.
    pub unit: f64,
}

impl Frame {
    /// Where a point stands, perhaps outside of the frame; `None` if it has no place.
    pub(super) fn at(&self, x: f64, y: f64) -> Option<Point> {
        Some(self.pixel(self.x.place(x)?, self.y.place(y)?))
    }

    /// As [`at`](Self::at), for the end of an interval in y.
    pub(super) fn end(&self, x: f64, y: f64) -> Option<Point> {
        Some(self.pixel(self.x.place(x)?, self.y.place_end(y)?))
    }

    fn pixel(&self, x: f64, y: f64) -> Point {
        (self.rect.left + x * self.rect.width(), self.rect.bottom - y * self.rect.height())
    }

    /// Grid, outline, ticks and axis labels.
    pub(super) fn draw(&self, labels: Labels, marks: &mut Vec<Mark>) {
        self.draw_with(&x_ticks(&self.x, self.rect.width(), font(self.unit)), labels, marks);
    }

    /// As [`draw`](Self::draw), with ticks of one's own on the horizontal axis.
    pub(super) fn draw_with(&self, across: &[Tick], labels: Labels, marks: &mut Vec<Mark>) {
        let Self { rect, unit, .. } = *self;
        let font = font(unit);
        let line = |from: Point, to: Point, color| Mark::Line { points: vec![from, to], width: unit, color };
        let text = |text: &str, at: Point, align, upward| Mark::Text { text: text.into(), at, font, align, upward };

        let along = y_ticks(&self.y, rect.height(), font);
        for tick in across {
            let x = rect.left + tick.at * rect.width();
            marks.push(line((x, rect.top), (x, rect.bottom), GRID));
            marks.push(line((x, rect.bottom), (x, rect.bottom + 4.0 * unit), GREY));
            marks.push(text(&tick.label, (x, rect.bottom + 19.0 * unit), Align::Middle, false));
        }
        for tick in &along {
            let y = rect.bottom - tick.at * rect.height();
            marks.push(line((rect.left, y), (rect.right, y), GRID));
            marks.push(line((rect.left - 4.0 * unit, y), (rect.left, y), GREY));
            // A digit is 0.73 em high.
            let at = (rect.left - 7.0 * unit, y + 0.36 * font.size);
            marks.push(text(&tick.label, at, Align::Right, false));
        }
        let corners =
            [(rect.left, rect.top), (rect.right, rect.top), (rect.right, rect.bottom), (rect.left, rect.bottom)];
        for i in 0..4 {
            marks.push(line(corners[i], corners[(i + 1) % 4], GREY));
        }
        let (mid_x, mid_y) = ((rect.left + rect.right) / 2.0, (rect.top + rect.bottom) / 2.0);
        marks.push(text(labels.x, (mid_x, rect.bottom + (19.0 + LINE) * unit), Align::Middle, false));
        let mut x = rect.left - widest(&along, font) - 16.0 * unit;
        for line in font.wrap(labels.y, rect.height()).iter().rev() {
            marks.push(text(line, (x, mid_y), Align::Middle, true));
            x -= LINE * unit;
        }
    }
}

/// The labels of a frame's axes; an empty one takes no room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'a> {
    pub x: &'a str,
    pub y: &'a str,
}

/// The pixels that ticks and label need below a frame.
pub(super) fn below(labels: Labels, unit: f64) -> f64 {
    (26.0 + if labels.x.is_empty() { 0.0 } else { LINE }) * unit
}

/// The pixels that ticks and label need at the left of a frame of this height.
pub(super) fn left(labels: Labels, y: &Ruler, height: f64, unit: f64) -> f64 {
    let font = font(unit);
    let lines = font.wrap(labels.y, height).len() as f64;
    widest(&y_ticks(y, height, font), font) + (12.0 + lines * LINE) * unit
}

/// As many ticks as stand side by side with a gap.
fn x_ticks(x: &Ruler, width: f64, font: Font) -> Vec<Tick> {
    let fits = |ticks: &Vec<Tick>| {
        ticks.windows(2).all(|pair| {
            let taken = (font.width(&pair[0].label) + font.width(&pair[1].label)) / 2.0 + 0.7 * font.size;
            (pair[1].at - pair[0].at) * width >= taken
        })
    };
    (2..=10).rev().map(|most| ticks(x, most)).find(fits).unwrap_or_default()
}

fn y_ticks(y: &Ruler, height: f64, font: Font) -> Vec<Tick> {
    ticks(y, ((height / (2.0 * font.size)) as usize).min(8))
}

fn widest(ticks: &[Tick], font: Font) -> f64 {
    ticks.iter().map(|tick| font.width(&tick.label)).fold(0.0, f64::max)
}
