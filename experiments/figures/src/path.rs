//! Paths in the plane: cut to a frame, thinned, and broken into dashes. No path is ever bent to fit.

/// A place, in pixels; y grows downwards.
pub(super) type Point = (f64, f64);

/// An upright rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub(super) fn width(self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn center(self) -> Point {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// From the upper left one to the right, and around.
    pub(super) fn corners(self) -> [Point; 4] {
        let Self { left, top, right, bottom } = self;
        [(left, top), (right, top), (right, bottom), (left, bottom)]
    }

    /// Whether a place is inside, a hundredth of a pixel of rounding forgiven.
    pub(super) fn holds(self, (x, y): Point) -> bool {
        let slack = 0.01;
        x >= self.left - slack && x <= self.right + slack && y >= self.top - slack && y <= self.bottom + slack
    }
}

/// The pieces of a path inside `frame`; a `None` breaks the path. A piece of one point is a point without neighbours.
pub(super) fn inside(points: impl IntoIterator<Item = Option<Point>>, frame: Rect) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = Vec::new();
    let mut last = None;
    for point in points {
        match (last, point) {
            (Some(from), Some(to)) => match clip(from, to, frame) {
                Some((start, end)) => {
                    if piece.last() != Some(&start) {
                        pieces.push(std::mem::take(&mut piece));
                        piece.push(start);
                    }
                    piece.push(end);
                }
                None => pieces.push(std::mem::take(&mut piece)),
            },
            (None, Some(to)) if frame.holds(to) => piece.push(to),
            (_, None) => pieces.push(std::mem::take(&mut piece)),
            _ => {}
        }
        last = point;
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The place on the way from one to another, 0 at the first and 1 at the second.
pub(super) fn between(a: Point, b: Point, t: f64) -> Point {
    (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
}

/// The part of a segment inside the frame (Liang and Barsky).
fn clip(from: Point, to: Point, frame: Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    let slack = 0.01;
    for (speed, room) in [
        (-dx, from.0 - frame.left + slack),
        (dx, frame.right + slack - from.0),
        (-dy, from.1 - frame.top + slack),
        (dy, frame.bottom + slack - from.1),
    ] {
        if speed == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if speed < 0.0 {
            enter = enter.max(room / speed);
        } else {
            leave = leave.min(room / speed);
        }
    }
    let at = |t: f64| between(from, to, t);
    let start = if enter <= 0.0 { from } else { at(enter) };
    let end = if leave >= 1.0 { to } else { at(leave) };
    (enter <= leave).then_some((start, end))
}

/// The part of a filled outline inside the frame (Sutherland and Hodgman).
pub(super) fn area_inside(outline: &[Point], frame: Rect) -> Vec<Point> {
    let mut area = outline.to_vec();
    // How far inside each edge a place lies.
    let edges: [fn(Point, Rect) -> f64; 4] =
        [|p, f| p.0 - f.left, |p, f| f.right - p.0, |p, f| p.1 - f.top, |p, f| f.bottom - p.1];
    for depth in edges {
        let mut kept = Vec::with_capacity(area.len());
        for (i, &to) in area.iter().enumerate() {
            let from = area[(i + area.len() - 1) % area.len()];
            let (a, b) = (depth(from, frame), depth(to, frame));
            if (a < 0.0) != (b < 0.0) {
                let t = a / (a - b);
                kept.push(between(from, to, t));
            }
            if b >= 0.0 {
                kept.push(to);
            }
        }
        area = kept;
    }
    area
}

/// The same path with fewer points: none dropped lies further than `tolerance` from what is drawn (Douglas and Peucker).
pub(super) fn thin(path: &[Point], tolerance: f64) -> Vec<Point> {
    let Some(last) = path.len().checked_sub(1) else { return Vec::new() };
    let mut keep = vec![false; path.len()];
    keep[0] = true;
    keep[last] = true;
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        let far = (from + 1..to).map(|i| (i, distance(path[i], path[from], path[to])));
        if let Some((i, off)) = far.max_by(|a, b| a.1.total_cmp(&b.1))
            && off > tolerance
        {
            keep[i] = true;
            open.extend([(from, i), (i, to)]);
        }
    }
    path.iter().zip(keep).filter_map(|(&point, keep)| keep.then_some(point)).collect()
}

/// From a place to a segment.
fn distance(p: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let square = dx * dx + dy * dy;
    let t = if square > 0.0 { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}

/// The dashes of a path: `on` pixels drawn, `off` pixels not, and so on along its length.
pub(super) fn dashes(path: &[Point], on: f64, off: f64) -> Vec<Vec<Point>> {
    let mut dashes = Vec::new();
    let mut dash: Vec<Point> = path.first().copied().into_iter().collect();
    let (mut drawing, mut left) = (true, on);
    for pair in path.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut length = (to.0 - from.0).hypot(to.1 - from.1);
        while length > left {
            let t = left / length;
            from = between(from, to, t);
            length -= left;
            dash.push(from);
            if drawing {
                dashes.push(std::mem::take(&mut dash));
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
        }
        left -= length;
        if drawing {
            dash.push(to);
        }
    }
    dashes.push(dash);
    dashes.retain(|dash| dash.len() > 1);
    dashes
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };

    #[test]
    fn a_path_that_leaves_ends_on_the_frame() {
        let pieces = inside([Some((0.0, 5.0)), Some((5.0, 5.0)), Some((6.0, 1e9))], FRAME);
        assert_eq!(pieces.len(), 1);
        let end = pieces[0][2];
        assert!((end.0 - 5.0).abs() < 1e-6 && (end.1 - 10.0).abs() < 0.02, "{end:?}");
    }

    #[test]
    fn a_path_that_comes_back_is_two_pieces() {
        let pieces = inside([(1.0, 5.0), (2.0, 50.0), (3.0, 50.0), (4.0, 5.0)].map(Some), FRAME);
        assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn a_gap_breaks_the_path_and_a_lonely_point_stays() {
        let points = [Some((1.0, 1.0)), Some((2.0, 1.0)), None, Some((4.0, 1.0)), None, None, Some((40.0, 1.0))];
        assert_eq!(inside(points, FRAME), [vec![(1.0, 1.0), (2.0, 1.0)], vec![(4.0, 1.0)]]);
    }

    #[test]
    fn a_segment_across_the_whole_frame_is_seen() {
        let pieces = inside([Some((-5.0, 5.0)), Some((15.0, 5.0))], FRAME);
        assert_eq!(pieces.len(), 1);
        assert!(inside([Some((-5.0, -5.0)), Some((15.0, -5.0))], FRAME).is_empty());
    }

    #[test]
    fn an_area_is_cut_at_the_frame() {
        let area = area_inside(&[(-5.0, 5.0), (5.0, 5.0), (5.0, 50.0), (-5.0, 50.0)], FRAME);
        assert_eq!(area.len(), 4);
        assert!(area.iter().all(|&p| FRAME.holds(p)));
    }

    #[test]
    fn a_straight_line_is_its_ends_and_a_spike_survives() {
        let mut path: Vec<Point> = (0..100).map(|i| (f64::from(i), 0.0)).collect();
        assert_eq!(thin(&path, 0.1), [(0.0, 0.0), (99.0, 0.0)]);
        path[50].1 = 3.0;
        assert!(thin(&path, 0.1).contains(&(50.0, 3.0)));
    }

    #[test]
    fn dashes_turn_corners() {
        let dashes = dashes(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)], 3.0, 2.0);
        assert_eq!(dashes, [vec![(0.0, 0.0), (3.0, 0.0)], vec![(4.0, 1.0), (4.0, 4.0)]]);
    }
}
