//! The figures, drawn from the run's CSV files alone.

use experiments::plot::{Axis, Figure, Panel, RuleLine, Series};
use experiments::report::trained;
use experiments::run::Run;
use experiments::tasks::capitalised;
use experiments::translator::{Translation, picture};
use experiments::{Stop, counted};

use super::report::{baseline, label};
use super::scores::{LengthRow, by_length};
use super::{Config, Input, Outcome};

/// The most ranges of source lengths.
const RANGES: usize = 11;

/// Writes the CSV files and draws both figures from them.
///
/// # Errors
/// Failed, if a file cannot be written or read.
pub fn draw(run: &Run, config: &Config, input: &Input, outcomes: &[Outcome]) -> Result<(), Stop> {
    let rows = outcomes.iter().flat_map(|o| by_length(label(o.attention), &o.answers, RANGES));
    run.figure("accuracy", &accuracy(&run.filed("figures/accuracy.csv", rows)?, config, input))?;

    let pictures: Vec<_> = outcomes.iter().flat_map(|outcome| outcome.pictures.clone()).collect();
    let text = |translation: &Translation| {
        let [source, target] = input.tokenizers;
        [source.join(&translation.source), target.join(&translation.target)]
    };
    let title = "Where the decoder looks when it writes each token".into();
    let subtitle = format!("{}; a row sums to 1. From the test pairs, never seen in training", facts(config, input));
    picture::draw(run, picture::rows(&pictures, text), [title, subtitle], ["read", "written"])
}

fn facts(config: &Config, input: &Input) -> String {
    let network = (&*config.network.cell, config.network.hidden);
    format!("{}; {}", input.name, trained(network, &config.training, " pairs", config.seed))
}

fn accuracy(rows: &[LengthRow], config: &Config, input: &Input) -> Figure {
    let (_, fixed) = baseline(input);
    let middle = |row: &LengthRow| (row.shortest + row.longest) as f64 / 2.0;
    let series = |value: fn(&LengthRow) -> f64, bars: bool| {
        let of = |(color, attention): (usize, bool)| {
            let of: Vec<&LengthRow> = rows.iter().filter(|row| row.network == label(attention)).collect();
            let bar = |row: &&LengthRow| (middle(row), row.exact_low, row.exact_high);
            Series {
                label: label(attention).into(),
                color,
                points: of.iter().map(|row| (middle(row), value(row))).collect(),
                bars: if bars { of.iter().map(bar).collect() } else { Vec::new() },
                ..Series::default()
            }
        };
        [(0, false), (1, true)].map(of).to_vec()
    };
    let [read, written] = input.tokens();
    let panel = |title: String, what: &str, series: Vec<Series>, fixed: f64| Panel {
        title,
        x: Axis::linear(format!("length of the source ({read})")),
        y: Axis::linear(format!("share of {what}")).range(0.0, 1.02),
        series,
        lines: vec![RuleLine { y: fixed, label: format!("one fixed answer: {fixed:.2}") }],
        ..Panel::default()
    };
    let exact = "Exact match, with 95 % intervals".into();
    let in_place = format!("{} in place", capitalised(written));
    Figure {
        title: "Accuracy against the length of what is read, with and without attention".into(),
        subtitle: format!("{}; {}", facts(config, input), counted(input.splits.test.len(), "test pair")),
        columns: 2,
        size: (1760, 820),
        panels: vec![
            panel(exact, "targets", series(|row| row.exact, true), fixed.exact.value()),
            panel(in_place, written, series(|row| row.in_place, false), fixed.in_place.value()),
        ],
        ..Figure::default()
    }
}
