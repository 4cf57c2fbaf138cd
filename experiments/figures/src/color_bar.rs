//! A colour bar: what the colours of a panel mean.

use super::canvas::{Align, Mark};
use super::colors::Shades;
use super::font::Font;
use super::frame::{LINE, font};
use super::palette::{self, GREY, NONE};
use super::path::{Point, Rect};
use super::ticks::{Tick, ticks};

/// The bar's width and the gap before it, in units.
const WIDTH: f64 = 14.0;
const GAP: f64 = 12.0;
/// A tip: there are values beyond this end.
const TIP: f64 = 9.0;

/// The pixels that an upright bar of this height takes at the right of a panel.
pub(super) fn width(shades: &Shades, label: &str, height: f64, unit: f64) -> f64 {
    let font = font(unit);
    let widest = upright_ticks(shades, height, font).iter().map(|tick| font.width(&tick.label)).fold(0.0, f64::max);
    let lines = font.wrap(label, height).len() as f64;
    (GAP + WIDTH + 7.0 + lines * LINE) * unit + widest
}

/// Right of `beside`, as high as it.
pub(super) fn draw(shades: &Shades, label: &str, beside: Rect, unit: f64, marks: &mut Vec<Mark>) {
    let font = font(unit);
    let left = beside.right + GAP * unit;
    let tip = |beyond: bool| if beyond { TIP * unit } else { 0.0 };
    let missing = if shades.missing { 1.3 * LINE * unit } else { 0.0 };
    let bar = Rect {
        left,
        top: beside.top + tip(shades.beyond.1),
        right: left + WIDTH * unit,
        bottom: (beside.bottom - tip(shades.beyond.0) - missing).max(beside.top + tip(shades.beyond.1) + unit),
    };
    let (low, high) = (shades.ruler.low, shades.ruler.high);
    let pixels = (0..256).map(|i| shades.of(high + f64::from(i) / 255.0 * (low - high)).unwrap_or([0; 3])).collect();
    marks.push(Mark::Image { pixels, columns: 1, rect: bar });
    outline(bar, unit, marks);
    for (beyond, end, y, out) in [(shades.beyond.1, high, bar.top, -1.0), (shades.beyond.0, low, bar.bottom, 1.0)] {
        if let (true, Some(color)) = (beyond, shades.of(end)) {
            let corners = vec![(bar.left, y), (bar.right, y), ((bar.left + bar.right) / 2.0, y + out * TIP * unit)];
            marks.push(Mark::Area { outline: corners.clone(), color: palette::opaque(color) });
            marks.push(line(vec![corners[0], corners[2], corners[1]], unit));
        }
    }
    let mut widest: f64 = 0.0;
    for tick in upright_ticks(shades, bar.height(), font) {
        let y = bar.bottom - tick.at * bar.height();
        marks.push(line(vec![(bar.right, y), (bar.right + 3.0 * unit, y)], unit));
        marks.push(Mark::text(&tick.label, (bar.right + 6.0 * unit, y + 0.36 * font.size), font));
        widest = widest.max(font.width(&tick.label));
    }
    if shades.missing {
        let sample = Rect { top: beside.bottom - WIDTH * unit, bottom: beside.bottom, ..bar };
        no_value(sample, unit, marks);
        marks.push(Mark::text("none", (bar.right + 6.0 * unit, beside.bottom - 2.0 * unit), font));
    }
    let mut x = bar.right + widest + 7.0 * unit;
    for text in font.wrap(label, beside.height()) {
        x += LINE * unit;
        let at = (x - 4.0 * unit, (beside.top + beside.bottom) / 2.0);
        marks.push(Mark::Text { text, at, font, align: Align::Middle, upward: true });
    }
}

/// The height of a lying bar with its ticks, in units.
pub(super) const LYING: f64 = 50.0;

/// Below a place, with its label at the right, in this width.
pub(super) fn draw_lying(shades: &Shades, label: &str, at: Point, width: f64, unit: f64, marks: &mut Vec<Mark>) {
    let font = font(unit);
    let tip = TIP * unit;
    let (left, top) = (at.0 + 2.0 * tip, at.1 + 8.0 * unit);
    let bar = Rect { left, top, right: left + (190.0 * unit).min(0.4 * width), bottom: top + WIDTH * unit };
    let (low, high) = (shades.ruler.low, shades.ruler.high);
    let pixels = (0..256).map(|i| shades.of(low + f64::from(i) / 255.0 * (high - low)).unwrap_or([0; 3])).collect();
    marks.push(Mark::Image { pixels, columns: 256, rect: bar });
    outline(bar, unit, marks);
    for (beyond, end, x, out) in [(shades.beyond.0, low, bar.left, -1.0), (shades.beyond.1, high, bar.right, 1.0)] {
        if let (true, Some(color)) = (beyond, shades.of(end)) {
            let corners = vec![(x, bar.top), (x, bar.bottom), (x + out * tip, (bar.top + bar.bottom) / 2.0)];
            marks.push(Mark::Area { outline: corners.clone(), color: palette::opaque(color) });
            marks.push(line(vec![corners[0], corners[2], corners[1]], unit));
        }
    }
    for tick in ticks(&shades.ruler, 3) {
        let x = bar.left + tick.at * bar.width();
        marks.push(line(vec![(x, bar.bottom), (x, bar.bottom + 3.0 * unit)], unit));
        let at = (x, bar.bottom + 17.0 * unit);
        marks.push(Mark::Text { text: tick.label, at, font, align: Align::Middle, upward: false });
    }
    let mut left = bar.right + 2.0 * tip;
    if shades.missing {
        let sample = Rect { left, right: left + 2.0 * WIDTH * unit, ..bar };
        no_value(sample, unit, marks);
        marks.push(Mark::text("none", (sample.right + 6.0 * unit, bar.bottom - 2.0 * unit), font));
        left = sample.right + 6.0 * unit + font.width("none") + 2.0 * tip;
    }
    // In two lines if it is long.
    let room = at.0 + width - left;
    let lines = font.wrap(label, room);
    let parts = match &lines[..] {
        [] => Vec::new(),
        [first] => vec![first.clone()],
        [first, rest @ ..] => vec![first.clone(), rest.join(" ")],
    };
    for (n, part) in parts.iter().enumerate() {
        let at = (left, bar.bottom + (18.0 * n as f64 - 2.0) * unit);
        marks.push(Mark::text(&font.shorten(part, room), at, font));
    }
}

/// How a place without a value looks: grey, and hatched if it is large enough.
pub(super) fn no_value(rect: Rect, unit: f64, marks: &mut Vec<Mark>) {
    marks.push(Mark::filled(rect, NONE));
    let (w, h) = (rect.width(), rect.height());
    let apart = 6.0 * unit;
    if w.min(h) < apart {
        return;
    }
    for i in 1..((w + h) / apart).ceil() as i32 {
        // From the left or lower edge to the upper or right one, at 45°.
        let along = f64::from(i) * apart;
        let from = (rect.left + (along - h).max(0.0), rect.top + along.min(h));
        let to = (rect.left + along.min(w), rect.top + (along - w).max(0.0));
        marks.push(line(vec![from, to], unit));
    }
}

fn upright_ticks(shades: &Shades, height: f64, font: Font) -> Vec<Tick> {
    ticks(&shades.ruler, ((height / (2.0 * font.size)) as usize).min(6))
}

fn outline(rect: Rect, unit: f64, marks: &mut Vec<Mark>) {
    let Rect { left, top, right, bottom } = rect;
    marks.push(line(vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], unit));
}

fn line(points: Vec<Point>, width: f64) -> Mark {
    Mark::Line { points, width, color: GREY }
}
