//! The layout of panels: frames of one width (and, in a row, one height) in line, and what stands around them.
//!
//! An axis label that all panels of a row (or the panels of a column, one above the other) share is written once.

use super::canvas::Mark;
use super::font::Font;
use super::frame::Labels;
use super::legend::Legend;
use super::palette::INK;
use super::panel::Panel;
use super::path::Rect;

/// From one panel title line to the next, and from the title to the frame, in units.
const TITLE: f64 = 20.0;
const TITLE_GAP: f64 = 12.0;
/// Between columns and between rows, in units; half of the last tick label stands in the former.
const GAP: (f64, f64) = (16.0, 4.0);

/// Where a panel is drawn.
pub(super) struct Place<'a> {
    pub panel: &'a Panel,
    /// The data area.
    pub rect: Rect,
    pub labels: Labels<'a>,
    /// Of the panel with all that is around its data area.
    pub width: f64,
}

/// The sizes of all data areas and what they need at their sides, in pixels.
struct Frames {
    lefts: Vec<f64>,
    rights: Vec<f64>,
    /// Row by row.
    heights: Vec<f64>,
    width: f64,
}

/// The font of a panel's title.
fn title_font(unit: f64) -> Font {
    Font { size: 16.0 * unit, bold: true, color: INK }
}

/// Draws titles and, if `own_legends`, legends; says where the panels go.
pub(super) fn lay_out<'a>(
    panels: &'a [Panel],
    columns: usize,
    heights: &[f64],
    area: Rect,
    own_legends: bool,
    unit: f64,
    marks: &mut Vec<Mark>,
) -> Vec<Place<'a>> {
    let columns = columns.clamp(1, panels.len().max(1));
    let rows: Vec<&[Panel]> = panels.chunks(columns).collect();
    let cell_width = area.width() / columns as f64 - GAP.0 * unit;

    // Rows first, for the frames' height decides how many lines a label at their left takes.
    let title = |panel: &Panel| title_font(unit).wrap(&panel.title, cell_width);
    let legend = |panel: &'a Panel| if own_legends { Legend::of([panel]) } else { Legend::of([]) };
    let labels = |i: usize| Labels {
        x: if panels.get(i + columns).is_some_and(|below| below.x == panels[i].x) { "" } else { &panels[i].x.label },
        y: if !i.is_multiple_of(columns) && panels[i - 1].y == panels[i].y { "" } else { &panels[i].y.label },
    };
    let of_row = |r: usize, need: &dyn Fn(usize) -> f64| {
        (r * columns..r * columns + rows[r].len()).map(need).fold(0.0, f64::max)
    };
    let above = |r: usize| of_row(r, &|i| title(&panels[i]).len() as f64 * TITLE * unit) + TITLE_GAP * unit;
    let legends = |r: usize| of_row(r, &|i| legend(&panels[i]).height(cell_width, unit));
    let gaps = GAP.1 * unit * rows.len().saturating_sub(1) as f64;
    let share = |r: usize| heights.get(r).copied().filter(|share| share.is_finite() && *share > 0.0).unwrap_or(1.0);
    let shares: f64 = (0..rows.len()).map(share).sum();
    let mut belows = vec![0.0; rows.len()];
    let mut frames = Frames { lefts: Vec::new(), rights: Vec::new(), heights: Vec::new(), width: cell_width };
    // What names below a frame take depends on its width, which depends on its height, which depends on them: the later
    // rounds know the width of the earlier ones, and curves are done after the first.
    for _ in 0..3 {
        let below = |r: usize| of_row(r, &|i| panels[i].below(labels(i), frames.width, unit));
        belows = belows.iter().enumerate().map(|(r, &known)| below(r).max(known)).collect();
        let around: f64 = (0..rows.len()).map(|r| above(r) + belows[r] + legends(r)).sum();
        let whole = area.height() - around - gaps;
        let height = |r: usize| (whole / shares.max(1e-9) * share(r)).max(unit);
        let of_column =
            |c: usize, need: &dyn Fn(usize) -> f64| (c..panels.len()).step_by(columns).map(need).fold(0.0, f64::max);
        let left = |c| of_column(c, &|i| panels[i].left(labels(i), height(i / columns), cell_width, unit));
        let right = |c| of_column(c, &|i| panels[i].right(height(i / columns), unit));
        let (lefts, rights): (Vec<f64>, Vec<f64>) = (0..columns).map(|c| (left(c), right(c))).unzip();
        let beside = lefts.iter().sum::<f64>() + rights.iter().sum::<f64>();
        let width = ((area.width() - beside) / columns as f64 - GAP.0 * unit).max(unit);
        frames = Frames { lefts, rights, heights: (0..rows.len()).map(height).collect(), width };
    }

    let mut places = Vec::new();
    let mut top = area.top;
    for (r, row) in rows.iter().enumerate() {
        let frame_top = top + above(r);
        let mut cell_left = area.left;
        for (c, panel) in row.iter().enumerate() {
            let (left, bottom) = (cell_left + frames.lefts[c], frame_top + frames.heights[r]);
            let rect = Rect { left, top: frame_top, right: left + frames.width, bottom };
            let lines = title(panel);
            for (i, line) in lines.iter().enumerate() {
                let baseline = frame_top - TITLE_GAP * unit - (lines.len() - 1 - i) as f64 * TITLE * unit;
                marks.push(Mark::text(line, (cell_left, baseline), title_font(unit)));
            }
            let under = bottom + belows[r];
            legend(panel).draw((cell_left, under), cell_width, unit, marks);
            places.push(Place { panel, rect, labels: labels(r * columns + c), width: cell_width });
            cell_left += frames.lefts[c] + frames.width + frames.rights[c] + GAP.0 * unit;
        }
        top = frame_top + frames.heights[r] + belows[r] + legends(r) + GAP.1 * unit;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Axis;

    const AREA: Rect = Rect { left: 0.0, top: 0.0, right: 880.0, bottom: 600.0 };

    fn panels(y_labels: &[&str]) -> Vec<Panel> {
        let panel = |label: &&str| Panel { y: Axis::linear(*label), x: Axis::linear("x"), ..Panel::default() };
        y_labels.iter().map(panel).collect()
    }

    #[test]
    fn frames_have_one_size_and_stand_in_line() {
        let panels = panels(&["a", "a", "b"]);
        let places = lay_out(&panels, 2, &[], AREA, false, 1.0, &mut Vec::new());
        let rects: Vec<Rect> = places.iter().map(|place| place.rect).collect();
        assert_eq!((rects[0].top, rects[0].left), (rects[1].top, rects[2].left));
        assert!(rects.iter().all(|rect| (rect.width() - rects[0].width()).abs() < 1e-9));
        assert!(rects.iter().all(|rect| (rect.height() - rects[0].height()).abs() < 1e-9));
        assert!(rects[0].bottom < rects[2].top && rects[2].bottom < AREA.bottom && rects[1].right < AREA.right);
    }

    #[test]
    fn rows_share_the_height_as_asked() {
        let panels = panels(&["a", "a", "b"]);
        let places = lay_out(&panels, 1, &[1.0, 3.0], AREA, false, 1.0, &mut Vec::new());
        let heights: Vec<f64> = places.iter().map(|place| place.rect.height()).collect();
        assert!((heights[1] - 3.0 * heights[0]).abs() < 1e-9 && (heights[2] - heights[0]).abs() < 1e-9);
        assert!(places[2].rect.bottom < AREA.bottom);
    }

    #[test]
    fn a_label_shared_by_neighbours_is_written_once() {
        let panels = panels(&["a", "a", "b", "a"]);
        let places = lay_out(&panels, 2, &[], AREA, false, 1.0, &mut Vec::new());
        let labels: Vec<(&str, &str)> = places.iter().map(|place| (place.labels.x, place.labels.y)).collect();
        assert_eq!(labels, [("", "a"), ("", ""), ("x", "b"), ("x", "a")]);
    }
}
