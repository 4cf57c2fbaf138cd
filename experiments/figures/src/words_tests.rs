//! Words, from the weights to the bytes of the files.

use super::*;
use crate::canvas::Mark;
use crate::tests::{drawn, sample};
use crate::{Figure, Panel};

fn sentence(label: &str, text: &str, weight: impl Fn(usize) -> f64) -> Sentence {
    let words = text.split(' ').enumerate().map(|(i, word)| (word.to_owned(), weight(i)));
    Sentence { label: label.into(), words: words.collect() }
}

fn figure(words: Words) -> Figure {
    let panel = Panel { content: words.into(), ..Panel::default() };
    Figure { size: (440, 320), panels: vec![panel], ..Figure::default() }
}

fn saved(words: Words) -> (Vec<u8>, String) {
    drawn(&figure(words))
}

/// Each text on a ground and the ground's colour.
fn grounds(words: Words) -> Vec<(String, [u8; 3])> {
    let marks = figure(words).marks();
    let pairs = marks.windows(2).filter_map(|pair| match pair {
        [Mark::Area { color, .. }, Mark::Text { text, .. }] => Some((text.clone(), palette::rgb(*color))),
        _ => None,
    });
    pairs.collect()
}

#[test]
fn every_word_stands_on_the_colour_of_its_weight() {
    let weights = [-1.0, 0.0, 0.5, f64::NAN];
    let sentences = vec![sentence("", "a b c d", |i| weights[i])];
    let words = Words { sentences, reach: Some(1.0), ..Words::default() };
    let shades = Shades::new(Colors::Diverging, Some((-1.0, 1.0)), &[]);
    let color = |weight| shades.of(weight).unwrap_or(palette::rgb(palette::NONE));
    let wanted: Vec<_> = ["a", "b", "c", "d"].iter().zip(weights).map(|(w, x)| (w.to_string(), color(x))).collect();
    assert_eq!(grounds(words)[..4], wanted);
}

#[test]
fn words_wrap_and_stay_inside() {
    let words = Words { sentences: vec![sentence("a label", &"word ".repeat(60), |i| i as f64)], ..Words::default() };
    let marks = figure(words).marks();
    let areas = marks.iter().filter_map(|mark| match mark {
        Mark::Area { outline, .. } => Some(outline),
        _ => None,
    });
    let areas: Vec<_> = areas.collect();
    assert!(areas.len() >= 60 && areas.iter().flat_map(|area| area.iter()).all(|at| at.0 < 440.0 && at.1 < 320.0));
    let mut tops: Vec<i64> = areas.iter().map(|area| area[0].1 as i64).collect();
    tops.dedup();
    assert!(tops.len() > 3, "{tops:?}");
}

#[test]
fn a_word_longer_than_a_line_goes_on_in_the_next() {
    let long = "abcdefghij".repeat(30);
    let words = Words { sentences: vec![sentence("", &long, |_| 1.0)], ..Words::default() };
    let pieces: String = grounds(words).into_iter().map(|pair| pair.0).filter(|text| text.contains('a')).collect();
    assert_eq!(pieces, long);
}

#[test]
fn sentences_that_do_not_fit_are_counted() {
    let of = |count| Words { sentences: vec![sentence("s", "some words", |_| 1.0); count], ..Words::default() };
    let svg = saved(of(100)).1;
    let shown = svg.matches("\nsome\n").count();
    assert!((5..60).contains(&shown) && svg.contains(&format!("{} more", 100 - shown)));
    assert!(!saved(of(4)).1.contains("more"));
}

#[test]
fn every_data_gives_a_picture_and_the_same_one_again() {
    let long = "a label as long as nobody would write it ".repeat(9);
    for count in [0, 1, 500] {
        for odd in [0.0, f64::NAN, f64::INFINITY, -1e300, 5e-324] {
            let text = format!("{} {}", "w ".repeat(count), "x".repeat(count));
            let words = Words {
                sentences: vec![sentence(&long, &text, |i| if i % 2 == 0 { odd } else { -1.0 }); count.min(3)],
                label: long.clone(),
                reach: None,
                joined: count == 1,
            };
            let (png, svg) = saved(words.clone());
            let bad = |line: &str| !line.contains("data:image") && (line.contains("NaN") || line.contains("inf"));
            assert!(!svg.lines().any(bad) && svg.contains("no words") == (count == 0));
            assert!(saved(words) == (png, svg));
        }
    }
}

#[test]
fn samples_for_the_eye() {
    let weights = |seed: f64| move |i: usize| ((i as f64 + 1.0) * seed).sin().powi(3);
    let films = [
        "this is one of those rare films that you can watch again and again without ever being bored ; the acting is \
         superb and the ending made me cry",
        "i wanted to like it , but the plot makes no sense at all",
        "not the worst film of the year , which is the best that i can say of it",
    ];
    let reviews = Words {
        sentences: vec![
            sentence("true: positive\nsays: positive", films[0], weights(1.3)),
            sentence("true: negative\nsays: negative", films[1], weights(2.1)),
            sentence("true: negative\nsays: positive (0.61)", films[2], |i| {
                if i == 3 { f64::NAN } else { weights(0.7)(i) }
            }),
        ],
        label: "integrated gradients, share in the score of “positive”".into(),
        ..Words::default()
    };
    let line = "it was the best of times, it was the worst of times, it was the age of wisdom,\n";
    let letters = line.chars().enumerate().map(|(i, c)| (c.to_string(), weights(0.4)(i))).collect();
    let letters = Words {
        sentences: vec![Sentence { label: "c of unit 17".into(), words: letters }],
        label: "cell state after the letter".into(),
        joined: true,
        ..Words::default()
    };
    let panel = |title: &str, words: Words| Panel { title: title.into(), content: words.into(), ..Panel::default() };
    let figure = Figure {
        title: "“Worst” speaks against, “not” does not turn it round".into(),
        size: (1760, 900),
        panels: vec![panel("Attribution by word", reviews), panel("One cell over letters", letters)],
        ..Figure::default()
    };
    sample("words", &figure);
}
