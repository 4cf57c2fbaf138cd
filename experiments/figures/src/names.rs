//! Names at the slots of a heat map or of bars: side by side, smaller, upright, or only every second or fifth of them.

use super::canvas::Align;
use super::font::{Font, LINE, TEXT};
use super::frame::Labels;
use super::path::Rect;
use super::pen::Pen;

/// Text sizes in the order they are tried, in units.
const SIZES: [f64; 4] = [TEXT, 13.0, 11.0, 9.5];
/// An upright name is not longer than this, a name at the left not than that part of the panel; in units.
const LONGEST: f64 = 130.0;
const PART: f64 = 0.3;
/// From the edge to the names, in units.
const GAP: f64 = 6.0;

/// How names stand below slots.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Names {
    font: Font,
    /// Every how many slots a name stands.
    every: usize,
    upright: bool,
    /// Each in this number of lines, if it lies.
    lines: usize,
    /// In pixels, with the gap.
    height: f64,
}

/// Names for slots of this width; none is longer than `room` below them.
fn below(names: &[String], slot: f64, unit: f64) -> Names {
    let sized = |size: f64| Font::sized(size, unit);
    let lying = |size: f64, every, lines: usize| Names {
        font: sized(size),
        every,
        upright: false,
        lines,
        height: if names.is_empty() { 0.0 } else { (GAP + size * (1.0 + 1.2 * (lines - 1) as f64) + 3.0) * unit },
    };
    if let Some(&size) = SIZES.iter().find(|&&size| side_by_side(names, slot, sized(size), 1)) {
        return lying(size, 1, 1);
    }
    for (size, lines) in [(TEXT, 2), (13.0, 2), (13.0, 3)] {
        if wrapped(names, slot, sized(size)).is_some_and(|most| most <= lines) {
            return lying(size, 1, lines);
        }
    }
    let widest = |font: Font| font.widest(names.iter().map(|name| visible(name)));
    let upright = |size: f64, every| {
        let font = sized(size);
        Names { font, every, upright: true, lines: 1, height: widest(font).min(LONGEST * unit) + (GAP + 4.0) * unit }
    };
    let last = SIZES[SIZES.len() - 1];
    let turned = widest(sized(TEXT)) > 1.5 * TEXT * unit;
    if turned && let Some(&size) = SIZES.iter().find(|&&size| slot >= 1.15 * size * unit) {
        return upright(size, 1);
    }
    let every = steps().find(|&every| side_by_side(names, slot, sized(TEXT), every)).unwrap_or(usize::MAX);
    // Words are worth being upright if three times as many of them can stand.
    let upright_every = steps().find(|&every| slot * every as f64 >= 1.15 * last * unit).unwrap_or(usize::MAX);
    if turned && upright_every.saturating_mul(3) <= every {
        upright(last, upright_every)
    } else {
        lying(TEXT, every, 1)
    }
}

impl Names {
    /// Below the slots that divide the rectangle's width.
    fn draw(&self, names: &[String], rect: Rect, pen: &mut Pen) {
        let unit = pen.unit;
        let slot = rect.width() / names.len() as f64;
        for (i, name) in names.iter().enumerate().step_by(self.every) {
            let x = rect.left + (i as f64 + 0.5) * slot;
            pen.hair(&[(x, rect.bottom), (x, rect.bottom + 3.0 * unit)]);
            let top = rect.bottom + GAP * unit;
            if self.upright {
                let text = self.font.shorten(&visible(name), self.height - GAP * unit);
                // Capitals are 0.73 em high: half of it lies to each side of the middle.
                pen.write_upward(&text, (x + 0.36 * self.font.size, top), self.font, Align::Right);
                continue;
            }
            let room = 0.94 * slot;
            let lines = if self.lines > 1 { self.font.wrap(&visible(name), room) } else { vec![visible(name)] };
            for (n, text) in lines.iter().enumerate() {
                let y = top + 0.8 * self.font.size + 1.2 * n as f64 * self.font.size;
                pen.write_about(text, (x, y), self.font, Align::Middle);
            }
        }
    }
}

/// The pixels that these names take below slots of this width, with the label of the axis below them.
pub(super) fn height_with(label: &str, names: &[String], slot: f64, unit: f64) -> f64 {
    below(names, slot, unit).height + if label.is_empty() { 4.0 * unit } else { (LINE + 4.0) * unit }
}

/// Names below the slots that divide the rectangle's width, and the label of the axis below them.
pub(super) fn draw_below(names: &[String], rect: Rect, labels: Labels, pen: &mut Pen) {
    let below = below(names, rect.width() / names.len().max(1) as f64, pen.unit);
    below.draw(names, rect, pen);
    labels.draw_x(rect, rect.bottom + below.height + 16.0 * pen.unit, pen);
}

/// The pixels that names at the left of slots take, in a panel of this width.
pub(super) fn left_width(names: &[String], slot: f64, width: f64, unit: f64) -> f64 {
    let (font, every) = at_left(names.len(), slot, unit);
    let widest = font.widest(names.iter().step_by(every).map(|name| visible(name)));
    if names.is_empty() { 0.0 } else { widest.min(PART * width) + GAP * unit }
}

/// Left of the slots that divide the rectangle's height, the first on top; `width` as [`left_width`] gave it.
pub(super) fn draw_left(names: &[String], rect: Rect, width: f64, pen: &mut Pen) {
    let unit = pen.unit;
    let slot = rect.height() / names.len() as f64;
    let (font, every) = at_left(names.len(), slot, unit);
    for (i, name) in names.iter().enumerate().step_by(every) {
        let y = rect.top + (i as f64 + 0.5) * slot;
        pen.hair(&[(rect.left - 3.0 * unit, y), (rect.left, y)]);
        let text = font.shorten(&visible(name), width - GAP * unit + 0.5);
        pen.write_about(&text, (rect.left - GAP * unit, y + 0.36 * font.size), font, Align::Right);
    }
}

fn at_left(count: usize, slot: f64, unit: f64) -> (Font, usize) {
    let size = SIZES.iter().find(|&&size| slot >= 1.1 * size * unit);
    let font = Font::sized(*size.unwrap_or(&TEXT), unit);
    let every = steps().find(|&every| every >= count || slot * every as f64 >= 1.1 * font.size);
    (font, every.unwrap_or(usize::MAX))
}

/// Whether every name that is not left out stands beside the next with a gap.
fn side_by_side(names: &[String], slot: f64, font: Font, every: usize) -> bool {
    let widths: Vec<f64> = names.iter().step_by(every).map(|name| font.width(&visible(name))).collect();
    // Letters may stand closer than words; but not if some are left out, or they read as words.
    let letters = widths.iter().all(|&width| width < 1.2 * font.size);
    let gap = if every > 1 {
        1.5
    } else if letters {
        0.12
    } else {
        0.6
    } * font.size;
    // A name may be wider than its slot, but not by so much that it leaves the figure.
    widths.windows(2).all(|pair| (pair[0] + pair[1]) / 2.0 + gap <= slot * every as f64)
        && widths.iter().all(|&width| width <= slot + 3.0 * font.size)
}

/// The most lines that a name takes in its slot, `None` if a word is too long for it.
fn wrapped(names: &[String], slot: f64, font: Font) -> Option<usize> {
    let room = 0.94 * slot;
    if names.iter().flat_map(|name| name.split_whitespace()).any(|word| font.width(word) > room) {
        return None;
    }
    names.iter().map(|name| font.wrap(&visible(name), room).len()).max()
}

/// 1, 2, 5, 10...
fn steps() -> impl Iterator<Item = usize> {
    (0..9).flat_map(|e| [1, 2, 5].map(|m| m * 10usize.pow(e)))
}

/// Whether nothing is seen of a character, which says how those beside it are drawn.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// A name that is white space alone, in signs; one that is joiners alone, such as a part of an emoji, by its code points.
pub(super) fn visible(name: &str) -> String {
    if !name.is_empty() && name.chars().all(is_joiner) {
        return name.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect::<Vec<_>>().join(" ");
    }
    let sign = |c: char| match c {
        '\n' => '↵',
        '\t' => '⇥',
        _ => '␣',
    };
    let blank = !name.is_empty() && name.chars().all(char::is_whitespace);
    if blank { name.chars().map(sign).collect() } else { name.replace(['\n', '\t'], " ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(count: usize, name: &str) -> Vec<String> {
        vec![name.into(); count]
    }

    #[test]
    fn names_lie_where_they_fit_and_stand_where_not() {
        assert!(!below(&named(5, "word"), 60.0, 1.0).upright);
        let stood = below(&named(20, "translation"), 30.0, 1.0);
        let words = below(&named(5, "row by row MNIST"), 90.0, 1.0);
        assert!(!words.upright && words.lines == 2 && words.height > 30.0);
        assert!(stood.upright && stood.every == 1 && stood.height > 50.0);
        let letters = below(&named(60, "e"), 12.0, 1.0);
        assert!(!letters.upright && letters.every == 1);
    }

    #[test]
    fn too_many_names_are_thinned_and_never_overlap() {
        for (count, slot) in [(500, 1.4), (1000, 0.7), (100, 7.0), (1, 700.0), (2, 1e-9)] {
            for name in ["e", "word", "a very long name that nobody would write in a figure"] {
                let names = named(count, name);
                let found = below(&names, slot, 1.0);
                let taken = if found.upright { found.font.size } else { found.font.width(name) };
                assert!(count <= found.every || taken <= slot * found.every as f64, "{count} {name} {found:?}");
                assert!(found.height <= (LONGEST + GAP + 4.0), "{found:?}");
            }
        }
    }

    #[test]
    fn long_names_at_the_left_leave_room_for_the_panel() {
        assert!(left_width(&named(3, &"long ".repeat(99)), 30.0, 400.0, 1.0) <= 130.0);
        assert!(left_width(&[], 30.0, 400.0, 1.0) == 0.0);
    }

    #[test]
    fn white_space_is_seen() {
        assert_eq!([" ", "\n", "a b", ""].map(visible), ["␣", "↵", "a b", ""]);
        assert_eq!(["\u{200d}", "👨\u{200d}👩"].map(visible), ["U+200D", "👨\u{200d}👩"]);
    }
}
