//! A figure: a title, panels in rows, and a legend.

use super::canvas::{self, Mark};
use super::error::DrawError;
use super::font::{Font, LINE};
use super::layout::Grid;
use super::legend::Legend;
use super::palette::GREY;
use super::panel::Panel;
use super::path::Rect;
use super::pen::Pen;

/// Panels under one title.
///
/// It has one legend, below the panels; only if the same look means different things in different panels, each
/// panel has its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What the reader should see.
    pub title: String,
    /// The facts of the run, in grey; may be empty.
    pub subtitle: String,
    /// Panels side by side; none counts as one.
    pub columns: usize,
    /// Width and height of the PNG in pixels.
    pub size: (u32, u32),
    /// Row by row.
    pub panels: Vec<Panel>,
    /// How to read it, in grey; may be empty.
    pub footnote: String,
}

impl Default for Figure {
    fn default() -> Self {
        Self {
            title: String::new(),
            subtitle: String::new(),
            columns: 1,
            size: (1760, 1000),
            panels: Vec::new(),
            footnote: String::new(),
        }
    }
}

/// Around everything, in units.
const MARGIN: f64 = 10.0;

impl Figure {
    /// The bytes of its PNG.
    ///
    /// # Errors
    /// If plotters or the encoder has an error.
    ///
    /// # Panics
    /// If the figure is smaller than 100 × 100 pixels, or the parts of a panel do not belong together, such as the values
    /// and the names of a heat map.
    #[track_caller]
    pub fn png(&self) -> Result<Vec<u8>, DrawError> {
        self.check();
        canvas::png(&self.marks(), self.size)
    }

    /// The text of its SVG, which shows the same picture.
    ///
    /// # Errors
    /// If plotters has an error.
    ///
    /// # Panics
    /// As [`png`](Self::png).
    #[track_caller]
    pub fn svg(&self) -> Result<String, DrawError> {
        self.check();
        canvas::svg(&self.marks(), self.size)
    }

    /// Panics at the caller's line if it cannot be drawn.
    #[track_caller]
    pub(super) fn check(&self) {
        assert!(self.size.0.min(self.size.1) >= 100, "figure: a size of {:?} is too small to draw", self.size);
        for panel in &self.panels {
            panel.check();
        }
    }

    /// All that is on the paper.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let unit = f64::from(self.size.0) / 880.0;
        let mut pen = Pen::new(unit);
        let margin = MARGIN * unit;
        let (right, bottom) = (f64::from(self.size.0) - margin, f64::from(self.size.1) - margin);
        let page = Rect { left: margin, top: margin, right, bottom };
        let small = Font::text(unit).colored(GREY);
        let heading = Font { bold: true, ..Font::sized(19.0, unit) };
        let mut top = page.top;
        for (font, text, line) in [(heading, &self.title, 25.0), (small, &self.subtitle, LINE)] {
            for text in font.wrap(text, page.width()) {
                top += line * unit;
                pen.write(&text, (page.left, top - 5.0 * unit), font);
            }
        }
        let footnote = small.wrap(&self.footnote, page.width());
        let mut bottom = page.bottom - footnote.len() as f64 * LINE * unit;
        for (i, text) in footnote.iter().enumerate() {
            pen.write(text, (page.left, bottom + (i as f64 * LINE + 15.0) * unit), small);
        }

        // Air below the heading.
        top += 8.0 * unit;
        let shared = Legend::of(&self.panels);
        let own_legends = self.panels.len() > 1 && shared.is_ambiguous();
        if !own_legends {
            // One width for both: a narrower one may take another row.
            let width = page.width() - 8.0 * unit;
            bottom -= shared.height(width, unit);
            shared.draw((page.left + 8.0 * unit, bottom), width, &mut pen);
        }
        let columns = self.columns.clamp(1, self.panels.len().max(1));
        let area = Rect { top, bottom, ..page };
        let grid = Grid { panels: &self.panels, columns, area, own_legends, unit };
        grid.draw(&mut pen);
        pen.marks
    }
}

#[cfg(test)]
#[path = "figure_tests.rs"]
mod tests;
