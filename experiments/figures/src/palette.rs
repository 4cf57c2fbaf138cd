//! The colours and the marker shapes that tell series apart, also for colour-blind readers.

use super::colors::{Rgb, lightness};
use plotters::style::{Color, RGBAColor, RGBColor};

/// Okabe and Ito 2008 ("Color Universal Design"), in an order that keeps neighbours apart; their yellow, invisible on
/// white, is a wine red here.
const COLORS: [(u8, u8, u8); 8] = [
    (0x00, 0x72, 0xB2), // blue
    (0xD5, 0x5E, 0x00), // vermilion
    (0x00, 0x9E, 0x73), // bluish green
    (0xCC, 0x79, 0xA7), // reddish purple
    (0xE6, 0x9F, 0x00), // orange
    (0x56, 0xB4, 0xE9), // sky blue
    (0x00, 0x00, 0x00), // black
    (0x88, 0x22, 0x55), // wine
];

/// Text, frame, grid: from dark to light.
pub(super) const INK: RGBAColor = RGBAColor(0x22, 0x22, 0x22, 1.0);
pub(super) const GREY: RGBAColor = RGBAColor(0x66, 0x66, 0x66, 1.0);
pub(super) const GRID: RGBAColor = RGBAColor(0xE6, 0xE6, 0xE6, 1.0);
/// Where there is no value.
pub(super) const NONE: RGBAColor = RGBAColor(0xC4, 0xC4, 0xC4, 1.0);
pub(super) const PAPER: RGBAColor = RGBAColor(0xFF, 0xFF, 0xFF, 1.0);

/// The colour of this index; after the eighth they begin again (with other shapes).
pub(super) fn color(index: usize) -> RGBAColor {
    let (r, g, b) = COLORS[index % COLORS.len()];
    RGBColor(r, g, b).to_rgba()
}

/// As the canvas takes it, and as it stands in a file.
pub(super) fn opaque([r, g, b]: Rgb) -> RGBAColor {
    RGBAColor(r, g, b, 1.0)
}
pub(super) fn rgb(RGBAColor(r, g, b, _): RGBAColor) -> Rgb {
    [r, g, b]
}

/// What is readable on this colour.
pub(super) fn ink_on(ground: Rgb) -> RGBAColor {
    if lightness(ground) < 55.0 { PAPER } else { INK }
}

/// The same colour, half way to black.
pub(super) fn darker(RGBAColor(r, g, b, alpha): RGBAColor) -> RGBAColor {
    RGBAColor(r / 2, g / 2, b / 2, alpha)
}

/// The corners of the marker of this index, about the origin, one unit in "radius"; each colour has its own.
pub(super) fn shape(index: usize) -> Vec<(f64, f64)> {
    // (a regular polygon's corners, its turn in degrees): disc, square, triangles, diamond, pentagon...
    let regular = |corners: usize, turn: f64, size: f64| -> Vec<(f64, f64)> {
        let angle = |i: usize| (turn + 360.0 * i as f64 / corners as f64).to_radians();
        (0..corners).map(|i| (size * angle(i).cos(), size * angle(i).sin())).collect()
    };
    let star = |points: usize, turn: f64, inner: f64| -> Vec<(f64, f64)> {
        let (outer, inner) = (regular(points, turn, 1.35), regular(points, turn + 180.0 / points as f64, inner));
        outer.into_iter().zip(inner).flat_map(|(o, i)| [o, i]).collect()
    };
    // The second eight have the same shapes in another order, so that no look repeats before the seventeenth.
    match (index + 3 * (index / COLORS.len())) % COLORS.len() {
        0 => regular(20, 0.0, 1.0),
        1 => regular(4, 45.0, 1.2),
        2 => regular(3, -90.0, 1.4),
        3 => regular(4, 0.0, 1.35),
        4 => regular(3, 90.0, 1.4),
        5 => star(4, 0.0, 0.5),
        6 => star(4, 45.0, 0.5),
        _ => star(5, -90.0, 0.6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, as in WCAG 2.
    fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
        let linear = |c: u8| (f64::from(c) / 255.0).powf(2.2);
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    #[test]
    fn every_colour_is_visible_on_white() {
        for color in COLORS {
            assert!(1.05 / (luminance(color) + 0.05) > 2.0, "{color:?}");
        }
    }

    #[test]
    fn sixteen_looks_differ() {
        for i in 0..16 {
            for j in 0..i {
                assert!(color(i) != color(j) || shape(i) != shape(j), "{i} {j}");
            }
        }
    }
}
