//! Heat maps, from the values to the bytes of the files.

use super::*;
use crate::canvas::Mark;
use crate::tests::{drawn, sample};
use crate::{Axis, Figure, Panel};

fn letters(text: &str) -> Vec<String> {
    text.chars().map(String::from).collect()
}

fn figure(map: HeatMap) -> Figure {
    let panel = Panel { x: Axis::linear("x"), y: Axis::linear("y"), content: map.into(), ..Panel::default() };
    Figure { size: (440, 320), panels: vec![panel], ..Figure::default() }
}

fn saved(map: HeatMap) -> (Vec<u8>, String) {
    drawn(&figure(map))
}

/// The map's pixels, without those of the colour bar.
fn cells(map: HeatMap) -> Vec<[u8; 3]> {
    let images = figure(map).marks().into_iter().filter_map(|mark| match mark {
        Mark::Image { pixels, .. } => Some(pixels),
        _ => None,
    });
    images.into_iter().next().unwrap()
}

#[test]
fn every_cell_has_the_colour_of_its_value_in_reading_order() {
    let values = DMatrix::from_row_slice(2, 3, &[0.0, 0.25, 0.5, 0.75, 1.0, f64::NAN]);
    let map = HeatMap { values, range: Some((0.0, 1.0)), ..HeatMap::default() };
    let shades = map.shades();
    let mut wanted: Vec<_> = [0.0, 0.25, 0.5, 0.75, 1.0].iter().map(|&v| shades.of(v).unwrap()).collect();
    wanted.push(palette::rgb(NONE));
    assert_eq!(cells(map), wanted);
}

#[test]
fn a_nan_is_grey_and_hatched_and_the_bar_explains_it() {
    let map = |value| HeatMap { values: DMatrix::from_row_slice(1, 2, &[0.5, value]), ..HeatMap::default() };
    let svg = saved(map(f64::NAN)).1;
    assert!(svg.contains("#C4C4C4") && svg.contains("\nnone\n") && svg.matches("<polyline").count() > 20);
    let svg = saved(map(0.6)).1;
    assert!(!svg.contains("#C4C4C4") && !svg.contains("\nnone\n"));
}

#[test]
fn a_value_beyond_the_range_gives_the_bar_a_tip() {
    let tips = |values: &[f64]| {
        let values = DMatrix::from_row_slice(1, values.len(), values);
        let map = HeatMap { values, range: Some((0.0, 1.0)), ..HeatMap::default() };
        figure(map)
            .marks()
            .iter()
            .filter(|mark| matches!(mark, Mark::Area { outline, .. } if outline.len() == 3))
            .count()
    };
    assert_eq!((tips(&[0.0, 1.0]), tips(&[0.0, 1.1]), tips(&[f64::NEG_INFINITY, 9.0])), (0, 1, 2));
}

#[test]
fn values_are_printed_where_they_fit() {
    let map = |columns| HeatMap {
        values: DMatrix::from_element(3, columns, -0.25),
        colors: Colors::Diverging,
        decimals: Some(2),
        ..HeatMap::default()
    };
    assert_eq!(saved(map(3)).1.matches("−0.25").count(), 9);
    assert_eq!(saved(map(100)).1.matches("−0.25").count(), 0);
}

#[test]
fn the_same_map_gives_the_same_bytes_and_every_data_a_picture() {
    let long = "a name as long as nobody would write it ".repeat(9);
    let shapes: [(usize, usize); 8] = [(0, 0), (0, 3), (1, 1), (1, 500), (60, 500), (500, 1), (300, 3), (2, 3000)];
    for (rows, columns) in shapes {
        for fill in [0.0, f64::NAN, f64::INFINITY, -1e300, 5e-324] {
            let map = HeatMap {
                values: DMatrix::from_fn(rows, columns, |i, j| if (i + j) % 7 == 0 { fill } else { (i * j) as f64 }),
                rows: vec![long.clone(); rows],
                columns: (0..columns).map(|i| if i % 5 == 0 { "w".into() } else { format!("{i}") }).collect(),
                colors: if rows % 2 == 0 { Colors::Diverging } else { Colors::Sequential },
                label: long.clone(),
                decimals: Some(3),
                range: None,
            };
            let (png, svg) = saved(map.clone());
            let odd =
                svg.lines().find(|line| !line.contains("data:image") && (line.contains("NaN") || line.contains("inf")));
            assert!(png.len() > 300 && odd.is_none(), "{rows} × {columns} {odd:?}");
            assert_eq!(svg.contains("no values"), rows * columns == 0);
            if columns == 500 {
                assert!(saved(map) == (png, svg));
            }
        }
    }
}

#[test]
#[should_panic(expected = "2 names for 3 columns; give a name for each column, or none")]
fn a_name_too_few_is_a_mistake() {
    saved(HeatMap { values: DMatrix::zeros(1, 3), columns: letters("ab"), ..HeatMap::default() });
}

#[test]
fn samples_for_the_eye() {
    let text = "it was the best of times, it was the worst of times,\n";
    let wave = |unit: usize, t: usize| ((unit * 13 + 7) as f64 * 0.37 * (t as f64 + unit as f64)).sin();
    let gate = |name: &str, bias: f64| Panel {
        title: format!("The {name} of 24 units"),
        x: Axis::linear("letter read"),
        y: Axis::linear("unit"),
        content: HeatMap {
            values: DMatrix::from_fn(24, text.len(), |i, t| 1.0 / (1.0 + (-bias - 3.0 * wave(i, t)).exp())),
            rows: (1..=24).map(|i| i.to_string()).collect(),
            columns: letters(text),
            range: Some((0.0, 1.0)),
            label: format!("{name} (0 closed, 1 open)"),
            ..HeatMap::default()
        }
        .into(),
        ..Panel::default()
    };
    let gates = Figure {
        title: "Some forget gates stay open over whole words; the input gates open at new ones".into(),
        subtitle: "LSTM, 24 units, trained on A Tale of Two Cities".into(),
        size: (1760, 1500),
        panels: vec![gate("forget gate f", 2.0), gate("input gate i", -1.0)],
        ..Figure::default()
    };
    sample("gates", &gates);
    let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
    let (source, target) = (
        words("the agreement on the European Economic Area was signed in August 1992 ."),
        words("l' accord sur la zone économique européenne a été signé en août 1992 ."),
    );
    let attention = HeatMap {
        values: DMatrix::from_fn(14, 13, |i, j| (-0.7 * (i as f64 - j as f64).powi(2)).exp() * 0.9),
        rows: target,
        columns: source,
        range: Some((0.0, 1.0)),
        label: "attention weight".into(),
        decimals: Some(2),
        ..HeatMap::default()
    };
    let mut signed = DMatrix::from_fn(8, 8, wave);
    signed[(2, 3)] = f64::NAN;
    let weights = HeatMap {
        values: signed,
        colors: Colors::Diverging,
        label: "W_h".into(),
        decimals: Some(2),
        range: Some((-0.8, 0.8)),
        ..HeatMap::default()
    };
    let panel = |title: &str, content: HeatMap| Panel {
        title: title.into(),
        x: Axis::linear("source"),
        y: Axis::linear("target"),
        content: content.into(),
        ..Panel::default()
    };
    let both = Figure {
        title: "Attention follows the order of the words, but for the noun phrase".into(),
        columns: 2,
        size: (1760, 900),
        panels: vec![panel("Attention", attention), panel("Recurrent weights", weights)],
        ..Figure::default()
    };
    sample("attention", &both);
    let long = HeatMap {
        values: DMatrix::from_fn(64, 500, wave),
        rows: (0..64).map(|i| i.to_string()).collect(),
        columns: letters(&text.repeat(10)[..500]),
        colors: Colors::Diverging,
        label: "cell state c".into(),
        ..HeatMap::default()
    };
    let figure = Figure {
        title: "500 steps of 64 cells".into(),
        size: (1760, 800),
        panels: vec![panel("", long)],
        ..Figure::default()
    };
    sample("long", &figure);
}
