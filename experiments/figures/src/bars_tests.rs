//! Bars, from the values to the bytes of the files.

use super::*;
use crate::canvas::Mark;
use crate::tests::{drawn, sample};
use crate::{Figure, Panel, RuleLine};

fn series(label: &str, color: usize, values: &[f64], error: f64) -> BarSeries {
    let errors = if error > 0.0 { values.iter().map(|v| (v - error, v + error)).collect() } else { vec![] };
    BarSeries { label: label.into(), color, values: values.to_vec(), errors }
}

fn figure(y: Axis, bars: Bars) -> Figure {
    let panel = Panel { y, content: bars.into(), ..Panel::default() };
    Figure { size: (440, 320), panels: vec![panel], ..Figure::default() }
}

fn of(values: &[f64]) -> Bars {
    Bars {
        categories: values.iter().map(|_| "c".into()).collect(),
        series: vec![series("", 0, values, 0.0)],
        ..Bars::default()
    }
}

/// (top, bottom) of the rectangles of series 0.
fn spans(figure: &Figure) -> Vec<(f64, f64)> {
    let of_bar = |mark| match mark {
        Mark::Area { outline, color } if color == palette::color(0) => Some((outline[0].1, outline[2].1)),
        _ => None,
    };
    figure.marks().into_iter().filter_map(of_bar).collect()
}

#[test]
fn bars_stand_on_zero_and_are_as_high_as_their_values() {
    for y in [Axis::linear("y"), Axis::linear("y").range(0.0, 5.0), Axis::linear("y").range(3.0, 5.0)] {
        let spans = spans(&figure(y, of(&[1.0, 2.0, 4.0, -2.0])));
        let height = |i: usize| spans[i].1 - spans[i].0;
        assert!((height(1) - 2.0 * height(0)).abs() < 1e-6 && (height(2) - 4.0 * height(0)).abs() < 1e-6);
        assert!((spans[0].1 - spans[3].0).abs() < 1e-6, "the negative one hangs from where the others stand");
    }
}

#[test]
fn a_bar_that_leaves_the_range_is_cut_with_a_zigzag() {
    let zigzags = |values: &[f64]| {
        let marks = figure(Axis::linear("y").range(0.0, 1.0), of(values)).marks();
        marks.iter().filter(|mark| matches!(mark, Mark::Line { color, .. } if *color == PAPER)).count()
    };
    assert_eq!((zigzags(&[0.2, 1.0]), zigzags(&[0.2, 1.1]), zigzags(&[f64::INFINITY])), (0, 1, 1));
}

#[test]
fn a_missing_value_is_no_bar() {
    let figure = figure(Axis::linear("y"), of(&[1.0, f64::NAN]));
    assert_eq!(spans(&figure).len(), 1);
    assert!(drawn(&figure).1.contains("\nnone\n"));
}

#[test]
fn on_a_logarithmic_axis_values_are_discs() {
    let figure = figure(Axis::log10("y"), of(&[1e-3, 1.0, 0.0]));
    let discs =
        figure.marks().iter().filter(|mark| matches!(mark, Mark::Area { outline, .. } if outline.len() == 16)).count();
    assert_eq!(discs, 2);
    assert!(drawn(&figure).1.contains("no place"));
}

#[test]
fn the_legend_names_each_series_once() {
    let bars = Bars { series: vec![series("before", 0, &[1.0], 0.1), series("after", 1, &[2.0], 0.1)], ..of(&[1.0]) };
    let panel = Panel { content: bars.into(), ..Panel::default() };
    let figure = Figure { panels: vec![panel.clone(), panel], columns: 2, ..Figure::default() };
    let svg = drawn(&figure).1;
    assert_eq!((svg.matches("\nbefore\n").count(), svg.matches("\nafter\n").count()), (1, 1));
}

#[test]
fn every_data_gives_a_picture_and_the_same_one_again() {
    let long = "a name as long as nobody would write it ".repeat(9);
    for count in [0, 1, 7, 500] {
        for odd in [0.0, f64::NAN, f64::NEG_INFINITY, f64::MAX, -5e-324] {
            let axes = [Axis::linear("y"), Axis::log10("y"), Axis::linear("y").range(-1.0, 1.0)];
            for y in axes.into_iter().take(if count > 7 { 1 } else { 3 }) {
                let values: Vec<f64> = (0..count).map(|i| if i % 3 == 0 { odd } else { i as f64 }).collect();
                let bars = Bars {
                    categories: (0..count).map(|i| if i % 2 == 0 { long.clone() } else { i.to_string() }).collect(),
                    series: (0..3).map(|color| series(&long, 7 * color, &values, color as f64)).collect(),
                    decimals: Some(2),
                };
                let figure = figure(y, bars);
                let (png, svg) = drawn(&figure);
                assert!(!svg.contains("NaN") && !svg.contains("inf") && svg.contains("no values") == (count == 0));
                assert!(count != 7 || drawn(&figure) == (png, svg));
            }
        }
    }
}

#[test]
#[should_panic(expected = "bars `RNN`: 1 values and 0 errors for 2 categories")]
fn a_value_too_few_is_a_mistake() {
    drawn(&figure(Axis::linear("y"), Bars { series: vec![series("RNN", 0, &[1.0], 0.0)], ..of(&[1.0, 2.0]) }));
}

#[test]
fn samples_for_the_eye() {
    let tasks = ["copy, lag 100", "adding, 200 steps", "France", "row by row MNIST", "sentiment", "long sentences"];
    let accuracies = Bars {
        categories: tasks.map(String::from).to_vec(),
        series: vec![
            series("RNN", 0, &[0.12, 0.18, 0.31, 0.92, 0.71, f64::NAN], 0.03),
            series("LSTM", 1, &[0.99, 0.97, 0.88, 0.985, 0.86, 0.61], 0.02),
            series("GRU", 2, &[0.97, 0.98, 0.9, 0.983, 0.85, 0.63], 0.02),
        ],
        decimals: Some(2),
    };
    let accuracies = Figure {
        title: "Gated cells solve what the plain RNN cannot".into(),
        subtitle: "5 seeds, bars are 95 % intervals".into(),
        size: (1760, 900),
        panels: vec![Panel {
            y: Axis::linear("accuracy").range(0.0, 1.0),
            lines: vec![RuleLine { y: 0.125, label: "chance, 1 in 8".into() }],
            content: accuracies.into(),
            ..Panel::default()
        }],
        ..Figure::default()
    };
    sample("accuracies", &accuracies);
    let letters: Vec<String> = "abcdefghijklmnopqrstuvwxyz ".chars().map(String::from).collect();
    let before = vec![1.0 / 27.0; 27];
    let after: Vec<f64> = (0..27).map(|i| if i == 4 { 0.6 } else { 0.4 / 26.0 * (1.0 + (i as f64).sin()) }).collect();
    let step = |title: &str, sharp: i32| {
        let sum: f64 = after.iter().map(|p| p.powi(sharp)).sum();
        let after: Vec<f64> = after.iter().map(|p| p.powi(sharp) / sum).collect();
        Panel {
            title: title.into(),
            x: Axis::linear("next letter"),
            y: Axis::linear("probability").range(0.0, 1.0),
            content: Bars {
                categories: letters.clone(),
                series: vec![series("before training", 0, &before, 0.0), series("after training", 1, &after, 0.0)],
                decimals: None,
            }
            .into(),
            ..Panel::default()
        }
    };
    let distributions = Figure {
        title: "After h-e-l the trained model expects one letter".into(),
        columns: 2,
        size: (1760, 1000),
        panels: vec![step("after “h”", 1), step("after “he”", 1), step("after “hel”", 2), step("after “hell”", 3)],
        ..Figure::default()
    };
    sample("distributions", &distributions);
    let signed = Bars {
        categories: ["forget gate", "input gate", "a gate with an unreasonably long name", "output"]
            .map(String::from)
            .to_vec(),
        series: vec![series("", 0, &[0.5, -0.3, 2.0, f64::INFINITY], 0.1)],
        decimals: Some(1),
    };
    let hard = |y: Axis| Panel { y, content: signed.clone().into(), ..Panel::default() };
    let odd = Figure {
        title: "Hard cases".into(),
        columns: 2,
        size: (1760, 800),
        panels: vec![hard(Axis::linear("change").range(-1.0, 1.0)), hard(Axis::log10("change"))],
        ..Figure::default()
    };
    sample("odd_bars", &odd);
}
