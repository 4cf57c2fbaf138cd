//! What a sweep's table and figure say of its runs.

use super::*;
use figures::Scale;

/// A run that is done, of these cells, with these numbers.
fn row<'a>(values: &'a [Value], cells: &[&str], numbers: &[(&str, f64)]) -> Row<'a> {
    let result = RunResult {
        study: "study".into(),
        id: "id".into(),
        status: Status::Done,
        why: None,
        numbers: numbers.iter().map(|(name, x)| ((*name).to_owned(), *x)).collect(),
        weights_sha256: None,
        figures: Vec::new(),
    };
    let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
    Row { id: "id", values: values.iter().collect(), cells, result: Some(result) }
}

fn drawn(keys: &[&str], rows: &[Row]) -> Figure {
    figure("study", keys, &names(rows), rows).expect("a key of numbers")
}

#[test]
fn a_seed_tells_repetitions_apart_and_their_count_does_not() {
    assert!(is_seed("seed") && is_seed("text.seed"));
    assert!(!is_seed("seeds") && !is_seed("text.seeds") && !is_seed("reseed"));
}

#[test]
fn an_axis_is_logarithmic_where_the_values_span_decades() {
    let scales = [&[0.001, 0.01, 0.1][..], &[0.001, 0.003], &[16.0, 32.0, 64.0], &[0.0, 10.0], &[-1.0, 100.0]];
    let found = scales.map(|values| axis("key", values).scale);
    assert_eq!(found, [Scale::Log10, Scale::Linear, Scale::Linear, Scale::Linear, Scale::Linear]);
}

#[test]
fn panels_of_one_measure_have_one_range_whatever_the_cell_and_others_their_own() {
    let values = [[Value::Integer(1)], [Value::Integer(2)]];
    let numbers = |x: f64| [("accuracy.lstm", 1.0 - x), ("accuracy.rnn", x), ("rnn.span", 100.0 * x)];
    let rows = [row(&values[0], &["rnn", "lstm"], &numbers(0.0)), row(&values[1], &["rnn", "lstm"], &numbers(0.1))];
    let figure = drawn(&["hidden"], &rows);
    let [lstm, rnn, span] = &figure.panels[..] else { panic!("{:?}", figure.panels) };
    assert_eq!((&lstm.y, lstm.y.label.as_str(), lstm.y.range), (&rnn.y, "accuracy", Some((-0.05, 1.05))));
    assert_eq!((span.y.label.as_str(), span.y.range), ("span", Some((-0.5, 10.5))));
}

#[test]
fn a_median_over_seeds_is_said_where_there_are_seeds_alone() {
    let values = [[Value::Integer(1)], [Value::Integer(2)]];
    let rows: Vec<Row> = values.iter().map(|values| row(values, &[], &[("loss", 1.0)])).collect();
    for (key, of_seeds) in [("hidden", false), ("seeds", false), ("seed", true)] {
        let keys = [key];
        assert_eq!(text(&keys, &names(&rows), &rows).contains("Median over the seeds"), of_seeds, "{key}");
    }
    let figure = drawn(&["hidden"], &rows);
    assert!(figure.footnote.is_empty() && figure.panels[0].series[0].bars.is_empty());
    let values = [[Value::Integer(1), Value::Integer(1)], [Value::Integer(1), Value::Integer(2)]];
    let rows: Vec<Row> = values.iter().map(|values| row(values, &[], &[("loss", 1.0)])).collect();
    let figure = drawn(&["hidden", "seed"], &rows);
    assert!(figure.footnote.contains("median over the seeds") && figure.panels[0].series[0].bars.len() == 1);
}

#[test]
fn runs_of_a_cell_each_share_their_columns() {
    let cells = ["rnn", "lstm:forget_bias=2"].map(|cell| [Value::Array(vec![Value::String(cell.into())])]);
    let rows = [
        row(&cells[0], &["rnn"], &[("accuracy.rnn", 0.5), ("rate.rnn.h", 0.9), ("chance", 0.1)]),
        row(&cells[1], &["lstm:forget_bias=2"], &[("accuracy.lstm:forget_bias=2", 0.75), ("chance", 0.1)]),
    ];
    let merged = without_single_cells(&rows);
    assert_eq!(names(&merged), ["accuracy", "chance", "rate.h"]);
    assert!(text(&["cells"], &names(&merged), &merged).contains("0.7500"));
    // Of runs with more cells, or all with the same, the names say which.
    let both = [row(&cells[0], &["rnn", "gru"], &[("accuracy.rnn", 0.5)]), rows[1].clone()];
    assert_eq!(names(&without_single_cells(&both)), names(&both));
    let same = [rows[0].clone(), rows[0].clone()];
    assert_eq!(names(&without_single_cells(&same)), names(&same));
}

#[test]
fn a_label_has_one_colour_in_every_panel() {
    let word = |cell: &str| Value::Array(vec![Value::String(cell.into())]);
    let values = [[word("rnn"), Value::Integer(1)], [word("lstm"), Value::Integer(1)]];
    let rows = [row(&values[0], &["rnn"], &[("rate", 0.9)]), row(&values[1], &["lstm"], &[("rate", 0.9), ("c", 1.0)])];
    let figure = drawn(&["cells", "hidden"], &rows);
    let found = |k: usize| figure.panels[k].series.iter().map(|s| (s.label.as_str(), s.color)).collect::<Vec<_>>();
    assert_eq!((found(0), found(1)), (vec![("cells lstm", 1)], vec![("cells rnn", 0), ("cells lstm", 1)]));
}
