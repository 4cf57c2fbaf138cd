//! What a figure is drawn with: [`Mark`]s in pixels, put on paper by plotters as a PNG or an SVG.
//!
//! plotters places everything on whole pixels, so both papers are twice as fine as the figure: the PNG is averaged
//! down, the SVG says so in its header.

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, RGBAColor, ShapeStyle, TextStyle};

use super::colors::Rgb;
use super::error::DrawError;
use super::font::{self, Font, Run};
use super::glyphs;
use super::palette::{self, PAPER};
use super::path::{Point, Rect};
use super::png;

/// Papers are this much finer than figures.
const FINE: u32 = 2;

/// Where a text's anchor is in it. Its height is always the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
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
    /// Rows of `columns` pixels from the top, each pixel drawn as an upright rectangle of one colour, without smoothing.
    Image {
        pixels: Vec<Rgb>,
        columns: usize,
        rect: Rect,
    },
}

impl Mark {
    fn colors(&self) -> Vec<Rgb> {
        match self {
            Self::Line { color, .. } | Self::Area { color, .. } => vec![palette::rgb(*color)],
            Self::Text { font, .. } => vec![palette::rgb(font.color)],
            Self::Image { pixels, .. } => pixels.clone(),
        }
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
    // To `ab_glyph` the baseline is at half of the line's height.
    const BITMAP: Self = Self { size_per_em: font::LINE_HEIGHT, baseline: font::LINE_HEIGHT / 2.0, strokes: false };
    const VECTOR: Self = Self { size_per_em: 1.24, baseline: 0.76, strokes: true };
}

/// The marks as a PNG.
pub(super) fn png(marks: &[Mark], size: (u32, u32)) -> Result<Vec<u8>, DrawError> {
    png::encode(&pixels(marks, size)?, size, colors(marks))
}

/// Colours that a picture of these marks should keep exactly.
pub(super) fn colors(marks: &[Mark]) -> impl Iterator<Item = Rgb> {
    marks.iter().flat_map(Mark::colors)
}

/// The marks as a picture, row by row.
pub(super) fn pixels(marks: &[Mark], (width, height): (u32, u32)) -> Result<Vec<Rgb>, DrawError> {
    let fine = (width * FINE, height * FINE);
    let mut large: Vec<Rgb> = vec![[255; 3]; fine.0 as usize * fine.1 as usize];
    draw(marks, Paper::BITMAP, BitMapBackend::with_buffer(large.as_flattened_mut(), fine))?;
    let (width, height, side) = (width as usize, height as usize, FINE as usize);
    let mean = |i: usize, channel: usize| {
        let first = i / width * side * width * side + i % width * side;
        let at = |k: usize| usize::from(large[first + k / side * width * side + k % side][channel]);
        (((0..side * side).map(at).sum::<usize>() + side * side / 2) / (side * side)) as u8
    };
    Ok((0..width * height).map(|i| [0, 1, 2].map(|channel| mean(i, channel))).collect())
}

/// The marks as an SVG.
pub(super) fn svg(marks: &[Mark], (width, height): (u32, u32)) -> Result<String, DrawError> {
    let mut text = String::new();
    let backend = SVGBackend::with_string(&mut text, (width * FINE, height * FINE));
    draw(marks, Paper::VECTOR, backend)?;
    let size = |w: u32, h: u32| format!(r#"<svg width="{w}" height="{h}""#);
    Ok(text.replacen(&size(width * FINE, height * FINE), &size(width, height), 1))
}

fn draw<B: DrawingBackend>(marks: &[Mark], paper: Paper, mut backend: B) -> Result<(), DrawError> {
    let (width, height) = backend.get_size();
    backend.draw_rect((0, 0), (width as i32, height as i32), &PAPER, true).map_err(DrawError::of)?;
    marks.iter().try_for_each(|mark| draw_one(mark, paper, &mut backend))?;
    backend.present().map_err(DrawError::of)
}

fn draw_one<B: DrawingBackend>(mark: &Mark, paper: Paper, backend: &mut B) -> Result<(), DrawError> {
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
            let (width, height) = ((right - left).max(0) as usize, (bottom - top).max(0) as usize);
            let fine = resample(pixels, *columns, (width, height));
            if fine.is_empty() {
                return Ok(());
            }
            backend.blit_bitmap((left, top), (width as u32, height as u32), fine.as_flattened())
        }
        Mark::Text { text, at, font, align, upward } => {
            return draw_text(text, *at, *font, *align, *upward, paper, backend);
        }
    }
    .map_err(DrawError::of)
}

fn draw_text<B: DrawingBackend>(
    text: &str,
    at: Point,
    font: Font,
    align: Align,
    upward: bool,
    paper: Paper,
    backend: &mut B,
) -> Result<(), DrawError> {
    let fine = f64::from(FINE);
    let turn = if upward { FontTransform::Rotate270 } else { FontTransform::None };
    let em = font.size * fine;
    let style = TextStyle::from(font.describe(em * paper.size_per_em).transform(turn)).color(&font.color);
    let mut write = |text: &str, along: f64, across: HPos| {
        let (x, y, along, back) = (at.0 * fine, at.1 * fine, along * fine, em * paper.baseline);
        let top = if upward { (x - back, y - along) } else { (x + along, y - back) };
        let style = style.clone().pos(Pos::new(across, VPos::Top));
        let top = (top.0.round() as i32, top.1.round() as i32);
        backend.draw_text(text, &style, top).map_err(DrawError::of)
    };
    let (across, begin) = match align {
        Align::Left => (HPos::Left, 0.0),
        Align::Middle => (HPos::Center, -0.5),
        Align::Right => (HPos::Right, -1.0),
    };
    if paper.strokes || font.knows(text) {
        return write(text, 0.0, across);
    }
    // Piece by piece, each from its left end.
    let mut along = font.width(text) * begin;
    let mut glyphs = Vec::new();
    for run in &font.runs(text) {
        match run {
            Run::Known(text) => write(text, along, HPos::Left)?,
            Run::Missing(letter) => {
                let place = |(x, y): Point| {
                    let (x, y) = (along + x * font.size, y * font.size);
                    if upward { (at.0 + y, at.1 - x) } else { (at.0 + x, at.1 + y) }
                };
                glyphs.extend(glyphs::areas(*letter, font.bold).into_iter().map(|area| area.map(place)));
            }
        }
        along += font.width_of(run);
    }
    let mut fill = |area: &[Point; 4]| backend.fill_polygon(area.iter().map(pixel), &font.color);
    glyphs.iter().try_for_each(|area| fill(area).map_err(DrawError::of))
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

    #[test]
    fn an_image_grows_by_the_nearest_pixel_and_shrinks_to_means() {
        let (a, b, c, d) = ([0; 3], [100; 3], [200; 3], [255, 0, 0]);
        assert_eq!(resample(&[a, b, c, d], 2, (4, 2)), [a, a, b, b, c, c, d, d]);
        assert_eq!(resample(&[a, b, c, c], 4, (2, 1)), [[50; 3], c]);
        assert_eq!(resample(&[a, b, c], 3, (5, 1)), [a, a, b, b, c]);
        assert!(resample(&[], 0, (5, 1)).is_empty() && resample(&[a], 1, (0, 9)).is_empty());
    }
}
