//! The layout of panels: frames of one size in line, and what stands around them.
//!
//! An axis label that all panels of a row (or the panels of a column, one above the other) share is written once.

use super::axis::Ruler;
use super::canvas::{Font, Mark};
use super::frame::{self, Labels};
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
}

/// The font of a panel's title.
fn title_font(unit: f64) -> Font {
    Font { size: 16.0 * unit, bold: true, color: INK }
}

/// Draws titles and, if `own_legends`, legends; says where the panels go.
pub(super) fn lay_out<'a>(
    panels: &'a [Panel],
    columns: usize,
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
    let below = |r: usize| of_row(r, &|i| frame::below(labels(i), unit));
    let legends = |r: usize| of_row(r, &|i| legend(&panels[i]).height(cell_width, unit));
    let around: f64 = (0..rows.len()).map(|r| above(r) + below(r) + legends(r)).sum();
    let gaps = GAP.1 * unit * rows.len().saturating_sub(1) as f64;
    let height = ((area.height() - around - gaps) / rows.len().max(1) as f64).max(unit);

    let left = |c: usize| {
        let needs = (c..panels.len()).step_by(columns).map(|i| {
            let ruler: Ruler = panels[i].y_ruler();
            frame::left(labels(i), &ruler, height, unit)
        });
        needs.fold(0.0, f64::max)
    };
    let lefts: Vec<f64> = (0..columns).map(left).collect();
    let width = (area.width() - lefts.iter().sum::<f64>()) / columns as f64 - GAP.0 * unit;
    let width = width.max(unit);

    let mut places = Vec::new();
    let mut top = area.top;
    for (r, row) in rows.iter().enumerate() {
        let frame_top = top + above(r);
        let mut cell_left = area.left;
        for (c, panel) in row.iter().enumerate() {
            let frame_left = cell_left + lefts[c];
            let rect = Rect { left: frame_left, top: frame_top, right: frame_left + width, bottom: frame_top + height };
            let lines = title(panel);
            for (i, line) in lines.iter().enumerate() {
                let baseline = frame_top - TITLE_GAP * unit - (lines.len() - 1 - i) as f64 * TITLE * unit;
                marks.push(Mark::text(line, (cell_left, baseline), title_font(unit)));
            }
            let under = frame_top + height + below(r);
            legend(panel).draw((cell_left, under), cell_width, unit, marks);
            places.push(Place { panel, rect, labels: labels(r * columns + c) });
            cell_left += lefts[c] + width + GAP.0 * unit;
        }
        top = frame_top + height + below(r) + legends(r) + GAP.1 * unit;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::Axis;

    const AREA: Rect = Rect { left: 0.0, top: 0.0, right: 880.0, bottom: 600.0 };

    fn panels(y_labels: &[&str]) -> Vec<Panel> {
        let panel = |label: &&str| Panel { y: Axis::linear(*label), x: Axis::linear("x"), ..Panel::default() };
        y_labels.iter().map(panel).collect()
    }

    #[test]
    fn frames_have_one_size_and_stand_in_line() {
        let panels = panels(&["a", "a", "b"]);
        let places = lay_out(&panels, 2, AREA, false, 1.0, &mut Vec::new());
        let rects: Vec<Rect> = places.iter().map(|place| place.rect).collect();
        assert_eq!((rects[0].top, rects[0].left), (rects[1].top, rects[2].left));
        assert!(rects.iter().all(|rect| (rect.width() - rects[0].width()).abs() < 1e-9));
        assert!(rects.iter().all(|rect| (rect.height() - rects[0].height()).abs() < 1e-9));
        assert!(rects[0].bottom < rects[2].top && rects[2].bottom < AREA.bottom && rects[1].right < AREA.right);
    }

    #[test]
    fn a_label_shared_by_neighbours_is_written_once() {
        let panels = panels(&["a", "a", "b", "a"]);
        let places = lay_out(&panels, 2, AREA, false, 1.0, &mut Vec::new());
        let labels: Vec<(&str, &str)> = places.iter().map(|place| (place.labels.x, place.labels.y)).collect();
        assert_eq!(labels, [("", "a"), ("", ""), ("x", "b"), ("x", "a")]);
    }
}
