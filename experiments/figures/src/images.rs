//! Small images in a grid, a caption under each; every pixel is a square of its own.
//!
//! ```
//! use figures::{Figure, Image, Images, Panel};
//! use nalgebra::DMatrix;
//!
//! let ramp = DMatrix::from_fn(28, 28, |y, x| (x + y) as f64 / 54.0);
//! let images = Images { images: vec![(Image::grey(&ramp, 0.0, 1.0), "true 7\nsays 1".into())], columns: 0 };
//! let panel = Panel { content: images.into(), ..Panel::default() };
//! let figure = Figure { title: "One error".into(), panels: vec![panel], ..Figure::default() };
//! let svg = figure.svg()?;
//! # assert!(svg.starts_with("<svg"));
//! # Ok::<(), figures::DrawError>(())
//! ```

use nalgebra::DMatrix;

use super::canvas::Align;
use super::colors::Rgb;
use super::font::{Font, LINE};
use super::palette::{self, GREY, GRID};
use super::path::{Point, Rect};
use super::pen::Pen;

/// A contact sheet: row by row, all at one scale, a whole number of the PNG's pixels for each of the images' if there is
/// room for that. If there is not, images are shrunk to means, and a line says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Images {
    /// Each with its caption; a `\n` begins a new line.
    pub images: Vec<(Image, String)>,
    /// Side by side; 0 chooses so that the images are large.
    pub columns: usize,
}

/// A picture of pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    width: usize,
    /// Row by row from the top.
    pixels: Vec<Rgb>,
    /// Which of [`ODD`] occur.
    odd: [bool; 3],
}

/// What is no grey, its colour, and its name.
const ODD: [(Rgb, &str); 3] = [
    ([0xD5, 0x5E, 0x00], "no value"),
    ([0x00, 0x72, 0xB2], "below the range"),
    ([0xE6, 0x9F, 0x00], "above the range"),
];

/// Between images, the size of captions, and from line to line of these, in units.
const GAP: f64 = 12.0;
const CAPTION: f64 = 12.0;
const LEAD: f64 = 16.0;
/// Wider captions are wrapped rather than that there be fewer columns, in units.
const WRAPPED: f64 = 110.0;
/// No image is shrunk below this, in units.
const SMALLEST: f64 = 10.0;

impl Image {
    /// A matrix in greys: `black` and `white` are the values of these. What is beyond them, and NaN, has a colour of its
    /// own that a line below the sheet explains.
    pub fn grey(values: &DMatrix<f64>, black: f64, white: f64) -> Self {
        let mut odd = [false; 3];
        let mut color = |value: f64| {
            let at = (value - black) / (white - black);
            match [at.is_nan(), at < 0.0, at > 1.0].iter().position(|&found| found) {
                Some(kind) => {
                    odd[kind] = true;
                    ODD[kind].0
                }
                None => [(255.0 * at).round() as u8; 3],
            }
        };
        let pixels = values.transpose().iter().map(|&value| color(value)).collect();
        Self { width: values.ncols(), pixels, odd }
    }

    /// Pixels in red, green and blue, row by row from the top.
    ///
    /// # Panics
    /// If they are no whole rows of this width.
    #[track_caller]
    pub fn rgb(width: usize, pixels: Vec<[u8; 3]>) -> Self {
        let rest = pixels.len().checked_rem(width).unwrap_or(pixels.len());
        assert!(rest == 0, "image: {} pixels are no whole rows of {width}", pixels.len());
        Self { width, pixels, odd: [false; 3] }
    }

    fn height(&self) -> usize {
        self.pixels.len().checked_div(self.width).unwrap_or(0)
    }
}

impl Images {
    pub(super) fn draw(&self, rect: Rect, pen: &mut Pen) {
        let unit = pen.unit;
        if self.images.is_empty() {
            return pen.say("no images", rect);
        }
        let count = self.images.len();
        let most = |of: fn(&Image) -> usize| self.images.iter().map(|(image, _)| of(image)).max().unwrap_or(0).max(1);
        let (widest, highest) = (most(|image| image.width) as f64, most(Image::height) as f64);
        let room = Rect { bottom: rect.bottom - LINE * unit, ..rect };
        // Without the gap at its right.
        let cell = |columns: usize| (room.width() + GAP * unit) / columns as f64 - GAP * unit;
        let scale = |columns: usize, lines: usize| {
            let rows = count.div_ceil(columns) as f64;
            (cell(columns) / widest).min((room.height() / rows - under(lines, unit)) / highest)
        };
        // As many columns as there is room for captions; of these, those that give the largest images.
        let limit = |least: f64| (((room.width() + GAP * unit) / (least + GAP * unit)) as usize).clamp(1, count);
        let caption = self.caption_width(unit);
        let lines = self.images.iter().map(|(_, caption)| caption.lines().count()).max().unwrap_or(0);
        let best = (1..=limit(caption.clamp(SMALLEST * unit, WRAPPED * unit)))
            .max_by(|&a, &b| scale(a, lines).total_cmp(&scale(b, lines)).then(b.cmp(&a)));
        let columns = if self.columns > 0 { self.columns } else { best.unwrap_or(1) }.min(limit(SMALLEST * unit));
        let of_caption = |caption: &String| lines_of(caption, cell(columns), unit).len();
        let lines = self.images.iter().map(|(_, caption)| of_caption(caption)).max().unwrap_or(0);
        let found = scale(columns, lines);
        let smallest = (SMALLEST * unit / widest.max(highest)).min(1.0);
        let scale = if found >= 1.0 { found.floor() } else { found.max(smallest) };
        // Cells as close as the captions allow: a sheet of few images does not fall apart.
        let width = cell(columns).min((widest * scale).max(caption));
        let height = highest * scale;
        let shown = count.min(columns * ((room.height() / (height + under(lines, unit))) as usize).max(1));
        for (i, (image, caption)) in self.images[..shown].iter().enumerate() {
            let left = rect.left + (i % columns) as f64 * (width + GAP * unit);
            let top = rect.top + (i / columns) as f64 * (height + under(lines, unit));
            let at = ((left + (width - image.width as f64 * scale) / 2.0).round(), top.round());
            draw_one(image, at, scale, pen);
            for (n, text) in lines_of(caption, width, unit).into_iter().enumerate() {
                let at = (left + width / 2.0, top + height + (LEAD * (n as f64 + 1.0) - 2.0) * unit);
                pen.write_about(&text, at, caption_font(unit), Align::Middle);
            }
        }
        let mut notes = Vec::new();
        if shown < count {
            notes.push((None, format!("{} more: the figure is too small for them", count - shown)));
        }
        if scale < 1.0 {
            notes.push((None, "shrunk: a pixel is the mean of several".into()));
        }
        let occurs = |kind: usize| self.images[..shown].iter().any(|(image, _)| image.odd[kind]);
        notes.extend((0..ODD.len()).filter(|&kind| occurs(kind)).map(|kind| (Some(ODD[kind].0), ODD[kind].1.into())));
        draw_notes(&notes, (rect.left, rect.bottom - 3.0 * unit), pen);
    }

    fn caption_width(&self, unit: f64) -> f64 {
        caption_font(unit).widest(self.images.iter().flat_map(|(_, caption)| caption.lines()))
    }
}

fn draw_one(image: &Image, (left, top): Point, scale: f64, pen: &mut Pen) {
    let (right, bottom) = (left + image.width as f64 * scale, top + image.height() as f64 * scale);
    // An edge outside of the image, for white ones on white paper.
    let edge = 0.5 * pen.unit;
    let ring = Rect { left: left - edge, top: top - edge, right: right + edge, bottom: bottom + edge };
    pen.fill(ring, GRID);
    pen.image(image.pixels.clone(), image.width, Rect { left, top, right, bottom });
}

/// In a line, each behind a sample of its colour.
fn draw_notes(notes: &[(Option<Rgb>, String)], (mut left, baseline): Point, pen: &mut Pen) {
    let (unit, font) = (pen.unit, Font::text(pen.unit).colored(GREY));
    for (color, note) in notes {
        if let Some(color) = color {
            let rect = Rect { left, top: baseline - 11.0 * unit, right: left + 12.0 * unit, bottom: baseline + unit };
            pen.fill(rect, palette::opaque(*color));
            left = rect.right + 6.0 * unit;
        }
        pen.write(note, (left, baseline), font);
        left += font.width(note) + 18.0 * unit;
    }
}

/// What captions of `lines` lines take below an image.
fn under(lines: usize, unit: f64) -> f64 {
    (LEAD * lines as f64 + 4.0 + 0.5 * GAP) * unit
}

/// A caption in at most three lines.
fn lines_of(caption: &str, width: f64, unit: f64) -> Vec<String> {
    let font = caption_font(unit);
    let wrapped: Vec<String> = caption.lines().flat_map(|line| font.wrap(line, width + 0.01)).collect();
    let mut lines: Vec<String> = wrapped.iter().take(3).map(|line| font.shorten(line, width + 0.01)).collect();
    if wrapped.len() > 3 {
        lines[2] = font.shorten(&format!("{} …", wrapped[2]), width);
    }
    lines
}

fn caption_font(unit: f64) -> Font {
    Font::sized(CAPTION, unit)
}

#[cfg(test)]
#[path = "images_tests.rs"]
mod tests;
