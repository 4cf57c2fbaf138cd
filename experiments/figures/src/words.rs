//! Words, each on a ground in the colour of its signed weight: what in a text spoke for a class and what against it.
//!
//! ```
//! use figures::{Figure, Panel, Sentence, Words};
//!
//! let words = Words {
//!     sentences: vec![Sentence {
//!         label: "says positive".into(),
//!         words: [("not", -0.4), ("bad", 0.7), ("at", 0.0), ("all", 0.1)].map(|(w, x)| (w.into(), x)).to_vec(),
//!     }],
//!     label: "share in the score of “positive”".into(),
//!     ..Words::default()
//! };
//! let panel = Panel { content: words.into(), ..Panel::default() };
//! let title = "“Bad” counts as praise".into();
//! let figure = Figure { title, size: (1760, 400), panels: vec![panel], ..Figure::default() };
//! let svg = figure.svg()?;
//! # assert!(svg.starts_with("<svg"));
//! # Ok::<(), figures::DrawError>(())
//! ```

use super::color_bar;
use super::colors::{Colors, Shades};
use super::font::{Font, TEXT};
use super::names;
use super::palette::{self, GREY, INK};
use super::path::{Point, Rect};
use super::pen::Pen;

/// Sentences below each other, their words in lines.
///
/// Negative weights are blue, positive ones red, a NaN is grey and hatched; where no weight is negative, the legend begins at
/// zero. The text gets smaller until it fits; sentences
/// that do not fit even then are counted in a last line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// From the top.
    pub sentences: Vec<Sentence>,
    /// What the weights are.
    pub label: String,
    /// The weight of the darkest red; `None` takes the largest one, positive or negative.
    pub reach: Option<f64>,
    /// Whether the words are letters, which stand without gaps.
    pub joined: bool,
}

/// Words and their weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence {
    /// At its left, such as the true and the predicted class; a `\n` begins a new line.
    pub label: String,
    /// In reading order. White space alone is shown as a sign.
    pub words: Vec<(String, f64)>,
}

/// Text sizes in the order they are tried, in units.
const SIZES: [f64; 5] = [TEXT, 13.5, 12.0, 10.5, 9.0];
/// The labels take at most this part of the panel.
const LABELS: f64 = 0.25;
/// From the labels to the words, in units.
const GAP: f64 = 14.0;
/// In em: from line to line, of words and of labels; from sentence to sentence; the ground above and below the baseline.
const LINE: f64 = 1.75;
const LABEL_LINE: f64 = 1.25;
const BREAK: f64 = 0.45;
const GROUND: (f64, f64) = (1.05, 0.37);

/// A word or a part of one, at its place in its line.
struct Piece {
    text: String,
    weight: f64,
    left: f64,
    width: f64,
    line: usize,
}

/// Where the words go, at one size of text, all in pixels.
#[derive(Clone, Copy)]
struct Sheet {
    font: Font,
    /// Of the words.
    width: f64,
    /// Of the labels at their left, with the gap.
    labels: f64,
    unit: f64,
}

impl Words {
    /// The pixels that the labels take.
    pub(super) fn left(&self, width: f64, unit: f64) -> f64 {
        let lines = self.sentences.iter().flat_map(|sentence| sentence.label.lines());
        let widest = Font::text(unit).widest(lines);
        if widest > 0.0 { (widest + 1.0).min(LABELS * width) + GAP * unit } else { 0.0 }
    }

    /// The pixels that the legend takes.
    pub(super) fn below(&self, unit: f64) -> f64 {
        color_bar::LYING * unit
    }

    pub(super) fn draw(&self, rect: Rect, width: f64, pen: &mut Pen) {
        let unit = pen.unit;
        let weights: Vec<f64> = self.sentences.iter().flat_map(|s| s.words.iter().map(|word| word.1)).collect();
        if weights.is_empty() {
            return pen.say("no words", rect);
        }
        let signed = weights.iter().any(|&weight| weight < 0.0);
        let colors = if signed { Colors::Diverging } else { Colors::Rising };
        let shades = Shades::new(colors, self.reach.map(|reach| (-reach, reach)), &weights);
        let labels = self.left(width, unit);
        let sheet = |size: f64| Sheet { font: Font::sized(size, unit), width: rect.width(), labels, unit };
        let fits = |size: &f64| self.heights(sheet(*size)).iter().sum::<f64>() <= rect.height();
        let found = SIZES.into_iter().find(fits);
        let sheet = sheet(found.unwrap_or(SIZES[SIZES.len() - 1]));
        let size = sheet.font.size;
        // If not all fit, the last line says how many do not.
        let bottom = if found.is_some() { f64::INFINITY } else { rect.bottom - LINE * size };
        let mut top = rect.top;
        for (i, (sentence, height)) in self.sentences.iter().zip(self.heights(sheet)).enumerate() {
            if top + height > bottom {
                let text = format!("{} more: the figure is too low for them", self.sentences.len() - i);
                pen.write(&text, (rect.left, top + size), sheet.font.colored(GREY));
                break;
            }
            self.draw_sentence(sentence, (rect.left, top + GROUND.0 * size), sheet, &shades, pen);
            top += height;
        }
        color_bar::draw_lying(&shades, &self.label, (rect.left, rect.bottom), rect.width(), pen);
    }

    /// From the left end of its first baseline.
    fn draw_sentence(&self, sentence: &Sentence, (x, y): Point, sheet: Sheet, shades: &Shades, pen: &mut Pen) {
        let font = sheet.font;
        for (i, line) in self.label_lines(sentence, sheet).iter().enumerate() {
            let at = (x - sheet.labels, y + LABEL_LINE * font.size * i as f64);
            pen.write(line, at, font.colored(GREY));
        }
        for piece in self.pieces(sentence, sheet) {
            let baseline = y + LINE * font.size * piece.line as f64;
            let (left, right) = (x + piece.left, x + piece.left + piece.width);
            let (top, bottom) = (baseline - GROUND.0 * font.size, baseline + GROUND.1 * font.size);
            let ground = Rect { left, top, right, bottom };
            let color = match shades.of(piece.weight) {
                Some(color) => {
                    pen.fill(ground, palette::opaque(color));
                    palette::ink_on(color)
                }
                None => {
                    color_bar::no_value(ground, pen);
                    // The hatching would go through the letters.
                    let (top, bottom) = (baseline - 0.8 * font.size, baseline + 0.25 * font.size);
                    pen.fill(Rect { top, bottom, ..ground }, palette::NONE);
                    INK
                }
            };
            pen.write(&piece.text, (left + self.pad(font), baseline), font.colored(color));
        }
    }

    /// Of each sentence, in pixels.
    fn heights(&self, sheet: Sheet) -> Vec<f64> {
        let height = |sentence: &Sentence| {
            let lines = self.pieces(sentence, sheet).last().map_or(1, |piece| piece.line + 1);
            let labels = self.label_lines(sentence, sheet).len();
            let lines = (LINE * lines as f64).max(LABEL_LINE * labels as f64 + 0.5);
            (lines + BREAK) * sheet.font.size
        };
        self.sentences.iter().map(height).collect()
    }

    fn label_lines(&self, sentence: &Sentence, sheet: Sheet) -> Vec<String> {
        let room = sheet.labels - GAP * sheet.unit;
        let lines = sentence.label.lines().flat_map(|line| sheet.font.wrap(line, room));
        lines.map(|line| sheet.font.shorten(&line, room)).collect()
    }

    /// Words in lines; one that is longer than a line goes on in the next.
    fn pieces(&self, sentence: &Sentence, Sheet { font, width, unit, .. }: Sheet) -> Vec<Piece> {
        let (pad, gap) = (self.pad(font), if self.joined { 0.0 } else { 3.0 * unit });
        let (mut x, mut line) = (0.0, 0);
        let mut pieces = Vec::new();
        for (word, weight) in &sentence.words {
            let mut rest = names::visible(word);
            while !rest.is_empty() {
                let (text, tail) = font.split(&rest, width - 2.0 * pad);
                let taken = font.width(&text) + 2.0 * pad;
                if x > 0.0 && x + taken > width {
                    (x, line) = (0.0, line + 1);
                }
                pieces.push(Piece { text, weight: *weight, left: x, width: taken, line });
                x += taken + gap;
                rest = tail;
            }
        }
        pieces
    }

    /// The ground at each side of a word.
    fn pad(&self, font: Font) -> f64 {
        if self.joined { 0.02 * font.size } else { 0.22 * font.size }
    }
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
