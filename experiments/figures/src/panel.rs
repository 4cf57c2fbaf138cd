//! A panel: two axes and the series on them.

use super::axis::{Axis, Ruler};
use super::bars::Bars;
use super::content::Content;
use super::font::{Font, TEXT};
use super::frame::{Frame, Labels};
use super::palette::{GREY, PAPER};
use super::path::{Point, Rect, between};
use super::pen::Pen;
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
        match &self.content {
            Content::HeatMap(map) => map.check(),
            Content::Bars(bars) => bars.check(),
            _ => {}
        }
    }

    /// The pixels that its labels take at the left of its frame of this height, in a panel of this width.
    pub(super) fn left(&self, labels: Labels, height: f64, width: f64, unit: f64) -> f64 {
        match &self.content {
            Content::Curves | Content::Bars(_) => labels.left(&self.y_ruler(), height, unit),
            Content::HeatMap(map) => map.left(labels, height, width, unit),
            Content::Words(words) => words.left(width, unit),
            Content::Images(_) => 0.0,
        }
    }

    /// The pixels at the right of its frame.
    pub(super) fn right(&self, height: f64, unit: f64) -> f64 {
        if let Content::HeatMap(map) = &self.content { map.right(height, unit) } else { 0.0 }
    }

    /// The pixels below its frame of this width.
    pub(super) fn below(&self, labels: Labels, width: f64, unit: f64) -> f64 {
        match &self.content {
            Content::Curves => labels.below(unit),
            Content::HeatMap(map) => map.below(labels, width, unit),
            Content::Bars(bars) => bars.below(labels, width, unit),
            Content::Words(words) => words.below(unit),
            Content::Images(_) => 0.0,
        }
    }

    /// Draws all that is in and around its frame, in a panel of this width.
    pub(super) fn draw(&self, rect: Rect, labels: Labels, width: f64, pen: &mut Pen) {
        match &self.content {
            Content::Curves => self.draw_curves(rect, labels, pen),
            Content::HeatMap(map) => map.draw(rect, labels, width, pen),
            Content::Bars(bars) => self.draw_bars(bars, rect, labels, pen),
            Content::Words(words) => words.draw(rect, width, pen),
            Content::Images(images) => images.draw(rect, pen),
        }
    }

    fn draw_bars(&self, bars: &Bars, rect: Rect, labels: Labels, pen: &mut Pen) {
        let frame = self.frame(rect);
        frame.draw(true, Labels { x: "", ..labels }, pen);
        let ends = bars.draw(&frame, labels, pen);
        self.draw_rules(&frame, &ends, pen);
        if bars.categories.is_empty() || bars.series.is_empty() {
            pen.say("no values", rect);
        }
    }

    fn draw_curves(&self, rect: Rect, labels: Labels, pen: &mut Pen) {
        let frame = self.frame(rect);
        frame.draw(false, labels, pen);
        self.series.iter().for_each(|series| series.draw_band(&frame, pen));
        let mut drawn: Vec<Point> = self.visible(&frame).chain(self.between_points(&frame)).collect();
        self.draw_posts(&frame, &drawn, pen);
        drawn.extend(self.along_posts(&frame));
        self.draw_rules(&frame, &drawn, pen);
        let spotty = self.series.iter().filter(|series| series.is_spotty()).count();
        let unit = pen.unit;
        let mut sides = (0..spotty).map(|n| (n as f64 - (spotty as f64 - 1.0) / 2.0) * 2.5 * unit);
        let shift = |series: &Series| if series.is_spotty() { sides.next().unwrap_or(0.0) } else { 0.0 };
        let shifts: Vec<f64> = self.series.iter().map(shift).collect();
        // Predictions last: where they are right they would be hidden.
        for predicted in [false, true] {
            for (series, shift) in self.series.iter().zip(&shifts).filter(|pair| pair.0.is_predicted() == predicted) {
                series.draw(&frame, *shift, pen);
            }
        }
        if self.visible(&frame).next().is_none() {
            pen.say("no values in range", rect);
        }
    }

    /// The vertical axis with its range.
    pub(super) fn y_ruler(&self) -> Ruler {
        let rules = self.lines.iter().map(|line| line.y);
        if let Content::Bars(bars) = &self.content {
            return bars.ruler(&self.y, rules);
        }
        self.y.ruler(self.places().map(|(_, y)| y).chain(rules), 0.04)
    }

    fn frame(&self, rect: Rect) -> Frame {
        // Curves may begin on the frame; dots and error bars need their own width.
        let margin = if self.series.iter().any(Series::is_spotty) { 0.05 } else { 0.0 };
        Frame { rect, x: self.x.ruler(self.places().map(|(x, _)| x), margin), y: self.y_ruler() }
    }

    fn places(&self) -> impl Iterator<Item = (f64, f64)> {
        self.series.iter().flat_map(Series::places)
    }

    /// All visible places of curves, bands' ends, bars' ends and dots.
    fn visible(&self, frame: &Frame) -> impl Iterator<Item = Point> {
        self.places().filter_map(|(x, y)| frame.at(x, y)).filter(|&at| frame.rect.holds(at))
    }

    /// The posts, each name beside its foot or its top, where it covers the least of the curves.
    fn draw_posts(&self, frame: &Frame, curves: &[Point], pen: &mut Pen) {
        let (unit, rect) = (pen.unit, frame.rect);
        let font = Font::text(unit).colored(GREY);
        for (post, x) in self.posts.iter().filter_map(|post| Some((post, post.place(frame)?))) {
            pen.dashed((x, rect.top), (x, rect.bottom));
            let width = font.width(&post.label);
            let (left, right) = (x - 5.0 * unit - width, x + 5.0 * unit);
            let (foot, top) = (rect.bottom - 8.0 * unit, rect.top + 18.0 * unit);
            let inside = |at: &Point| rect.holds(*at) && rect.holds((at.0 + width, at.1));
            let places = [(left, foot), (left, top), (right, foot), (right, top)].into_iter().filter(inside);
            if let Some(at) = freest(places, width, curves, unit) {
                pen.write(&post.label, at, font);
            }
        }
    }

    /// Places along the posts, for names that should not stand on them.
    fn along_posts(&self, frame: &Frame) -> impl Iterator<Item = Point> {
        let (top, height) = (frame.rect.top, frame.rect.height());
        let places = self.posts.iter().filter_map(|post| post.place(frame));
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
    fn draw_rules(&self, frame: &Frame, drawn: &[Point], pen: &mut Pen) {
        let (unit, rect) = (pen.unit, frame.rect);
        for rule in &self.lines {
            let Some(y) = frame.y.place(rule.y).map(|at| frame.height(at)) else { continue };
            if !rect.holds((rect.left, y)) {
                continue;
            }
            pen.dashed((rect.left, y), (rect.right, y));
            let (above, below) = (y - 5.0 * unit, y + 15.0 * unit);
            // Smaller, if it would cover something otherwise.
            let sized = |size: f64| {
                let font = Font::sized(size, unit).colored(GREY);
                let width = font.width(&rule.label);
                let (first, room) = (rect.left + 6.0 * unit, rect.width() - 12.0 * unit - width);
                let places = [1.0, 0.0, 0.75, 0.5, 0.25].map(|part| first + part * room);
                let places = places.into_iter().flat_map(|x| [(x, above), (x, below)]);
                let inside = |at: &Point| {
                    let label = label_box(*at, width, unit);
                    rect.holds((at.0, label.top)) && rect.holds((at.0, label.bottom))
                };
                freest(places.filter(inside), width, drawn, unit).map(|at| (at, width, font))
            };
            let sizes = [TEXT, 13.0, 11.0].into_iter().filter_map(sized);
            let Some((at, width, font)) = sizes.min_by_key(|&(at, width, _)| covered(at, width, drawn, unit)) else {
                continue;
            };
            pen.fill(label_box(at, width, unit), plotters::style::Color::mix(&PAPER, 0.7));
            pen.write(&rule.label, at, font);
        }
    }
}

impl Post {
    /// Where it stands, if it is in the frame.
    fn place(&self, frame: &Frame) -> Option<f64> {
        let rect = frame.rect;
        let x = rect.left + frame.x.place(self.x)? * rect.width();
        rect.holds((x, rect.top)).then_some(x)
    }
}

/// The first place where a name of this width covers the least of what is drawn.
fn freest(places: impl Iterator<Item = Point>, width: f64, drawn: &[Point], unit: f64) -> Option<Point> {
    places.min_by_key(|&at| covered(at, width, drawn, unit))
}

/// How much of what is drawn such a name covers.
fn covered(at: Point, width: f64, drawn: &[Point], unit: f64) -> usize {
    drawn.iter().filter(|&&point| label_box(at, width, unit).holds(point)).count()
}

/// What a name of this width covers from the left end of its baseline.
fn label_box((x, y): Point, width: f64, unit: f64) -> Rect {
    Rect { left: x, top: y - 13.0 * unit, right: x + width, bottom: y + 4.0 * unit }
}
