//! The layout of panels: frames of one width (and, in a row, one height) in line, and what stands around them.
//!
//! An axis label that all panels of a row (or the panels of a column, one above the other) share is written once.

use super::axis::Axis;
use super::font::Font;
use super::frame::Labels;
use super::legend::Legend;
use super::panel::Panel;
use super::path::Rect;
use super::pen::Pen;

/// From one panel title line to the next, and from the title to the frame, in units.
const TITLE: f64 = 20.0;
const TITLE_GAP: f64 = 12.0;
/// Between columns and between rows, in units; half of the last tick label stands in the former.
const GAP: (f64, f64) = (16.0, 4.0);

/// Panels in rows, and where they have room.
pub(super) struct Grid<'a> {
    pub panels: &'a [Panel],
    pub columns: usize,
    /// The share of each row in the height.
    pub area: Rect,
    /// Whether each panel has a legend below it.
    pub own_legends: bool,
    pub unit: f64,
}

/// The sizes of all data areas and what they need at their sides, in pixels.
struct Frames {
    /// Column by column.
    lefts: Vec<f64>,
    rights: Vec<f64>,
    /// Row by row.
    height: f64,
    belows: Vec<f64>,
    width: f64,
}

impl<'a> Grid<'a> {
    pub(super) fn draw(&self, pen: &mut Pen) {
        for (i, rect) in self.lay_out(pen).into_iter().enumerate() {
            self.panels[i].draw(rect, self.labels(i), self.cell_width(), pen);
        }
    }

    /// Draws titles and legends; says where the panels' data areas go.
    fn lay_out(&self, pen: &mut Pen) -> Vec<Rect> {
        let unit = self.unit;
        let frames = self.frames();
        let mut rects = Vec::new();
        let mut top = self.area.top;
        for r in 0..self.rows() {
            let frame_top = top + self.above(r);
            let bottom = frame_top + frames.height;
            let under = bottom + frames.belows[r];
            let mut cell_left = self.area.left;
            for (c, i) in self.row(r).enumerate() {
                let left = cell_left + frames.lefts[c];
                let rect = Rect { left, top: frame_top, right: left + frames.width, bottom };
                let lines = self.title(i);
                for (n, line) in lines.iter().enumerate() {
                    let baseline = frame_top - TITLE_GAP * unit - (lines.len() - 1 - n) as f64 * TITLE * unit;
                    pen.write(line, (cell_left, baseline), self.title_font());
                }
                self.legend(i).draw((cell_left, under), self.cell_width(), pen);
                rects.push(rect);
                cell_left += frames.lefts[c] + frames.width + frames.rights[c] + GAP.0 * unit;
            }
            top = under + self.legends(r) + GAP.1 * unit;
        }
        rects
    }

    /// Rows first, for the frames' height decides how many lines a label at their left takes.
    fn frames(&self) -> Frames {
        let Self { panels, columns, unit, .. } = *self;
        let (rows, cell_width) = (self.rows(), self.cell_width());
        let gaps = GAP.1 * unit * rows.saturating_sub(1) as f64;
        let start = vec![0.0; rows];
        let mut frames = Frames { lefts: vec![], rights: vec![], height: 0.0, belows: start, width: cell_width };
        // What names below a frame take depends on its width, which depends on its height, which depends on them: the later
        // rounds know the width of the earlier ones, and curves are done after the first.
        for _ in 0..3 {
            let below = |r| most(self.row(r), |i| panels[i].below(self.labels(i), frames.width, unit));
            let belows: Vec<f64> = frames.belows.iter().enumerate().map(|(r, &known)| below(r).max(known)).collect();
            let around: f64 = (0..rows).map(|r| self.above(r) + belows[r] + self.legends(r)).sum();
            let whole = self.area.height() - around - gaps;
            let height = (whole / rows.max(1) as f64).max(unit);
            let column = |c: usize| (c..panels.len()).step_by(columns);
            let left = |i: usize| panels[i].left(self.labels(i), height, cell_width, unit);
            let right = |i: usize| panels[i].right(height, unit);
            let sides = (0..columns).map(|c| (most(column(c), left), most(column(c), right)));
            let (lefts, rights): (Vec<f64>, Vec<f64>) = sides.unzip();
            let beside = lefts.iter().sum::<f64>() + rights.iter().sum::<f64>();
            let width = ((self.area.width() - beside) / columns as f64 - GAP.0 * unit).max(unit);
            frames = Frames { lefts, rights, height, belows, width };
        }
        frames
    }

    fn rows(&self) -> usize {
        self.panels.len().div_ceil(self.columns)
    }

    /// The panels of a row.
    fn row(&self, r: usize) -> std::ops::Range<usize> {
        r * self.columns..((r + 1) * self.columns).min(self.panels.len())
    }

    fn cell_width(&self) -> f64 {
        self.area.width() / self.columns as f64 - GAP.0 * self.unit
    }

    fn title_font(&self) -> Font {
        Font { bold: true, ..Font::sized(16.0, self.unit) }
    }

    /// In lines.
    fn title(&self, i: usize) -> Vec<String> {
        self.title_font().wrap(&self.panels[i].title, self.cell_width())
    }

    /// The pixels above the frames of a row.
    fn above(&self, r: usize) -> f64 {
        most(self.row(r), |i| self.title(i).len() as f64 * TITLE * self.unit) + TITLE_GAP * self.unit
    }

    fn legend(&self, i: usize) -> Legend<'a> {
        Legend::of(self.own_legends.then_some(&self.panels[i]))
    }

    /// The pixels that the legends of a row take.
    fn legends(&self, r: usize) -> f64 {
        most(self.row(r), |i| self.legend(i).height(self.cell_width(), self.unit))
    }

    /// Those that neither the panel below nor the one at the left has.
    fn labels(&self, i: usize) -> Labels<'a> {
        let Self { panels, columns, .. } = *self;
        let x_is_below = panels.get(i + columns).is_some_and(|below| below.x == panels[i].x);
        let y_is_beside = !i.is_multiple_of(columns) && panels[i - 1].y == panels[i].y;
        let label = |is_told: bool, axis: &'a Axis| if is_told { "" } else { axis.label.as_str() };
        Labels { x: label(x_is_below, &panels[i].x), y: label(y_is_beside, &panels[i].y) }
    }
}

/// The most that one of these panels needs.
fn most(panels: impl Iterator<Item = usize>, need: impl Fn(usize) -> f64) -> f64 {
    panels.map(need).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect { left: 0.0, top: 0.0, right: 880.0, bottom: 600.0 };

    fn panels(y_labels: &[&str]) -> Vec<Panel> {
        let panel = |label: &&str| Panel { y: Axis::linear(*label), x: Axis::linear("x"), ..Panel::default() };
        y_labels.iter().map(panel).collect()
    }

    fn grid(panels: &[Panel], columns: usize) -> Grid<'_> {
        Grid { panels, columns, area: AREA, own_legends: false, unit: 1.0 }
    }

    #[test]
    fn frames_have_one_size_and_stand_in_line() {
        let panels = panels(&["a", "a", "b"]);
        let rects = grid(&panels, 2).lay_out(&mut Pen::new(1.0));
        assert_eq!((rects[0].top, rects[0].left), (rects[1].top, rects[2].left));
        assert!(rects.iter().all(|rect| (rect.width() - rects[0].width()).abs() < 1e-9));
        assert!(rects.iter().all(|rect| (rect.height() - rects[0].height()).abs() < 1e-9));
        assert!(rects[0].bottom < rects[2].top && rects[2].bottom < AREA.bottom && rects[1].right < AREA.right);
    }

    #[test]
    fn a_label_shared_by_neighbours_is_written_once() {
        let panels = panels(&["a", "a", "b", "a"]);
        let grid = grid(&panels, 2);
        let labels: Vec<(&str, &str)> = (0..4).map(|i| (grid.labels(i).x, grid.labels(i).y)).collect();
        assert_eq!(labels, [("", "a"), ("", ""), ("x", "b"), ("x", "a")]);
    }
}
