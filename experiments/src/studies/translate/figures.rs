//! The figures, drawn from the run's CSV files alone.

use super::report::{baseline, label};
use super::scores::{LengthRow, by_length};
use super::{Config, Input, Outcome};
use crate::Stop;
use crate::plot::{Axis, Figure, Panel, RuleLine, Series};
use crate::run::Run;
use crate::translator::picture;

/// The most ranges of source lengths.
const RANGES: usize = 11;

/// Writes the CSV files and draws both figures from them.
///
/// # Errors
/// Failed, if a file cannot be written or read.
pub fn draw(run: &Run, config: &Config, input: &Input, outcomes: &[Outcome]) -> Result<(), Stop> {
    let rows = outcomes.iter().flat_map(|o| by_length(label(o.attention), &o.answers, RANGES));
    run.csv("figures/accuracy.csv", rows)?;
    run.figure("accuracy", &accuracy(&run.rows("figures/accuracy.csv")?, config, input))?;

    let pictures: Vec<_> = outcomes.iter().flat_map(|outcome| outcome.pictures.clone()).collect();
    let text = |translation: &crate::translator::Translation| {
        let [source, target] = input.tokenizers;
        [source.join(&translation.source), target.join(&translation.target)]
    };
    run.csv("figures/attention.csv", picture::rows(&pictures, text))?;
    let panels = picture::panels(&run.rows("figures/attention.csv")?, ["read", "written"]);
    let figure = Figure {
        title: "Where the decoder looks when it writes each token".into(),
        subtitle: format!("{}; a row sums to 1. From the test pairs, never seen in training", facts(config, input)),
        size: (1400, 170 + 440 * panels.len().max(1) as u32),
        panels,
        ..Figure::default()
    };
    run.figure("attention", &figure)
}

fn facts(config: &Config, input: &Input) -> String {
    format!(
        "{}; {}, H = {}; {} updates of {} pairs, seed {}",
        input.name, config.cell, config.hidden, config.training.updates, config.training.batch, config.seed
    )
}

fn accuracy(rows: &[LengthRow], config: &Config, input: &Input) -> Figure {
    let (_, fixed) = baseline(input);
    let middle = |row: &LengthRow| (row.shortest + row.longest) as f64 / 2.0;
    let series = |value: fn(&LengthRow) -> f64, bars: bool| {
        [false, true]
            .into_iter()
            .enumerate()
            .map(|(color, attention)| {
                let of: Vec<&LengthRow> = rows.iter().filter(|row| row.network == label(attention)).collect();
                let bar = |row: &&LengthRow| (middle(row), row.exact_low, row.exact_high);
                Series {
                    label: label(attention).into(),
                    color,
                    points: of.iter().map(|row| (middle(row), value(row))).collect(),
                    bars: if bars { of.iter().map(bar).collect() } else { Vec::new() },
                    ..Series::default()
                }
            })
            .collect()
    };
    let rule = |y: f64| vec![RuleLine { y, label: format!("one fixed answer: {y:.2}") }];
    let x = || Axis::linear(format!("length of the source ({})", input.source_tokens()));
    let share = |label: String| Axis::linear(label).range(0.0, 1.02);
    Figure {
        title: "Accuracy against the length of what is read, with and without attention".into(),
        subtitle: format!("{}; {} test pairs", facts(config, input), input.splits.test.len()),
        columns: 2,
        size: (1760, 820),
        panels: vec![
            Panel {
                title: "Exact match, with 95 % intervals".into(),
                x: x(),
                y: share("share of targets".into()),
                series: series(|row| row.exact, true),
                lines: rule(fixed.exact()),
                ..Panel::default()
            },
            Panel {
                title: format!("{} in place", capitalised(input.target_tokens())),
                x: x(),
                y: share(format!("share of {}", input.target_tokens())),
                series: series(|row| row.in_place, false),
                lines: rule(fixed.in_place()),
                ..Panel::default()
            },
        ],
        ..Figure::default()
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
