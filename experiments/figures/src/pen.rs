//! A pen: puts one mark after the other; widths of lines are in units, places in pixels.

use plotters::style::RGBAColor;

use super::canvas::{Align, Mark};
use super::clean::clean;
use super::colors::Rgb;
use super::font::Font;
use super::palette::GREY;
use super::path::{self, Point, Rect};

pub(super) struct Pen {
    /// What it has drawn.
    pub marks: Vec<Mark>,
    /// Pixels to 1/880 of the figure's width.
    pub unit: f64,
}

impl Pen {
    pub(super) fn new(unit: f64) -> Self {
        Self { marks: Vec::new(), unit }
    }

    pub(super) fn line(&mut self, points: &[Point], width: f64, color: RGBAColor) {
        self.marks.push(Mark::Line { points: points.to_vec(), width: width * self.unit, color });
    }

    /// A thin grey line, such as a tick.
    pub(super) fn hair(&mut self, points: &[Point]) {
        self.line(points, 1.0, GREY);
    }

    /// A reference line.
    pub(super) fn dashed(&mut self, from: Point, to: Point) {
        for points in path::dashes(&[from, to], 3.0 * self.unit, 2.0 * self.unit) {
            self.line(&points, 1.5, GREY);
        }
    }

    /// A thin line around a rectangle.
    pub(super) fn outline(&mut self, rect: Rect, color: RGBAColor) {
        let [a, b, c, d] = rect.corners();
        self.line(&[a, b, c, d, a], 1.0, color);
    }

    pub(super) fn area(&mut self, outline: Vec<Point>, color: RGBAColor) {
        self.marks.push(Mark::Area { outline, color });
    }

    pub(super) fn fill(&mut self, rect: Rect, color: RGBAColor) {
        self.area(rect.corners().to_vec(), color);
    }

    pub(super) fn image(&mut self, pixels: Vec<Rgb>, columns: usize, rect: Rect) {
        self.marks.push(Mark::Image { pixels, columns, rect });
    }

    /// A text that begins at a place.
    pub(super) fn write(&mut self, text: &str, at: Point, font: Font) {
        self.write_about(text, at, font, Align::Left);
    }

    pub(super) fn write_about(&mut self, text: &str, at: Point, font: Font, align: Align) {
        self.text(text, at, font, align, false);
    }

    pub(super) fn write_upward(&mut self, text: &str, at: Point, font: Font, align: Align) {
        self.text(text, at, font, align, true);
    }

    fn text(&mut self, text: &str, at: Point, font: Font, align: Align, upward: bool) {
        self.marks.push(Mark::Text { text: clean(text).into_owned(), at, font, align, upward });
    }

    /// In the middle of an empty frame.
    pub(super) fn say(&mut self, text: &str, rect: Rect) {
        self.write_about(text, rect.center(), Font::text(self.unit).colored(GREY), Align::Middle);
    }
}
