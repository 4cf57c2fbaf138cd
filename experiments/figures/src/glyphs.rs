//! Glyphs for letters that DejaVu lacks: GNU Unifont's, 16 dots per em; and for those that Unifont lacks, too, a box with
//! the code point.
//!
//! They are for PNGs and GIFs. An SVG's viewer has fonts of its own.

use unifont::{Glyph, get_glyph};

use super::path::{Point, Rect};

/// Dots per em, and of these the ones above the baseline.
const DOTS: f64 = 16.0;
const ASCENT: f64 = 14.0;

/// A box's width, its edges above and below the baseline, and the thickness of its line, in em.
const BOX: f64 = 1.25;
const TOP: f64 = -0.92;
const BOTTOM: f64 = 0.22;
const LINE: f64 = 0.06;
/// A code point's digits in a box: their size in relation to Unifont's, and how many stand in each of two lines.
const SMALL: f64 = 0.66;
const IN_LINE: usize = 3;

/// From left to right, in em.
pub(super) fn width(letter: char) -> f64 {
    get_glyph(letter).map_or(BOX, |glyph| glyph.get_width() as f64 / DOTS)
}

/// What is inked, in em from the left end of the baseline, y downwards.
pub(super) fn areas(letter: char, bold: bool) -> Vec<[Point; 4]> {
    match get_glyph(letter) {
        Some(glyph) => dots(glyph, (0.0, -ASCENT / DOTS), 1.0, if bold { 0.5 } else { 0.0 }),
        None => code_point(letter),
    }
}

/// The dots of a glyph whose upper left corner is at a place, row by row; each `more` dots wider.
fn dots(glyph: &Glyph, at: Point, scale: f64, more: f64) -> Vec<[Point; 4]> {
    let dot = scale / DOTS;
    let mut areas = Vec::new();
    for y in 0..16 {
        let row: Vec<bool> = (0..glyph.get_width()).map(|x| glyph.get_pixel(x, y)).collect();
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] {
                let (left, right) = (at.0 + x as f64 * dot, at.0 + ((x + run.len()) as f64 + more) * dot);
                areas.push(area(left, at.1 + y as f64 * dot, right, at.1 + (y + 1) as f64 * dot));
            }
            x += run.len();
        }
    }
    areas
}

/// A box with the digits of the code point in two lines.
fn code_point(letter: char) -> Vec<[Point; 4]> {
    let (left, right) = (0.06, BOX - 0.06);
    let mut areas = vec![
        area(left, TOP, right, TOP + LINE),
        area(left, BOTTOM - LINE, right, BOTTOM),
        area(left, TOP, left + LINE, BOTTOM),
        area(right - LINE, TOP, right, BOTTOM),
    ];
    let digits: Vec<char> = format!("{:06X}", u32::from(letter)).chars().collect();
    // A digit's ink is 7 of 8 dots wide, and in rows 4 to 13 of its 16.
    let (wide, high) = (8.0 * SMALL / DOTS, 10.0 * SMALL / DOTS);
    let start = ((BOX - (wide * IN_LINE as f64 - SMALL / DOTS)) / 2.0, (TOP + BOTTOM) / 2.0 - high - 0.03);
    for (i, &digit) in digits.iter().enumerate() {
        let (column, line) = ((i % IN_LINE) as f64, (i / IN_LINE) as f64);
        let at = (start.0 + column * wide, start.1 + line * (high + 0.06) - 4.0 * SMALL / DOTS);
        areas.extend(get_glyph(digit).into_iter().flat_map(|glyph| dots(glyph, at, SMALL, 0.0)));
    }
    areas
}

fn area(left: f64, top: f64, right: f64, bottom: f64) -> [Point; 4] {
    Rect { left, top, right, bottom }.corners()
}

#[cfg(test)]
#[path = "glyphs_tests.rs"]
mod tests;
