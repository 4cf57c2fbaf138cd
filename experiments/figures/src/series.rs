//! A series: one label, one look, and what is drawn in it.

use super::canvas::{Mark, disc};
use super::frame::Frame;
use super::palette;
use super::path::{self, Point};
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
    /// Its name in the legend; series of one name and look share an entry.
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
    /// Whether the legend names it.
    pub in_legend: bool,
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
            in_legend: true,
        }
    }
}

impl Series {
    /// All x values.
    pub(super) fn xs(&self) -> impl Iterator<Item = f64> {
        let pairs = self.points.iter().chain(&self.dots).map(|p| p.0);
        pairs.chain(self.band.iter().chain(&self.bars).map(|p| p.0))
    }

    /// All y values.
    pub(super) fn ys(&self) -> impl Iterator<Item = f64> {
        let pairs = self.points.iter().chain(&self.dots).map(|p| p.1);
        pairs.chain(self.band.iter().chain(&self.bars).flat_map(|p| [p.1, p.2]))
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
    pub(super) fn draw_band(&self, frame: &Frame, marks: &mut Vec<Mark>) {
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
                marks.push(Mark::Area { outline: area, color: self.rgb().mix(0.16) });
            }
            (low, high) = (Vec::new(), Vec::new());
        }
    }

    /// Error bars, dots, the curve and its markers, all `shift` pixels to the right: series whose results are at the
    /// same places stand side by side.
    pub(super) fn draw(&self, frame: &Frame, shift: f64, marks: &mut Vec<Mark>) {
        let unit = frame.unit;
        let moved = |(x, y): Point| (x + shift, y);
        let visible = |point: &(f64, f64)| frame.at(point.0, point.1).filter(|&p| frame.rect.holds(p)).map(moved);

        for &(x, low, high) in &self.bars {
            let (Some(low), Some(high)) = (frame.end(x, low), frame.end(x, high)) else { continue };
            self.draw_bar(moved(low), moved(high), frame, marks);
        }
        for at in self.dots.iter().filter_map(visible) {
            marks.push(Mark::Area { outline: disc(at, 2.2 * unit), color: self.rgb().mix(0.5) });
        }
        // The curve is cut first and moved then: that it may reach over the frame by the shift is better than a gap.
        for piece in path::inside(self.points.iter().map(|&(x, y)| frame.at(x, y)), frame.rect) {
            let piece: Vec<Point> = piece.into_iter().map(moved).collect();
            if let [only] = piece[..] {
                marks.push(Mark::Area { outline: disc(only, unit * f64::from(self.width)), color: self.rgb() });
            }
            self.draw_line(&path::thin(&piece, 0.15), unit, marks);
        }
        if self.stroke == Stroke::Solid {
            self.draw_markers(self.points.iter().map(visible), frame, marks);
        }
    }

    /// The line of a legend entry, from the left to the right end.
    pub(super) fn draw_sample(&self, left: Point, right: Point, unit: f64, marks: &mut Vec<Mark>) {
        let middle = ((left.0 + right.0) / 2.0, left.1);
        if !self.band.is_empty() {
            let (top, bottom) = (left.1 - 6.0 * unit, left.1 + 6.0 * unit);
            let outline = vec![(left.0, top), (right.0, top), (right.0, bottom), (left.0, bottom)];
            marks.push(Mark::Area { outline, color: self.rgb().mix(0.16) });
        }
        if !self.points.is_empty() || !self.is_spotty() {
            self.draw_line(&[left, right], unit, marks);
        }
        if self.stroke == Stroke::Solid && !self.points.is_empty() {
            self.draw_marker(middle, unit, marks);
        } else if self.points.is_empty() && self.is_spotty() {
            marks.push(Mark::Area { outline: disc(middle, 3.0 * unit), color: self.rgb() });
        }
    }

    fn draw_line(&self, points: &[Point], unit: f64, marks: &mut Vec<Mark>) {
        let (width, color) = (unit * f64::from(self.width), self.rgb());
        let parts = match self.stroke {
            Stroke::Solid => vec![points.to_vec()],
            Stroke::Dashed => path::dashes(points, 7.0 * unit, 4.0 * unit),
            Stroke::Dotted => path::dashes(points, width.max(unit), 3.5 * unit),
        };
        let parts = parts.into_iter().filter(|points| points.len() > 1);
        marks.extend(parts.map(|points| Mark::Line { points, width, color }));
    }

    fn draw_bar(&self, low: Point, high: Point, frame: &Frame, marks: &mut Vec<Mark>) {
        let (unit, color, width) = (frame.unit, self.rgb(), 1.3 * frame.unit);
        let (x, top, bottom) = (low.0, high.1.max(frame.rect.top), low.1.min(frame.rect.bottom));
        if top > bottom || x < frame.rect.left - 20.0 * unit || x > frame.rect.right + 20.0 * unit {
            return;
        }
        marks.push(Mark::Line { points: vec![(x, top), (x, bottom)], width, color });
        // A cap says "it ends here": none where the frame cuts the bar.
        for (end, y) in [(high.1, top), (low.1, bottom)] {
            if (end - y).abs() < 0.5 {
                marks.push(Mark::Line { points: vec![(x - 2.5 * unit, y), (x + 2.5 * unit, y)], width, color });
            }
        }
    }

    /// At every point of a short curve; along a long one at distances, staggered by colour so that curves on top of each
    /// other show all their markers.
    fn draw_markers(&self, points: impl Iterator<Item = Option<Point>>, frame: &Frame, marks: &mut Vec<Mark>) {
        let points: Vec<Point> = points.flatten().collect();
        if points.len() <= 12 {
            points.iter().for_each(|&at| self.draw_marker(at, frame.unit, marks));
            return;
        }
        let apart = 64.0 * frame.unit;
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
        chosen.into_iter().for_each(|at| self.draw_marker(at, frame.unit, marks));
    }

    fn draw_marker(&self, (x, y): Point, unit: f64, marks: &mut Vec<Mark>) {
        let shape = |radius: f64| -> Vec<Point> {
            let corners = palette::shape(self.color).into_iter();
            corners.map(|(dx, dy)| (x + radius * unit * dx, y + radius * unit * dy)).collect()
        };
        marks.push(Mark::Area { outline: shape(5.3), color: palette::PAPER });
        marks.push(Mark::Area { outline: shape(4.0), color: self.rgb() });
    }
}
