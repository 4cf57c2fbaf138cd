//! A colour bar: what the colours of a panel mean.

use super::canvas::Align;
use super::colors::{Rgb, Shades};
use super::font::{Font, LINE};
use super::palette::{self, GREY, NONE};
use super::path::{Point, Rect};
use super::pen::Pen;
use super::ticks::{along, labels, ticks};

/// The bar's width and the gap before it, in units.
const WIDTH: f64 = 14.0;
const GAP: f64 = 12.0;
/// A tip: there are values beyond this end.
const TIP: f64 = 9.0;

/// At an upright bar there are no more ticks than this.
const TICKS: usize = 6;

/// The pixels that an upright bar of this height takes at the right of a panel.
pub(super) fn width(shades: &Shades, label: &str, height: f64, unit: f64) -> f64 {
    let font = Font::text(unit);
    let widest = font.widest(labels(&along(&shades.ruler, height, TICKS, font)));
    let lines = font.wrap(label, height).len() as f64;
    (GAP + WIDTH + 7.0 + lines * LINE) * unit + widest
}

/// Right of `beside`, as high as it.
pub(super) fn draw(shades: &Shades, label: &str, beside: Rect, pen: &mut Pen) {
    let (unit, font) = (pen.unit, Font::text(pen.unit));
    let left = beside.right + GAP * unit;
    let tip = |beyond: bool| if beyond { TIP * unit } else { 0.0 };
    let missing = if shades.missing { 1.3 * LINE * unit } else { 0.0 };
    let top = beside.top + tip(shades.beyond.1);
    let bottom = (beside.bottom - tip(shades.beyond.0) - missing).max(top + unit);
    let bar = Rect { left, top, right: left + WIDTH * unit, bottom };
    let (low, high) = (shades.ruler.low, shades.ruler.high);
    pen.image(ramp(shades, high, low), 1, bar);
    pen.outline(bar, GREY);
    let middle = bar.center().0;
    if shades.beyond.1 {
        draw_tip(shades.of(high), [(bar.left, bar.top), (bar.right, bar.top), (middle, bar.top - TIP * unit)], pen);
    }
    if shades.beyond.0 {
        let y = bar.bottom;
        draw_tip(shades.of(low), [(bar.left, y), (bar.right, y), (middle, y + TIP * unit)], pen);
    }
    let ticks = along(&shades.ruler, bar.height(), TICKS, font);
    for tick in &ticks {
        let y = bar.bottom - tick.at * bar.height();
        pen.hair(&[(bar.right, y), (bar.right + 3.0 * unit, y)]);
        pen.write(&tick.label, (bar.right + 6.0 * unit, y + 0.36 * font.size), font);
    }
    if shades.missing {
        draw_none(Rect { top: beside.bottom - WIDTH * unit, bottom: beside.bottom, ..bar }, pen);
    }
    let mut x = bar.right + font.widest(labels(&ticks)) + 7.0 * unit;
    for text in font.wrap(label, beside.height()) {
        x += LINE * unit;
        pen.write_upward(&text, (x - 4.0 * unit, beside.center().1), font, Align::Middle);
    }
}

/// The height of a lying bar with its ticks, in units.
pub(super) const LYING: f64 = 50.0;

/// Below a place, with its label at the right, in this width.
pub(super) fn draw_lying(shades: &Shades, label: &str, at: Point, width: f64, pen: &mut Pen) {
    let (unit, font) = (pen.unit, Font::text(pen.unit));
    let tip = TIP * unit;
    let (left, top) = (at.0 + 2.0 * tip, at.1 + 8.0 * unit);
    let bar = Rect { left, top, right: left + (190.0 * unit).min(0.4 * width), bottom: top + WIDTH * unit };
    let (low, high) = (shades.ruler.low, shades.ruler.high);
    let pixels = ramp(shades, low, high);
    pen.image(pixels, STEPS, bar);
    pen.outline(bar, GREY);
    let middle = bar.center().1;
    if shades.beyond.0 {
        draw_tip(shades.of(low), [(bar.left, bar.top), (bar.left, bar.bottom), (bar.left - tip, middle)], pen);
    }
    if shades.beyond.1 {
        draw_tip(shades.of(high), [(bar.right, bar.top), (bar.right, bar.bottom), (bar.right + tip, middle)], pen);
    }
    for tick in ticks(&shades.ruler, 3) {
        let x = bar.left + tick.at * bar.width();
        pen.hair(&[(x, bar.bottom), (x, bar.bottom + 3.0 * unit)]);
        pen.write_about(&tick.label, (x, bar.bottom + 17.0 * unit), font, Align::Middle);
    }
    let mut left = bar.right + 2.0 * tip;
    if shades.missing {
        left = draw_none(Rect { left, right: left + 2.0 * WIDTH * unit, ..bar }, pen) + 2.0 * tip;
    }
    // In two lines if it is long.
    let room = at.0 + width - left;
    let mut lines = font.wrap(label, room);
    let rest = lines.split_off(lines.len().min(1)).join(" ");
    lines.extend((!rest.is_empty()).then_some(rest));
    for (n, line) in lines.iter().enumerate() {
        let at = (left, bar.bottom + (18.0 * n as f64 - 2.0) * unit);
        pen.write(&font.shorten(line, room), at, font);
    }
}

/// The colours of a bar.
const STEPS: usize = 256;

fn ramp(shades: &Shades, from: f64, to: f64) -> Vec<Rgb> {
    let value = |i: usize| from + i as f64 / (STEPS - 1) as f64 * (to - from);
    (0..STEPS).map(|i| shades.of(value(i)).unwrap_or([0; 3])).collect()
}

/// From one corner of a bar's end to the other by way of the tip.
fn draw_tip(color: Option<Rgb>, corners: [Point; 3], pen: &mut Pen) {
    let Some(color) = color else { return };
    pen.area(corners.to_vec(), palette::opaque(color));
    pen.hair(&[corners[0], corners[2], corners[1]]);
}

/// What a place without a value looks like; returns the right end of its name.
fn draw_none(sample: Rect, pen: &mut Pen) -> f64 {
    let (unit, font) = (pen.unit, Font::text(pen.unit));
    no_value(sample, pen);
    pen.write("none", (sample.right + 6.0 * unit, sample.bottom - 2.0 * unit), font);
    sample.right + 6.0 * unit + font.width("none")
}

/// How a place without a value looks: grey, and hatched if it is large enough.
pub(super) fn no_value(rect: Rect, pen: &mut Pen) {
    pen.fill(rect, NONE);
    let (w, h) = (rect.width(), rect.height());
    let apart = 6.0 * pen.unit;
    if w.min(h) < apart {
        return;
    }
    for i in 1..((w + h) / apart).ceil() as i32 {
        // From the left or lower edge to the upper or right one, at 45°.
        let along = f64::from(i) * apart;
        let from = (rect.left + (along - h).max(0.0), rect.top + along.min(h));
        let to = (rect.left + along.min(w), rect.top + (along - w).max(0.0));
        pen.hair(&[from, to]);
    }
}
