//! The font of figures: DejaVu Sans, and for letters that it lacks (Hangul, Han) the glyphs of [`glyphs`](super::glyphs).

use std::sync::{LazyLock, Once};

use ab_glyph::{Font as _, FontRef};
use plotters::style::{FontDesc, FontFamily, FontStyle, RGBAColor, register_font};

use super::clean::clean;
use super::glyphs;
use super::palette::INK;

/// In an SVG, the viewer's first of these; in a PNG the `dejavu` crate's under this name.
const FONT: &str = "DejaVu Sans, Verdana, sans-serif";

/// A font's size is its line height to `ab_glyph`: (1901 + 483) / 2048 em in DejaVu Sans.
pub(super) const LINE_HEIGHT: f64 = 2384.0 / 2048.0;

/// The size of most texts, and from one line of it to the next, in units.
pub(super) const TEXT: f64 = 15.0;
pub(super) const LINE: f64 = 20.0;

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Font {
    /// Pixels per em.
    pub size: f64,
    pub bold: bool,
    pub color: RGBAColor,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Run {
    /// Letters that DejaVu has.
    Known(String),
    /// One that it lacks.
    Missing(char),
}

impl Font {
    /// Of ticks, names and labels.
    pub(super) fn text(unit: f64) -> Self {
        Self::sized(TEXT, unit)
    }

    /// Of a size in units.
    pub(super) fn sized(size: f64, unit: f64) -> Self {
        Self { size: size * unit, bold: false, color: INK }
    }

    pub(super) fn colored(self, color: RGBAColor) -> Self {
        Self { color, ..self }
    }

    /// The width of the widest of these.
    pub(super) fn widest(self, texts: impl IntoIterator<Item = impl AsRef<str>>) -> f64 {
        texts.into_iter().map(|text| self.width(text.as_ref())).fold(0.0, f64::max)
    }

    /// The width of a text in pixels, as it is shown.
    pub(super) fn width(self, text: &str) -> f64 {
        self.runs(&clean(text)).iter().map(|run| self.width_of(run)).fold(0.0, std::ops::Add::add)
    }

    pub(super) fn width_of(self, run: &Run) -> f64 {
        let em = match run {
            // Measured large, for plotters rounds to whole pixels.
            Run::Known(text) => {
                let extent = self.describe(100.0 * LINE_HEIGHT).layout_box(text);
                extent.map_or(0.0, |((left, _), (right, _))| f64::from(right - left) / 100.0)
            }
            Run::Missing(letter) => glyphs::width(*letter),
        };
        em * self.size
    }

    /// Whether DejaVu has every letter.
    pub(super) fn knows(self, text: &str) -> bool {
        text.chars().all(|letter| self.has(letter))
    }

    fn has(self, letter: char) -> bool {
        static FONTS: LazyLock<[FontRef; 2]> = LazyLock::new(|| {
            [dejavu::sans::regular(), dejavu::sans::bold()]
                .map(|bytes| FontRef::try_from_slice(bytes).expect("the dejavu crate holds a font"))
        });
        letter.is_ascii_graphic() || FONTS[usize::from(self.bold)].glyph_id(letter).0 != 0
    }

    /// The text in parts, in their order.
    pub(super) fn runs(self, text: &str) -> Vec<Run> {
        let mut runs = Vec::new();
        for letter in text.chars() {
            match runs.last_mut() {
                _ if !self.has(letter) => runs.push(Run::Missing(letter)),
                Some(Run::Known(known)) => known.push(letter),
                _ => runs.push(Run::Known(letter.into())),
            }
        }
        runs
    }

    /// The text if it fits into `width`, else its beginning and an ellipsis.
    pub(super) fn shorten(self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.into();
        }
        let chars: Vec<char> = text.chars().collect();
        let short = |kept: usize| chars[..kept].iter().chain(&['…']).collect::<String>();
        short(most(chars.len(), |kept| self.width(&short(kept)) <= width))
    }

    /// The longest beginning of the text that fits into `width`, but one letter at least, and the rest.
    pub(super) fn split(self, text: &str, width: f64) -> (String, String) {
        if self.width(text) <= width {
            return (text.into(), String::new());
        }
        let chars: Vec<char> = text.chars().collect();
        let head = |kept: usize| chars[..kept].iter().collect::<String>();
        let kept = most(chars.len(), |kept| self.width(&head(kept)) <= width).max(1);
        (head(kept), chars[kept..].iter().collect())
    }

    /// The text in lines that fit into `width`, broken between words.
    pub(super) fn wrap(self, text: &str, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.into()),
            }
        }
        lines
    }

    pub(super) fn describe(self, size: f64) -> FontDesc<'static> {
        // Once, before the first text; plotters finds no other font, for we build it without system fonts.
        static FONTS: Once = Once::new();
        FONTS.call_once(|| {
            for (style, bytes) in
                [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())]
            {
                assert!(register_font(FONT, style, bytes).is_ok(), "the dejavu crate holds a font");
            }
        });
        let style = if self.bold { FontStyle::Bold } else { FontStyle::Normal };
        FontDesc::new(FontFamily::Name(FONT), size, style)
    }
}

/// The most letters of `count` that fit, found by halving: more letters are wider. Zero always fits, all do not.
fn most(count: usize, fits: impl Fn(usize) -> bool) -> usize {
    let (mut enough, mut too_many) = (0, count);
    while too_many - enough > 1 {
        let middle = enough.midpoint(too_many);
        if fits(middle) { enough = middle } else { too_many = middle }
    }
    enough
}

#[cfg(test)]
mod tests {
    use super::*;

    const FONT: Font = Font { size: 10.0, bold: false, color: INK };

    #[test]
    fn texts_are_measured_and_wrapped() {
        assert!(FONT.width("mm") > 1.9 * FONT.width("m"));
        let lines = FONT.wrap("one two three four", FONT.width("three four"));
        assert_eq!(lines, ["one two", "three four"]);
        assert!(FONT.wrap("", 10.0).is_empty());
    }

    #[test]
    fn long_texts_are_shortened_or_split() {
        assert_eq!(FONT.shorten("word", 100.0), "word");
        let short = FONT.shorten("a very long name", 50.0);
        assert!(short.ends_with('…') && short.starts_with("a ve") && FONT.width(&short) <= 50.0, "{short}");
        assert_eq!(FONT.shorten("word", 0.0), "…");
        let (head, tail) = FONT.split("abcdefgh", 30.0);
        assert!(FONT.width(&head) <= 30.0 && head.len() > 2 && head + &tail == "abcdefgh");
        assert_eq!(FONT.split("ab", 0.0), ("a".into(), "b".into()));
    }

    #[test]
    fn the_font_has_the_signs_of_mathematics() {
        for font in [FONT, Font { bold: true, ..FONT }] {
            for sign in "⁻⁰¹‖∂∇σ→≤×−…αβρ␣∞".chars() {
                assert!(font.has(sign), "{sign}");
            }
        }
        assert!(FONT.has('↵') && FONT.has('⇥'));
    }

    #[test]
    fn letters_that_are_missing_are_runs_of_their_own_with_a_width() {
        let known = |text: &str| Run::Known(text.into());
        assert_eq!(FONT.runs("to 나는!"), [known("to "), Run::Missing('나'), Run::Missing('는'), known("!")]);
        assert!((FONT.width("나는") - 20.0).abs() < 1e-9);
        assert!((FONT.width("a나b") - FONT.width("a") - 10.0 - FONT.width("b")).abs() < 1e-9);
    }
}
