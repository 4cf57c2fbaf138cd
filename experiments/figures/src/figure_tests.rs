//! Whole figures, from the data to the bytes of the files.

use super::*;
use crate::tests::{drawn, sample};
use crate::{Axis, Post, RuleLine, Series, Stroke};

/// A bell of noise that needs no generator.
fn wobble(i: usize, seed: usize) -> f64 {
    ((i * 37 + seed * 101) as f64 * 0.618).sin() + ((i * 11 + seed * 53) as f64 * 1.732).sin()
}

/// A gradient of base^k with a band, up to lag `to`.
fn decay(label: &str, color: usize, base: f64, to: i32) -> Series {
    let at = |k: i32| base.powi(k) * 10f64.powf(0.1 * wobble(k as usize, color));
    let points = (0..to).map(|k| (f64::from(k), at(k))).collect();
    let spread = |k: i32| 10f64.powf(0.012 * f64::from(k) + 0.2);
    let band = (0..to).map(|k| (f64::from(k), at(k) / spread(k), at(k) * spread(k))).collect();
    Series { label: label.into(), color, points, band, ..Series::default() }
}

fn theory(label: &str, color: usize, stroke: Stroke, base: f64, to: i32) -> Series {
    let points = (0..to).map(|k| (f64::from(k), base.powi(k))).collect();
    Series { label: label.into(), color, stroke, points, ..Series::default() }
}

fn gradient_panel(title: &str, to: i32) -> Panel {
    Panel {
        title: title.into(),
        x: Axis::linear("lag k (time steps)"),
        y: Axis::log10("gradient norm ‖∂L/∂h‖, relative").range(1e-30, 1e3),
        series: vec![
            decay("RNN", 0, 0.577, to),
            decay("LSTM", 1, 0.73, to),
            decay("GRU", 2, 0.82, to),
            decay("IRNN", 3, 1.0, to),
            decay("chrono LSTM", 4, 0.985, to),
            decay("uRNN", 5, 1.0, to),
            theory("RNN, theory σᵏ", 0, Stroke::Dashed, 0.577, to),
            theory("LSTM, theory", 1, Stroke::Dotted, 0.73, to),
        ],
        lines: vec![RuleLine { y: 1e-7, label: "f32 rounding".into() }],
        ..Panel::default()
    }
}

fn accuracy_series(label: &str, color: usize, reach: f64) -> Series {
    let xs = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0];
    let y = |x: f64| 0.1 + 0.9 / (1.0 + (x / reach).powi(3));
    let clip = |y: f64| y.clamp(0.0, 1.0);
    let dots = xs.iter().enumerate().flat_map(|(i, &x)| (0..5).map(move |s| (x, clip(y(x) + 0.04 * wobble(i, s)))));
    Series {
        label: label.into(),
        color,
        points: xs.iter().map(|&x| (x, y(x))).collect(),
        bars: xs.iter().map(|&x| (x, clip(y(x) - 0.06), clip(y(x) + 0.06))).collect(),
        dots: dots.collect(),
        ..Series::default()
    }
}

fn accuracy_panel(x: Axis) -> Panel {
    Panel {
        title: "Accuracy falls where the gradient has vanished".into(),
        x,
        y: Axis::linear("accuracy").range(0.0, 1.0),
        series: vec![
            accuracy_series("RNN", 0, 6.0),
            accuracy_series("LSTM", 1, 30.0),
            accuracy_series("GRU", 2, 50.0),
            accuracy_series("IRNN", 3, 150.0),
            accuracy_series("chrono LSTM", 4, 400.0),
        ],
        lines: vec![RuleLine { y: 0.1, label: "chance".into() }],
        posts: vec![Post { x: 100.0, label: "trained to 100".into() }],
        ..Panel::default()
    }
}

fn small(panel: Panel) -> Figure {
    Figure { title: "A title & <more>".into(), size: (440, 320), panels: vec![panel], ..Figure::default() }
}

/// The corners of every line of the SVG that has the colour of series 0, in pixels of the figure.
fn lines_of_series_0(svg: &str) -> Vec<Vec<(f64, f64)>> {
    let lines = svg.lines().filter(|line| line.starts_with("<polyline") && line.contains("#0072B2"));
    lines
        .map(|line| {
            let points = line.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
            let numbers = points.split_whitespace().map(|pair| pair.split_once(',').unwrap());
            numbers.map(|(x, y)| (x.parse::<f64>().unwrap() / 2.0, y.parse::<f64>().unwrap() / 2.0)).collect()
        })
        .collect()
}

fn curve(points: Vec<(f64, f64)>) -> Series {
    Series { points, ..Series::default() }
}

fn on_log(points: Vec<(f64, f64)>) -> Panel {
    Panel {
        x: Axis::linear("x").range(0.0, 10.0),
        y: Axis::log10("y").range(1e-10, 1.0),
        series: vec![curve(points)],
        ..Panel::default()
    }
}

/// The data area: where the grid ends.
fn data_area(figure: &Figure) -> Rect {
    let grid = figure.marks().into_iter().filter_map(|mark| match mark {
        Mark::Line { points, color, .. } if color == crate::palette::GRID => Some(points),
        _ => None,
    });
    let all: Vec<_> = grid.flatten().collect();
    let edge = |pick: fn(&(f64, f64)) -> f64, best: fn(f64, f64) -> f64| all.iter().map(pick).reduce(best).unwrap();
    Rect {
        left: edge(|p| p.0, f64::min),
        right: edge(|p| p.0, f64::max),
        top: edge(|p| p.1, f64::min),
        bottom: edge(|p| p.1, f64::max),
    }
}

#[test]
fn the_svg_holds_every_label_and_closes_every_tag() {
    let (_, svg) = drawn(&small(gradient_panel("Panel", 50)));
    for label in ["A title &amp; &lt;more&gt;", "Panel", "lag k", "‖∂L/∂h‖", "chrono LSTM", "f32 rounding", "10⁻³⁰"]
    {
        assert!(svg.contains(label), "{label}");
    }
    assert!(svg.starts_with(r#"<svg width="440" height="320" viewBox="0 0 880 640""#));
    assert!(svg.trim_end().ends_with("</svg>"));
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
}

#[test]
fn the_png_has_its_size_and_ink() {
    let (png, _) = drawn(&small(gradient_panel("Panel", 50)));
    let (empty, _) = drawn(&Figure { size: (440, 320), ..Figure::default() });
    assert_eq!(&png[1..4], b"PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), (440, 320));
    assert!(png.len() > 10 * empty.len(), "{} bytes against {} of white paper", png.len(), empty.len());
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    let figure = small(accuracy_panel(Axis::log10("distance")));
    assert!(drawn(&figure) == drawn(&figure));
}

#[test]
fn a_value_without_a_place_breaks_the_curve() {
    for hole in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0] {
        let at = |i: i32| (f64::from(i), if i == 5 { hole } else { 1e-5 });
        let figure = small(on_log((0..=10).map(at).collect()));
        let area = data_area(&figure);
        let lines = lines_of_series_0(&drawn(&figure).1);
        assert_eq!(lines.len(), 2, "{hole}");
        let middle = (area.top + area.bottom) / 2.0;
        assert!(lines.iter().flatten().all(|point| (point.1 - middle).abs() < 2.0), "{hole}: {lines:?}");
    }
}

#[test]
fn a_curve_that_leaves_through_the_bottom_ends_on_the_frame() {
    let figure = small(on_log((0..=10).map(|i| (f64::from(i), 10f64.powi(-4 * i))).collect()));
    let area = data_area(&figure);
    let lines = lines_of_series_0(&drawn(&figure).1);
    assert_eq!(lines.len(), 1);
    let end = *lines[0].last().unwrap();
    assert!((end.1 - area.bottom).abs() <= 1.0, "{end:?} {area:?}");
    assert!((end.0 - (area.left + 0.25 * area.width())).abs() <= 1.0, "{end:?} {area:?}");
}

#[test]
fn a_band_down_to_zero_leaves_through_the_bottom_and_stays_inside() {
    let band = (0..=10).map(|i| (f64::from(i), if i > 5 { 0.0 } else { 1e-6 }, 1e-4)).collect();
    let mut panel = on_log(vec![]);
    panel.series[0].band = band;
    let figure = small(panel);
    let area = data_area(&figure);
    let bands = figure.marks().into_iter().filter_map(|mark| match mark {
        Mark::Area { outline, .. } => Some(outline),
        _ => None,
    });
    let bands: Vec<_> = bands.collect();
    assert_eq!(bands.len(), 1);
    assert!(bands[0].iter().all(|&point| area.holds(point)), "{bands:?}");
    assert!(bands[0].iter().any(|point| (point.1 - area.bottom).abs() < 0.1), "{bands:?}");
}

#[test]
fn every_kind_of_data_gives_a_picture() {
    let nan = f64::NAN;
    let many: [Vec<(f64, f64)>; 7] = [
        vec![],
        vec![(1.0, 1.0)],
        vec![(0.0, 0.0)],
        (0..9).map(|i| (f64::from(i), 3.0)).collect(),
        vec![(nan, nan); 5],
        vec![(-1.0, -1.0), (0.0, 0.0), (1.0, f64::INFINITY), (2.0, 1e-300), (3.0, 1e300)],
        vec![(f64::MIN, f64::MIN), (f64::MAX, f64::MAX), (5e-324, 5e-324)],
    ];
    for points in many {
        for (x, y) in [(Axis::linear("x"), Axis::linear("y")), (Axis::log10("x"), Axis::log10("y"))] {
            let ends: Vec<_> = points.iter().map(|&(x, y)| (x, y, nan)).chain([(1.0, 0.0, f64::INFINITY)]).collect();
            let series = Series {
                label: "s".into(),
                dots: points.clone(),
                bars: ends.clone(),
                band: ends,
                points: points.clone(),
                ..Series::default()
            };
            for series in [series, curve(points.clone())] {
                let figure = small(Panel { x: x.clone(), y: y.clone(), series: vec![series], ..Panel::default() });
                let figure = Figure { size: (120, 100), ..figure };
                let (png, svg) = drawn(&figure);
                assert!(!png.is_empty() && !svg.contains("NaN") && !svg.contains("inf"));
            }
        }
    }
}

#[test]
fn a_panel_without_values_says_so() {
    assert!(drawn(&small(on_log(vec![(1.0, f64::NAN)]))).1.contains("no values in range"));
    assert!(!drawn(&small(on_log(vec![(1.0, 0.5)]))).1.contains("no values in range"));
}

#[test]
fn samples_for_the_eye() {
    let gradients = Figure {
        title: "The RNN's gradient is gone after 60 steps; the IRNN and the chrono LSTM keep theirs".into(),
        subtitle: "hidden 128, batch 32, f64, median and 10–90 % of 20 seeds, untrained".into(),
        columns: 2,
        size: (1760, 1240),
        panels: vec![
            gradient_panel("At initialisation", 200),
            gradient_panel("After training on the copy task with lag 100", 300),
            gradient_panel("Single precision", 150),
            Panel { series: vec![curve(vec![(0.0, f64::NAN)])], ..gradient_panel("Diverged", 50) },
        ],
        footnote: "Curves that reach the lower edge go on below it.".into(),
    };
    let accuracy = Figure {
        title: "Accuracy falls where the gradient has vanished".into(),
        subtitle: "500 test sequences a point, bars are 95 % Wilson intervals, one dot a seed".into(),
        columns: 2,
        size: (1760, 800),
        panels: vec![accuracy_panel(Axis::log10("distance (time steps)")), accuracy_panel(Axis::linear("distance"))],
        ..Figure::default()
    };
    // Two meanings of blue: each panel gets its own legend.
    let radii = Panel {
        series: [0.5, 0.9, 1.0, 1.05, 1.1]
            .iter()
            .enumerate()
            .map(|(color, &radius)| theory(&format!("ρ = {radius}"), color, Stroke::Solid, radius, 1000))
            .collect(),
        ..gradient_panel("The radius decides", 10)
    };
    let both = Figure {
        title: "Two panels, two legends".into(),
        columns: 2,
        size: (1760, 900),
        panels: vec![gradient_panel("Cells", 200), radii],
        ..Figure::default()
    };
    sample("both", &both);
    sample("gradients", &gradients);
    sample("accuracy", &accuracy);
}

/// Whatever the width of the names, no legend entry stands below the first line of the footnote.
#[test]
fn a_legend_stays_above_the_footnote() {
    for length in 1..200 {
        let series = (0..7).map(|color| Series { label: "i".repeat(length), color, ..decay("", color, 0.9, 5) });
        let series: Vec<_> =
            series.enumerate().map(|(n, s)| Series { label: format!("{}{n}", s.label), ..s }).collect();
        let panel = Panel { series, ..Panel::default() };
        let footnote = "the footnote".into();
        let figure = Figure { panels: vec![panel], footnote, size: (880, 1200), ..Figure::default() };
        let height = |text: &str| {
            figure.marks().iter().find_map(|mark| match mark {
                crate::canvas::Mark::Text { text: found, at, .. } if found.starts_with(text) => Some(at.1),
                _ => None,
            })
        };
        let lowest = (0..7).filter_map(|n| height(&format!("{}{n}", "i".repeat(length)))).fold(0.0, f64::max);
        let foot = height("the footnote").expect("a footnote");
        assert!(lowest > 0.0 && lowest < foot - 6.0, "names of {length}: {lowest} against {foot}");
    }
}

#[test]
fn a_posts_name_and_a_lines_name_keep_off_the_curves_and_the_post() {
    // The curve runs along the foot of the post, where its name would stand.
    let points = (0..=100).map(|x| (f64::from(x), 0.03)).collect();
    let panel = Panel {
        x: Axis::linear("x").range(0.0, 100.0),
        y: Axis::linear("y").range(0.0, 1.0),
        series: vec![Series { label: "low".into(), points, ..Series::default() }],
        lines: vec![RuleLine { y: 0.5, label: "half".into() }],
        posts: vec![Post { x: 97.0, label: "best".into() }],
        ..Panel::default()
    };
    let marks = small(panel).marks();
    let place = |name: &str| {
        let found = marks.iter().find_map(|mark| match mark {
            Mark::Text { text, at, .. } if text == name => Some(*at),
            _ => None,
        });
        found.expect("it is named")
    };
    assert!(place("best").1 < place("half").1, "above the middle, not at the foot");
    assert!(place("half").0 < 200.0, "at the left: the post stands at the right");
}

#[test]
fn a_lines_name_gets_smaller_before_it_covers_a_curve() {
    let size = |steep: f64| {
        // From the upper left through the line, which leaves its name the room at the right.
        let points = (0..=100).map(|x| (f64::from(x), (-f64::from(x) / steep).exp())).collect();
        let panel = Panel {
            x: Axis::linear("x").range(0.0, 100.0),
            y: Axis::linear("y").range(0.0, 1.0),
            series: vec![Series { points, ..Series::default() }],
            lines: vec![RuleLine { y: 0.3, label: "the name of a line ".repeat(4) }],
            ..Panel::default()
        };
        let marks = Figure { panels: vec![panel], size: (300, 200), ..Figure::default() }.marks();
        let found = marks.iter().find_map(|mark| match mark {
            Mark::Text { text, font, .. } if text.starts_with("the name") => Some(font.size / (300.0 / 880.0)),
            _ => None,
        });
        found.expect("it is named")
    };
    assert!((size(1.0) - 15.0).abs() < 1e-9, "{}", size(1.0));
    let sizes: Vec<f64> = (2..60).map(|steep| size(f64::from(steep))).collect();
    assert!(sizes.iter().any(|size| *size < 15.0), "{sizes:?}");
}
