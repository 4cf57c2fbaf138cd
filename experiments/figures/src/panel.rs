//! A panel: two axes and the series on them.

use super::axis::{Axis, Ruler};
use super::bars::Bars;
use super::canvas::{Align, Mark};
use super::content::Content;
use super::font::Font;
use super::frame::{self, Frame, Labels, TEXT};
use super::layout::Place;
use super::palette::{GREY, PAPER};
use super::path::{self, Point, Rect};
use super::series::Series;

/// One plot of a figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// What it shows; best as a statement.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Drawn in this order, all bands beneath all curves.
    pub series: Vec<Series>,
    /// Reference values, such as chance.
    pub lines: Vec<RuleLine>,
    /// Reference places on the horizontal axis, such as the end of what was trained.
    pub posts: Vec<Post>,
    /// What is shown in place of series and posts.
    pub content: Content,
}

/// A thin upright line at one place, with its name at its left foot.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// The place.
    pub x: f64,
    /// Its name.
    pub label: String,
}

/// A thin line across a panel at one height, with its name on it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleLine {
    /// The height.
    pub y: f64,
    /// Its name.
    pub label: String,
}

impl Panel {
    /// Panics at the caller's line if its parts do not belong together.
    #[track_caller]
    pub(super) fn check(&self) {
        let alone = self.series.is_empty() && self.posts.is_empty();
        let lines = match self.content {
            Content::Curves => return,
            Content::Bars(_) => true,
            _ => self.lines.is_empty(),
        };
        assert!(alone && lines, "panel `{}`: give curves, their lines and posts a panel of their own", self.title);
        self.content.check();
    }

    /// The pixels that its labels take at the left of its frame of this height, in a panel of this width.
    pub(super) fn left(&self, labels: Labels, height: f64, width: f64, unit: f64) -> f64 {
        match &self.content {
            Content::Curves | Content::Bars(_) => frame::left(labels, &self.y_ruler(), height, unit),
            Content::HeatMap(map) => map.left(labels, height, width, unit),
            Content::Words(words) => words.left(width, unit),
            Content::Images(_) => 0.0,
        }
    }

    /// The pixels at the right of its frame.
    pub(super) fn right(&self, height: f64, unit: f64) -> f64 {
        match &self.content {
            Content::HeatMap(map) => map.right(height, unit),
            _ => 0.0,
        }
    }

    /// The pixels below its frame of this width.
    pub(super) fn below(&self, labels: Labels, width: f64, unit: f64) -> f64 {
        match &self.content {
            Content::Curves => frame::below(labels, unit),
            Content::HeatMap(map) => map.below(labels, width, unit),
            Content::Bars(bars) => bars.below(labels, width, unit),
            Content::Words(words) => words.below(unit),
            Content::Images(_) => 0.0,
        }
    }

    /// Draws all that is in and around its frame.
    pub(super) fn draw(&self, place: &Place, unit: f64, marks: &mut Vec<Mark>) {
        let Place { rect, labels, width, .. } = *place;
        match &self.content {
            Content::Curves => self.draw_curves(rect, labels, unit, marks),
            Content::HeatMap(map) => map.draw(rect, labels, width, unit, marks),
            Content::Bars(bars) => self.draw_bars(bars, rect, labels, unit, marks),
            Content::Words(words) => words.draw(rect, width, unit, marks),
            Content::Images(images) => images.draw(rect, unit, marks),
        }
    }

    fn draw_bars(&self, bars: &Bars, rect: Rect, labels: Labels, unit: f64, marks: &mut Vec<Mark>) {
        let frame = self.frame(rect, unit);
        frame.draw_with(&[], Labels { x: "", ..labels }, marks);
        let ends = bars.draw(&frame, labels.x, marks);
        self.draw_rules(&frame, &ends, marks);
        if bars.categories.is_empty() || bars.series.is_empty() {
            say("no values", rect, unit, marks);
        }
    }

    fn draw_curves(&self, rect: Rect, labels: Labels, unit: f64, marks: &mut Vec<Mark>) {
        let frame = self.frame(rect, unit);
        frame.draw(labels, marks);
        for series in &self.series {
            series.draw_band(&frame, marks);
        }
        let curves: Vec<Point> = self.curves(&frame).chain(self.between_points(&frame)).collect();
        self.draw_posts(&frame, &curves, marks);
        let drawn: Vec<Point> = curves.into_iter().chain(self.along_posts(&frame)).collect();
        self.draw_rules(&frame, &drawn, marks);
        let spotty = self.series.iter().filter(|series| series.is_spotty()).count();
        let side = |n: usize| (n as f64 - (spotty as f64 - 1.0) / 2.0) * 2.5 * unit;
        let mut sides = (0..spotty).map(side);
        let shifted: Vec<(&Series, f64)> = self
            .series
            .iter()
            .map(|series| (series, if series.is_spotty() { sides.next().unwrap_or(0.0) } else { 0.0 }))
            .collect();
        // Predictions last: where they are right they would be hidden.
        for predicted in [false, true] {
            for (series, shift) in shifted.iter().filter(|(series, _)| series.is_predicted() == predicted) {
                series.draw(&frame, *shift, marks);
            }
        }
        if self.curves(&frame).next().is_none() {
            say("no values in range", rect, unit, marks);
        }
    }

    /// The vertical axis with its range.
    pub(super) fn y_ruler(&self) -> Ruler {
        let rules = self.lines.iter().map(|line| line.y);
        if let Content::Bars(bars) = &self.content {
            return bars.ruler(&self.y, rules);
        }
        self.y.ruler(self.series.iter().flat_map(Series::ys).chain(rules), 0.04)
    }

    fn frame(&self, rect: Rect, unit: f64) -> Frame {
        // Curves may begin on the frame; dots and error bars need their own width.
        let margin = if self.series.iter().any(Series::is_spotty) { 0.05 } else { 0.0 };
        let x = self.x.ruler(self.series.iter().flat_map(Series::xs), margin);
        Frame { rect, x, y: self.y_ruler(), unit }
    }

    /// All visible places of curves, bands' ends, bars' ends and dots.
    fn curves(&self, frame: &Frame) -> impl Iterator<Item = Point> {
        let pairs = self.series.iter().flat_map(|series| series.points.iter().chain(&series.dots).copied());
        let ends = self.series.iter().flat_map(|series| series.band.iter().chain(&series.bars));
        let pairs = pairs.chain(ends.flat_map(|&(x, low, high)| [(x, low), (x, high)]));
        pairs.filter_map(|(x, y)| frame.at(x, y)).filter(|&at| frame.rect.holds(at))
    }

    /// The posts, each name beside its foot or its top, where it covers the least of the curves.
    fn draw_posts(&self, frame: &Frame, curves: &[Point], marks: &mut Vec<Mark>) {
        let (unit, rect) = (frame.unit, frame.rect);
        let font = Font { size: TEXT * unit, bold: false, color: GREY };
        for (post, x) in self.posts.iter().filter_map(|post| Some((post, self.post_at(post, frame)?))) {
            for points in path::dashes(&[(x, rect.top), (x, rect.bottom)], 3.0 * unit, 2.0 * unit) {
                marks.push(Mark::Line { points, width: 1.5 * unit, color: GREY });
            }
            let width = font.width(&post.label);
            let (left, right) = (x - 5.0 * unit - width, x + 5.0 * unit);
            let (foot, top) = (rect.bottom - 8.0 * unit, rect.top + 18.0 * unit);
            let places = [(left, foot), (left, top), (right, foot), (right, top)];
            let inside = |at: &Point| rect.holds(*at) && rect.holds((at.0 + width, at.1));
            let covered = |at: Point| curves.iter().filter(|&&point| label_box(at, width, unit).holds(point)).count();
            if let Some(at) = places.into_iter().filter(inside).min_by_key(|&at| covered(at)) {
                marks.push(Mark::text(&post.label, at, font));
            }
        }
    }

    /// Where a post stands, if it is in the frame.
    fn post_at(&self, post: &Post, frame: &Frame) -> Option<f64> {
        let rect = frame.rect;
        let x = rect.left + frame.x.place(post.x)? * rect.width();
        rect.holds((x, rect.top)).then_some(x)
    }

    /// Places along the posts, for names that should not stand on them.
    fn along_posts(&self, frame: &Frame) -> impl Iterator<Item = Point> {
        let (top, height) = (frame.rect.top, frame.rect.height());
        let places = self.posts.iter().filter_map(|post| self.post_at(post, frame));
        places.flat_map(move |x| (0..64).map(move |i| (x, top + f64::from(i) / 64.0 * height)))
    }

    /// Places between the points of the curves, where their lines run.
    fn between_points(&self, frame: &Frame) -> impl Iterator<Item = Point> {
        self.series.iter().flat_map(|series| {
            let places = series.points.windows(2).map(|p| Some((frame.at(p[0].0, p[0].1)?, frame.at(p[1].0, p[1].1)?)));
            places.flatten().flat_map(|(a, b)| (1..16).map(move |i| between(a, b, f64::from(i) / 16.0)))
        })
    }

    /// The reference lines, each name where it covers the least of what is drawn.
    fn draw_rules(&self, frame: &Frame, drawn: &[Point], marks: &mut Vec<Mark>) {
        let (unit, rect) = (frame.unit, frame.rect);
        let font = Font { size: TEXT * unit, bold: false, color: GREY };
        for rule in &self.lines {
            let Some(y) = frame.y.place(rule.y).map(|at| rect.bottom - at * rect.height()) else { continue };
            if !rect.holds((rect.left, y)) {
                continue;
            }
            for points in path::dashes(&[(rect.left, y), (rect.right, y)], 3.0 * unit, 2.0 * unit) {
                marks.push(Mark::Line { points, width: 1.5 * unit, color: GREY });
            }
            let width = font.width(&rule.label);
            let (above, below) = (y - 5.0 * unit, y + 15.0 * unit);
            let (first, room) = (rect.left + 6.0 * unit, rect.width() - 12.0 * unit - width);
            let places = [1.0, 0.0, 0.75, 0.5, 0.25].map(|part| first + part * room);
            let places = places.into_iter().flat_map(|x| [(x, above), (x, below)]);
            let boxed = |at: Point| label_box(at, width, unit);
            let covered = |at: Point| drawn.iter().filter(|&&point| boxed(at).holds(point)).count();
            let inside = |at: &Point| rect.holds((at.0, boxed(*at).top)) && rect.holds((at.0, boxed(*at).bottom));
            let Some(at) = places.filter(inside).min_by_key(|&at| covered(at)) else { continue };
            marks.push(Mark::filled(boxed(at), plotters::style::Color::mix(&PAPER, 0.7)));
            marks.push(Mark::text(&rule.label, at, font));
        }
    }
}

/// What a name of this width covers from the left end of its baseline.
fn label_box((x, y): Point, width: f64, unit: f64) -> Rect {
    Rect { left: x, top: y - 13.0 * unit, right: x + width, bottom: y + 4.0 * unit }
}

fn between(a: Point, b: Point, t: f64) -> Point {
    (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
}

/// In the middle of an empty frame.
pub(super) fn say(text: &str, rect: Rect, unit: f64, marks: &mut Vec<Mark>) {
    let at = ((rect.left + rect.right) / 2.0, (rect.top + rect.bottom) / 2.0);
    let font = Font { size: TEXT * unit, bold: false, color: GREY };
    marks.push(Mark::Text { text: text.into(), at, font, align: Align::Middle, upward: false });
}
