//! Text that may come from outside, as it may be shown: on a terminal, in a picture, in an XML file.

use std::borrow::Cow;

/// Whether a character is an order to a terminal or a reader and no sign, or has no place in XML: control characters, those
/// that turn the direction of reading, and two code points that are none.
fn is_order(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// The text with what is no sign escaped, such as `\u001b`; the ends of its lines and tabs stay.
pub fn clean(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_order(c) && c != '\n' && c != '\t')
}

/// The text on one line: with the ends of its lines and its tabs escaped, too. A file's name may hold any.
pub fn one_line(text: &str) -> String {
    escaped(text, is_order).into_owned()
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            _ if !is_escaped(c) => shown.push(c),
            '\n' | '\r' | '\t' => shown.extend(c.escape_default()),
            // As JSON and TOML have it.
            _ => shown += &format!("\\u{:04x}", u32::from(c)),
        }
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::drawn;
    use crate::{
        Axis, BarSeries, Bars, Content, Figure, HeatMap, Image, Images, Panel, RuleLine, Sentence, Series, Words,
    };

    const HOSTILE: &str =
        "a\u{1b}[31mb\u{202e}c\u{7}\u{0}\u{9b}\u{fffe}\u{ffff}<&>\"'\u{2066}\u{61c}\u{200f}\u{b}\r\n\td";

    #[test]
    fn what_is_no_sign_is_escaped_and_all_else_stays() {
        assert_eq!(clean("a\u{1b}[1m\u{202e}\n\tb\r"), "a\\u001b[1m\\u202e\n\tb\\r");
        assert_eq!(one_line("a\u{1b}\n\tb"), "a\\u001b\\n\\tb");
        for text in ["", "안녕, “world” — ∂L/∂h ⇥ 👨‍👩‍👧 \u{301}", "\\u001b"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text), "{text}");
        }
        assert!(!one_line(HOSTILE).contains(is_order) && one_line(HOSTILE).ends_with("\\r\\n\\td"));
    }

    #[test]
    fn a_figure_of_any_text_is_xml() {
        let hostile = || HOSTILE.to_owned();
        let words = vec![Sentence { label: hostile(), words: vec![(hostile(), 1.0)] }];
        let bars = BarSeries { label: hostile(), ..BarSeries::with_errors([(1.0, (0.5, 1.5))]) };
        let values = nalgebra::DMatrix::zeros(1, 2);
        let (rows, columns) = (vec![hostile()], vec![hostile(); 2]);
        let contents: [Content; 4] = [
            HeatMap { values, rows, columns, label: hostile(), ..HeatMap::default() }.into(),
            Words { sentences: words, label: hostile(), ..Words::default() }.into(),
            Bars { categories: vec![hostile()], series: vec![bars], ..Bars::default() }.into(),
            Images { images: vec![(Image::rgb(1, vec![[0; 3]]), hostile())], columns: 1 }.into(),
        ];
        for content in contents {
            let series = Series { label: hostile(), points: vec![(0.0, 0.0), (1.0, 1.0)], ..Series::default() };
            let lines = vec![RuleLine { y: 0.5, label: hostile() }];
            let panel =
                || Panel { title: hostile(), x: Axis::linear(HOSTILE), y: Axis::linear(HOSTILE), ..Panel::default() };
            let panels = vec![Panel { series: vec![series], lines, ..panel() }, Panel { content, ..panel() }];
            let (title, subtitle, footnote) = (hostile(), hostile(), hostile());
            let (_, svg) = drawn(&Figure { title, subtitle, footnote, panels, ..Figure::default() });
            let xml = roxmltree::Document::parse(&svg).expect("XML");
            let texts: String = xml.descendants().filter_map(|node| node.text()).collect();
            assert!(texts.contains("a\\u001b[31mb\\u202ec\\u0007"), "{texts}");
            assert!(!texts.contains(|c| is_order(c) && !"\n\t".contains(c)), "{texts:?}");
        }
    }
}
