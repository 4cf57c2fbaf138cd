//! What a figure is drawn with: [`Mark`]s in pixels, put on paper by plotters as a PNG or an SVG.
//!
//! plotters places everything on whole pixels, so both papers are twice as fine as the figure: the PNG is averaged
//! down, the SVG says so in its header.

use std::sync::Once;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, ShapeStyle, TextStyle, register_font,
};

use super::colors::Rgb;
use super::palette::PAPER;
use super::path::{Point, Rect};
use super::png;

/// Papers are this much finer than figures.
const FINE: u32 = 2;

/// In an SVG, the viewer's first of these; in a PNG the `dejavu` crate's under this name.
const FONT: &str = "DejaVu Sans, Verdana, sans-serif";

/// Where a text's anchor is in it. Its height is always the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Font {
    /// Pixels per em.
    pub size: f64,
    pub bold: bool,
    pub color: RGBAColor,
}

/// One thing on the paper.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    Line {
        points: Vec<Point>,
        width: f64,
        color: RGBAColor,
    },
    Area {
        outline: Vec<Point>,
        color: RGBAColor,
    },
    Text {
        text: String,
        at: Point,
        font: Font,
        align: Align,
        upward: bool,
    },
    /// Rows of so many pixels from the top, each drawn as an upright rectangle of one colour, without smoothing.
    Image {
        pixels: Vec<Rgb>,
        columns: usize,
        rect: Rect,
    },
}

impl Mark {
    /// A text that begins at a place.
    pub(super) fn text(text: &str, at: Point, font: Font) -> Self {
        Self::Text { text: text.into(), at, font, align: Align::Left, upward: false }
    }

    /// A rectangle of one colour.
    pub(super) fn filled(Rect { left, top, right, bottom }: Rect, color: RGBAColor) -> Self {
        Self::Area { outline: vec![(left, top), (right, top), (right, bottom), (left, bottom)], color }
    }

    /// Colours that a picture has to keep exactly.
    fn colors(&self) -> Vec<Rgb> {
        let (r, g, b) = match self {
            Self::Line { color, .. } | Self::Area { color, .. } => color.rgb(),
            Self::Text { font, .. } => font.color.rgb(),
            Self::Image { pixels, .. } => return pixels.clone(),
        };
        vec![[r, g, b]]
    }
}

impl Font {
    /// The width of a text in pixels.
    pub(super) fn width(self, text: &str) -> f64 {
        // Measured large, for plotters rounds to whole pixels.
        let large = self.describe(100.0 * Paper::BITMAP.size_per_em);
        large.layout_box(text).map_or(0.0, |((left, _), (right, _))| f64::from(right - left) / 100.0 * self.size)
    }

    /// The text if it fits into `width`, else its beginning and an ellipsis.
    pub(super) fn shorten(self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.into();
        }
        let mut kept: Vec<char> = text.chars().collect();
        loop {
            let short: String = kept.iter().chain(&['…']).collect();
            if kept.pop().is_none() || self.width(&short) <= width {
                return short;
            }
        }
    }

    /// The text in lines that fit into `width`, broken between words.
    pub(super) fn wrap(self, text: &str, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.into()),
            }
        }
        lines
    }

    fn describe(self, size: f64) -> FontDesc<'static> {
        // Once, before the first text; plotters finds no other font, for we build it without system fonts.
        static FONTS: Once = Once::new();
        FONTS.call_once(|| {
            for (style, bytes) in
                [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())]
            {
                assert!(register_font(FONT, style, bytes).is_ok(), "the dejavu crate holds a font");
            }
        });
        let style = if self.bold { FontStyle::Bold } else { FontStyle::Normal };
        FontDesc::new(FontFamily::Name(FONT), size, style)
    }
}

/// What the two backends do differently.
#[derive(Clone, Copy)]
struct Paper {
    /// plotters' font size that gives one pixel per em.
    size_per_em: f64,
    /// From a text's "top" to its baseline, in em.
    baseline: f64,
    /// Whether lines are stroked by the viewer. If not, piece by piece here: plotters' own wide lines have spikes.
    strokes: bool,
}

impl Paper {
    // A font's size is its line height to `ab_glyph`: (1901 + 483) / 2048 em in DejaVu Sans. The baseline is at half of it.
    const BITMAP: Self = Self { size_per_em: 2384.0 / 2048.0, baseline: 1192.0 / 2048.0, strokes: false };
    const VECTOR: Self = Self { size_per_em: 1.24, baseline: 0.76, strokes: true };
}

/// The marks as a PNG.
pub(super) fn png(marks: &[Mark], (width, height): (u32, u32)) -> Result<Vec<u8>, String> {
    let (w, h) = (width as usize, height as usize);
    let fine = FINE as usize;
    let mut large = vec![255; 3 * w * fine * h * fine];
    {
        let mut backend = BitMapBackend::with_buffer(&mut large, (width * FINE, height * FINE));
        draw(marks, Paper::BITMAP, &mut backend)?;
        backend.present().map_err(|e| e.to_string())?;
    }
    let mean = |x: usize, y: usize, channel: usize| {
        let at = |dx: usize, dy: usize| large[3 * ((y * fine + dy) * w * fine + x * fine + dx) + channel];
        let sum: usize = (0..fine * fine).map(|k| usize::from(at(k % fine, k / fine))).sum();
        ((sum + fine * fine / 2) / (fine * fine)) as u8
    };
    let pixels: Vec<[u8; 3]> = (0..w * h).map(|i| [0, 1, 2].map(|channel| mean(i % w, i / w, channel))).collect();
    png::encode(&pixels, (width, height), marks.iter().flat_map(Mark::colors))
}

/// The marks as an SVG.
pub(super) fn svg(marks: &[Mark], (width, height): (u32, u32)) -> Result<String, String> {
    let mut text = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut text, (width * FINE, height * FINE));
        draw(marks, Paper::VECTOR, &mut backend)?;
        backend.present().map_err(|e| e.to_string())?;
    }
    let size = |w: u32, h: u32| format!(r#"<svg width="{w}" height="{h}""#);
    Ok(text.replacen(&size(width * FINE, height * FINE), &size(width, height), 1))
}

fn draw<B: DrawingBackend>(marks: &[Mark], paper: Paper, backend: &mut B) -> Result<(), String> {
    let (width, height) = backend.get_size();
    backend.draw_rect((0, 0), (width as i32, height as i32), &PAPER, true).map_err(|e| e.to_string())?;
    for mark in marks {
        match mark {
            Mark::Line { points, width, color } if paper.strokes => {
                let width = (width * f64::from(FINE)).round().max(1.0) as u32;
                let style = ShapeStyle { color: *color, filled: false, stroke_width: width };
                backend.draw_path(points.iter().map(pixel), &style)
            }
            Mark::Line { points, width, color } => {
                stroke(points, *width).iter().try_for_each(|part| backend.fill_polygon(part.iter().map(pixel), color))
            }
            Mark::Area { outline, color } => backend.fill_polygon(outline.iter().map(pixel), color),
            Mark::Image { pixels, columns, rect } => {
                let (left, top) = pixel(&(rect.left, rect.top));
                let (right, bottom) = pixel(&(rect.right, rect.bottom));
                let size = ((right - left).max(0) as usize, (bottom - top).max(0) as usize);
                let fine = resample(pixels, *columns, size);
                if fine.is_empty() {
                    continue;
                }
                backend.blit_bitmap((left, top), (size.0 as u32, size.1 as u32), fine.as_flattened())
            }
            Mark::Text { text, at, font, align, upward } => {
                let em = font.size * f64::from(FINE);
                let turn = if *upward { FontTransform::Rotate270 } else { FontTransform::None };
                let across = match align {
                    Align::Left => HPos::Left,
                    Align::Middle => HPos::Center,
                    Align::Right => HPos::Right,
                };
                let style = TextStyle::from(font.describe(em * paper.size_per_em).transform(turn))
                    .color(&font.color)
                    .pos(Pos::new(across, VPos::Top));
                let (x, y) = (at.0 * f64::from(FINE), at.1 * f64::from(FINE));
                let back = em * paper.baseline;
                let top = if *upward { (x - back, y) } else { (x, y - back) };
                backend.draw_text(text, &style, (top.0.round() as i32, top.1.round() as i32))
            }
        }
        .map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// To the paper's grid.
fn pixel(point: &Point) -> (i32, i32) {
    let fine = f64::from(FINE);
    debug_assert!(point.0.is_finite() && point.1.is_finite(), "a cast would draw {point:?} at zero");
    ((point.0 * fine).round() as i32, (point.1 * fine).round() as i32)
}

/// An image of another size: the nearest pixel where it grows, the mean of pixels where it shrinks.
fn resample(pixels: &[Rgb], columns: usize, (width, height): (usize, usize)) -> Vec<Rgb> {
    if columns == 0 || pixels.len() < columns {
        return Vec::new();
    }
    let rows = pixels.len() / columns;
    let part = |i: usize, of: usize, into: usize| {
        let from = i * of / into;
        from..((i + 1) * of / into).max(from + 1)
    };
    let mean = |x: usize, y: usize| {
        let (xs, ys) = (part(x, columns, width), part(y, rows, height));
        let count = xs.len() * ys.len();
        [0, 1, 2].map(|channel| {
            let of_row =
                |y: usize| xs.clone().map(move |x| usize::from(pixels[y * columns + x][channel])).sum::<usize>();
            ((ys.clone().map(of_row).sum::<usize>() + count / 2) / count) as u8
        })
    };
    (0..width * height).map(|i| mean(i % width, i / width)).collect()
}

/// A wide line as areas: a bar for each segment, a disc for each joint.
fn stroke(points: &[Point], width: f64) -> Vec<Vec<Point>> {
    let half = width / 2.0;
    let bars = points.windows(2).filter_map(|pair| {
        let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
        let length = (bx - ax).hypot(by - ay);
        let (nx, ny) = (half * (by - ay) / length, half * (ax - bx) / length);
        let bar = vec![(ax + nx, ay + ny), (bx + nx, by + ny), (bx - nx, by - ny), (ax - nx, ay - ny)];
        (length > 0.0).then_some(bar)
    });
    let joints = points.iter().skip(1).rev().skip(1).map(|&at| disc(at, half));
    bars.chain(joints).collect()
}

/// A disc's outline.
pub(super) fn disc((x, y): Point, radius: f64) -> Vec<Point> {
    let corner = |i: u32| f64::from(i) * std::f64::consts::TAU / 16.0;
    (0..16).map(|i| (x + radius * corner(i).cos(), y + radius * corner(i).sin())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::palette::INK;

    const FONT: Font = Font { size: 10.0, bold: false, color: INK };

    #[test]
    fn texts_are_measured_and_wrapped() {
        assert!(FONT.width("mm") > 1.9 * FONT.width("m"));
        let lines = FONT.wrap("one two three four", FONT.width("three four"));
        assert_eq!(lines, ["one two", "three four"]);
        assert!(FONT.wrap("", 10.0).is_empty());
    }

    #[test]
    fn long_texts_are_shortened() {
        assert_eq!(FONT.shorten("word", 100.0), "word");
        let short = FONT.shorten("a very long name", 50.0);
        assert!(short.ends_with('…') && short.starts_with("a ve") && FONT.width(&short) <= 50.0, "{short}");
        assert_eq!(FONT.shorten("word", 0.0), "…");
    }

    #[test]
    fn an_image_grows_by_the_nearest_pixel_and_shrinks_to_means() {
        let (a, b, c, d) = ([0; 3], [100; 3], [200; 3], [255, 0, 0]);
        assert_eq!(resample(&[a, b, c, d], 2, (4, 2)), [a, a, b, b, c, c, d, d]);
        assert_eq!(resample(&[a, b, c, c], 4, (2, 1)), [[50; 3], c]);
        assert_eq!(resample(&[a, b, c], 3, (5, 1)), [a, a, b, b, c]);
        assert!(resample(&[], 0, (5, 1)).is_empty() && resample(&[a], 1, (0, 9)).is_empty());
    }

    #[test]
    fn the_font_has_the_signs_of_mathematics() {
        let missing = FONT.width("\u{10FFFD}");
        for sign in ["⁻", "⁰", "¹", "‖", "∂", "∇", "σ", "→", "≤", "×"] {
            assert!((FONT.width(sign) - missing).abs() > 1e-9, "{sign}");
        }
    }
}
