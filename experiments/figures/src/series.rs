//! A series: one label, one look, and what is drawn in it.

use super::canvas::disc;
use super::frame::Frame;
use super::palette;
use super::path::{self, Point, Rect};
use super::pen::Pen;
use plotters::style::{Color, RGBAColor};

/// How a curve is stroked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stroke {
    /// Without gaps, and with the colour's marker here and there: for what was measured.
    #[default]
    Solid,
    /// Dashes: for what was predicted.
    Dashed,
    /// Dots: for another prediction.
    Dotted,
}

/// A curve with its band, error bars and dots; each may be empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the legend; series of one name and look share an entry, and one without a name has none.
    pub label: String,
    /// Its colour and marker: an index into the palette, sixteen of which look different.
    pub color: usize,
    /// How its curve is stroked.
    pub stroke: Stroke,
    /// The curve's width.
    pub width: u32,
    /// The curve, in the order it is drawn; a point without a place on the axes breaks it.
    pub points: Vec<(f64, f64)>,
    /// (x, low, high), drawn as a translucent area; an end without a place (zero on a logarithmic axis) leaves the frame.
    pub band: Vec<(f64, f64, f64)>,
    /// (x, low, high), drawn as error bars.
    pub bars: Vec<(f64, f64, f64)>,
    /// Single results, drawn as small translucent discs.
    pub dots: Vec<(f64, f64)>,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            label: String::new(),
            color: 0,
            stroke: Stroke::Solid,
            width: 2,
            points: Vec::new(),
            band: Vec::new(),
            bars: Vec::new(),
            dots: Vec::new(),
        }
    }
}

impl Series {
    /// All points, dots, and ends of the band and of the error bars.
    pub(super) fn places(&self) -> impl Iterator<Item = (f64, f64)> {
        let ends = self.band.iter().chain(&self.bars).flat_map(|&(x, low, high)| [(x, low), (x, high)]);
        self.points.iter().chain(&self.dots).copied().chain(ends)
    }

    /// Whether it consists of separate results rather than of a curve.
    pub(super) fn is_spotty(&self) -> bool {
        !self.bars.is_empty() || !self.dots.is_empty()
    }

    /// Whether it is a prediction.
    pub(super) fn is_predicted(&self) -> bool {
        self.stroke != Stroke::Solid
    }

    /// Predictions are darker, to be seen on top of what they predict.
    fn rgb(&self) -> RGBAColor {
        let color = palette::color(self.color);
        if self.is_predicted() { palette::darker(color) } else { color }
    }

    /// The band: drawn before all curves.
    pub(super) fn draw_band(&self, frame: &Frame, pen: &mut Pen) {
        let ends = self.band.iter().map(|&(x, low, high)| Some((frame.end(x, low)?, frame.end(x, high)?)));
        let (mut low, mut high) = (Vec::new(), Vec::new());
        for end in ends.chain([None]) {
            if let Some((l, h)) = end {
                low.push(l);
                high.push(h);
                continue;
            }
            let mut outline = path::thin(&low, 0.3);
            outline.extend(path::thin(&high, 0.3).into_iter().rev());
            let area = path::area_inside(&outline, frame.rect);
            if area.len() > 2 {
                pen.area(area, self.rgb().mix(0.16));
            }
            (low, high) = (Vec::new(), Vec::new());
        }
    }

    /// Error bars, dots, the curve and its markers, all `shift` pixels to the right: series whose results are at the
    /// same places stand side by side.
    pub(super) fn draw(&self, frame: &Frame, shift: f64, pen: &mut Pen) {
        let unit = pen.unit;
        let moved = |(x, y): Point| (x + shift, y);
        let visible = |point: &(f64, f64)| frame.at(point.0, point.1).filter(|&p| frame.rect.holds(p)).map(moved);

        for &(x, low, high) in &self.bars {
            let (Some(low), Some(high)) = (frame.end(x, low), frame.end(x, high)) else { continue };
            let (x, beside) = (moved(low).0, 20.0 * unit);
            if x < frame.rect.left - beside || x > frame.rect.right + beside {
                continue;
            }
            for line in frame.error_bar(x, (low.1, high.1), 2.5 * unit) {
                pen.line(&line, 1.3, self.rgb());
            }
        }
        for at in self.dots.iter().filter_map(visible) {
            pen.area(disc(at, 2.2 * unit), self.rgb().mix(0.5));
        }
        // The curve is cut first and moved then: that it may reach over the frame by the shift is better than a gap.
        for piece in path::inside(self.points.iter().map(|&(x, y)| frame.at(x, y)), frame.rect) {
            let piece: Vec<Point> = piece.into_iter().map(moved).collect();
            if let [only] = piece[..] {
                pen.area(disc(only, unit * f64::from(self.width)), self.rgb());
            }
            self.draw_line(&path::thin(&piece, 0.15), pen);
        }
        if self.stroke == Stroke::Solid {
            self.draw_markers(&self.points.iter().filter_map(visible).collect::<Vec<_>>(), pen);
        }
    }

    /// The line of a legend entry, from the left to the right end.
    pub(super) fn draw_sample(&self, left: Point, right: Point, pen: &mut Pen) {
        let middle = ((left.0 + right.0) / 2.0, left.1);
        if !self.band.is_empty() {
            let half = 6.0 * pen.unit;
            let band = Rect { left: left.0, top: left.1 - half, right: right.0, bottom: left.1 + half };
            pen.fill(band, self.rgb().mix(0.16));
        }
        let only_spots = self.points.is_empty() && self.is_spotty();
        if !only_spots {
            self.draw_line(&[left, right], pen);
        }
        if self.stroke == Stroke::Solid && !self.points.is_empty() {
            self.draw_marker(middle, pen);
        } else if only_spots {
            pen.area(disc(middle, 3.0 * pen.unit), self.rgb());
        }
    }

    fn draw_line(&self, points: &[Point], pen: &mut Pen) {
        let (unit, width) = (pen.unit, f64::from(self.width));
        let parts = match self.stroke {
            Stroke::Solid => vec![points.to_vec()],
            Stroke::Dashed => path::dashes(points, 7.0 * unit, 4.0 * unit),
            Stroke::Dotted => path::dashes(points, (unit * width).max(unit), 3.5 * unit),
        };
        for points in parts.iter().filter(|points| points.len() > 1) {
            pen.line(points, width, self.rgb());
        }
    }

    /// At every point of a short curve; along a long one at distances, staggered by colour so that curves on top of each
    /// other show all their markers.
    fn draw_markers(&self, points: &[Point], pen: &mut Pen) {
        if points.len() <= 12 {
            points.iter().for_each(|&at| self.draw_marker(at, pen));
            return;
        }
        let apart = 64.0 * pen.unit;
        let mut left = apart * (0.25 + 0.125 * (self.color % 8) as f64);
        let mut chosen = Vec::new();
        for pair in points.windows(2) {
            left -= (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
            if left <= 0.0 {
                chosen.push(pair[1]);
                left = apart;
            }
        }
        if chosen.is_empty() {
            chosen.push(points[points.len() / 2]);
        }
        chosen.into_iter().for_each(|at| self.draw_marker(at, pen));
    }

    fn draw_marker(&self, (x, y): Point, pen: &mut Pen) {
        for (radius, color) in [(5.3 * pen.unit, palette::PAPER), (4.0 * pen.unit, self.rgb())] {
            let corners = palette::shape(self.color).into_iter();
            pen.area(corners.map(|(dx, dy)| (x + radius * dx, y + radius * dy)).collect(), color);
        }
    }
}
