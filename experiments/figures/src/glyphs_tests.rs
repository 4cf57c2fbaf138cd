//! Letters that the font lacks, from the code point to the pixels.

use super::*;
use crate::canvas::{self, Align, Mark};
use crate::font::Font;
use crate::palette::INK;
use crate::tests::sample;
use crate::{Figure, HeatMap, Panel, Sentence, Words};

/// The pixels of a text at the middle of a small paper, as rows of darkness from 0 to 255.
fn drawn(text: &str, align: Align, upward: bool) -> Vec<Vec<u8>> {
    let font = Font { size: 32.0, bold: false, color: INK };
    let mark = Mark::Text { text: text.into(), at: (150.0, 150.0), font, align, upward };
    let pixels = canvas::pixels(&[mark], (300, 300)).unwrap();
    pixels.chunks(300).map(|row| row.iter().map(|pixel| 255 - pixel[0]).collect()).collect()
}

/// Left, top, right and bottom of what is inked.
fn extent(rows: &[Vec<u8>]) -> (usize, usize, usize, usize) {
    let inked = |(y, row): (usize, &Vec<u8>)| {
        row.iter().enumerate().filter(|dot| *dot.1 > 100).map(|(x, _)| (x, y)).collect::<Vec<_>>()
    };
    let places: Vec<(usize, usize)> = rows.iter().enumerate().flat_map(inked).collect();
    let (xs, ys) = (places.iter().map(|p| p.0), places.iter().map(|p| p.1));
    (xs.clone().min().unwrap(), ys.clone().min().unwrap(), xs.max().unwrap(), ys.max().unwrap())
}

#[test]
fn hangul_syllables_are_drawn_and_differ() {
    let letters = ["나", "는", "너", "한", "글"];
    let pictures: Vec<_> = letters.iter().map(|letter| drawn(letter, Align::Left, false)).collect();
    for (i, picture) in pictures.iter().enumerate() {
        let (left, top, right, bottom) = extent(picture);
        assert!(left >= 150 && right <= 183 && top >= 120 && bottom <= 156, "{} {:?}", letters[i], extent(picture));
        assert!(right - left > 20 && bottom - top > 20);
        assert!(pictures[..i].iter().all(|other| other != picture), "{}", letters[i]);
    }
    // Every modern syllable has a glyph of one em.
    assert!(('가'..='힣').all(|letter| (width(letter) - 1.0).abs() < 1e-9 && !areas(letter, false).is_empty()));
}

#[test]
fn a_letter_that_no_font_has_is_its_code_point_in_a_box() {
    let (left, top, right, bottom) = extent(&drawn("\u{20000}", Align::Left, false));
    assert!(right - left > 30 && bottom - top > 30);
    assert_ne!(drawn("\u{20000}", Align::Left, false), drawn("\u{20001}", Align::Left, false), "the digits differ");
    for area in areas('\u{10FFFF}', false) {
        assert!(area.iter().all(|&(x, y)| (0.0..=BOX).contains(&x) && (TOP..=BOTTOM).contains(&y)), "{area:?}");
    }
}

#[test]
fn mixed_text_stands_where_its_anchor_says() {
    let text = "h 안녕";
    let font = Font { size: 32.0, bold: false, color: INK };
    let width = font.width(text) as usize;
    let at = |align| {
        let (left, _, right, _) = extent(&drawn(text, align, false));
        (left, right)
    };
    for (align, start) in [(Align::Left, 150), (Align::Middle, 150 - width / 2), (Align::Right, 150 - width)] {
        let (left, right) = at(align);
        assert!(left.abs_diff(start) <= 4 && right.abs_diff(start + width) <= 4, "{align:?}: {left} {right}");
    }
}

#[test]
fn upright_text_is_the_lying_one_turned() {
    for text in ["한글", "a한b", "\u{20000}"] {
        let (lying, upright) = (drawn(text, Align::Left, false), drawn(text, Align::Left, true));
        let (left, top, right, bottom) = extent(&lying);
        let (l, t, r, b) = extent(&upright);
        // x goes up, y goes right, about the anchor.
        for (found, wanted) in [(l, top), (r, bottom), (300 - b, left), (300 - t, right)] {
            assert!(found.abs_diff(wanted) <= 2, "{text}: {:?} {:?}", (l, t, r, b), (left, top, right, bottom));
        }
    }
}

#[test]
fn samples_for_the_eye() {
    let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
    let (source, target) = (words("나는 학교 에 갑니다 ."), words("I go to school . 𠀀"));
    let attention = HeatMap {
        values: nalgebra::DMatrix::from_fn(6, 5, |i, j| 1.0 / (1.0 + (i as f64 - j as f64).powi(2))),
        rows: target,
        columns: source.clone(),
        range: Some((0.0, 1.0)),
        label: "주의 가중치 (attention weight)".into(),
        ..HeatMap::default()
    };
    let letters = HeatMap {
        values: nalgebra::DMatrix::from_fn(8, 35, |i, t| ((i * t) as f64).sin()),
        columns: "안녕하세요? 오늘 날씨가 참 좋네요. 밖에 나가서 걷고 싶어요!".chars().map(String::from).collect(),
        colors: crate::Colors::Diverging,
        label: "셀 상태 c".into(),
        ..HeatMap::default()
    };
    let sentence = Sentence {
        label: "정답: 긍정\n예측: 부정".into(),
        words: source.iter().enumerate().map(|(i, word)| (word.clone(), 0.4 * i as f64 - 0.7)).collect(),
    };
    let words = Words { sentences: vec![sentence], label: "기여도".into(), ..Words::default() };
    let panel = |title: &str, content: crate::Content| Panel { title: title.into(), content, ..Panel::default() };
    let figure = Figure {
        title: "번역할 때 모델이 보는 낱말: where the model looks".into(),
        subtitle: "GRU 인코더–디코더, 어텐션, 은닉 64; 日本語も書ける".into(),
        size: (1760, 1700),
        panels: vec![panel("주의", attention.into()), panel("글자별", letters.into()), panel("기여도", words.into())],
        ..Figure::default()
    };
    sample("hangul", &figure);
}
