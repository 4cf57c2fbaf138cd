//! A frame: where a panel's data goes, with grid, ticks and axis labels around it.

use super::axis::Ruler;
use super::canvas::Align;
use super::font::{Font, LINE};
use super::palette::{GREY, GRID};
use super::path::{Point, Rect};
use super::pen::Pen;
use super::ticks::{Tick, along, labels, ticks};

/// The data area of a panel and its two rulers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub rect: Rect,
    pub x: Ruler,
    pub y: Ruler,
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
        (self.rect.left + x * self.rect.width(), self.height(y))
    }

    /// The height of a place on the vertical ruler.
    pub(super) fn height(&self, y: f64) -> f64 {
        self.rect.bottom - y * self.rect.height()
    }

    /// The lines of an error bar between two heights. Nothing, if the frame does not show it; the first is the upright one
    /// from the top. A cap says "it ends here": there is none where the frame cuts the bar.
    pub(super) fn error_bar(&self, x: f64, (low, high): (f64, f64), cap: f64) -> Vec<[Point; 2]> {
        let (top, bottom) = (high.max(self.rect.top), low.min(self.rect.bottom));
        if top > bottom {
            return Vec::new();
        }
        let ends = [(high, top), (low, bottom)].into_iter().filter(|(end, y)| (end - y).abs() < 0.5);
        let caps = ends.map(|(_, y)| [(x - cap, y), (x + cap, y)]);
        std::iter::once([(x, top), (x, bottom)]).chain(caps).collect()
    }

    /// Grid, outline, ticks and axis labels; for bars, which have names of their own below them, no horizontal ticks.
    pub(super) fn draw(&self, is_named: bool, axes: Labels, pen: &mut Pen) {
        let (rect, unit, font) = (self.rect, pen.unit, Font::text(pen.unit));
        let across = if is_named { Vec::new() } else { x_ticks(&self.x, rect.width(), font) };
        let upward = along(&self.y, rect.height(), 8, font);
        for tick in across {
            let x = rect.left + tick.at * rect.width();
            pen.line(&[(x, rect.top), (x, rect.bottom)], 1.0, GRID);
            pen.hair(&[(x, rect.bottom), (x, rect.bottom + 4.0 * unit)]);
            pen.write_about(&tick.label, (x, rect.bottom + 19.0 * unit), font, Align::Middle);
        }
        for tick in &upward {
            let y = self.height(tick.at);
            pen.line(&[(rect.left, y), (rect.right, y)], 1.0, GRID);
            pen.hair(&[(rect.left - 4.0 * unit, y), (rect.left, y)]);
            // A digit is 0.73 em high.
            pen.write_about(&tick.label, (rect.left - 7.0 * unit, y + 0.36 * font.size), font, Align::Right);
        }
        let [a, b, c, d] = rect.corners();
        for edge in [[a, b], [b, c], [c, d], [d, a]] {
            pen.line(&edge, 1.0, GREY);
        }
        axes.draw_x(rect, rect.bottom + (19.0 + LINE) * unit, pen);
        axes.draw_y(rect, rect.left - font.widest(labels(&upward)) - 16.0 * unit, pen);
    }
}

/// The labels of a frame's axes; an empty one takes no room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'a> {
    pub x: &'a str,
    pub y: &'a str,
}

impl Labels<'_> {
    /// Below the middle of a frame, at this height.
    pub(super) fn draw_x(self, rect: Rect, y: f64, pen: &mut Pen) {
        pen.write_about(self.x, (rect.center().0, y), Font::text(pen.unit), Align::Middle);
    }

    /// Beside the middle of a frame, in lines of which the last stands at `x`.
    pub(super) fn draw_y(self, rect: Rect, mut x: f64, pen: &mut Pen) {
        let font = Font::text(pen.unit);
        for line in font.wrap(self.y, rect.height()).iter().rev() {
            pen.write_upward(line, (x, rect.center().1), font, Align::Middle);
            x -= LINE * pen.unit;
        }
    }

    /// The lines of the label beside a frame of this height.
    pub(super) fn lines(self, height: f64, unit: f64) -> f64 {
        Font::text(unit).wrap(self.y, height).len() as f64
    }

    /// The pixels that ticks and label need below a frame.
    pub(super) fn below(self, unit: f64) -> f64 {
        (26.0 + if self.x.is_empty() { 0.0 } else { LINE }) * unit
    }

    /// The pixels that ticks and label need at the left of a frame of this height.
    pub(super) fn left(self, y: &Ruler, height: f64, unit: f64) -> f64 {
        let font = Font::text(unit);
        font.widest(labels(&along(y, height, 8, font))) + (12.0 + self.lines(height, unit) * LINE) * unit
    }
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
