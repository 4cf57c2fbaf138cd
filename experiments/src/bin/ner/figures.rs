//! The figures, drawn from the run's CSV files alone.

use experiments::plot::{Figure, HeatMap, Panel};
use experiments::report::{heat_map, in_order, trained};
use experiments::run::Run;
use experiments::{Stop, counted};
use serde::{Deserialize, Serialize};

use super::report::{ALL, ScoreRow, examples, label, scores};
use super::{Config, Input, Outcome};

/// A row of `figures/tags.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagRow {
    pub sentence: usize,
    pub network: String,
    pub place: usize,
    pub word: String,
    pub right: String,
    pub tag: String,
    pub probability: f64,
}

/// Writes the CSV files and draws both figures from them.
///
/// # Errors
/// Failed, if a file cannot be written or read.
pub fn draw(run: &Run, config: &Config, input: &Input, outcomes: &[Outcome]) -> Result<(), Stop> {
    run.figure("f1", &f1(&run.filed("figures/f1.csv", scores(input, outcomes))?, config, input))?;
    run.figure("tags", &tags(&run.filed("figures/tags.csv", tag_rows(input, outcomes))?, config, input))
}

fn facts(config: &Config, input: &Input) -> String {
    let network = trained((&config.cell, config.hidden), &config.training, " sentences", config.seed);
    format!("{}, {} to train on; {network}", input.name, input.splits.train.len())
}

/// Where a name stands, and the name.
fn place<'a>(names: &[String], name: &'a str) -> (usize, &'a str) {
    (names.iter().position(|other| other == name).unwrap_or(0), name)
}

fn f1(rows: &[ScoreRow], config: &Config, input: &Input) -> Figure {
    let taggers = in_order(rows.iter().map(|row| &row.tagger));
    let kinds = in_order(rows.iter().map(|row| &row.kind));
    let panel = |title: &str, value: fn(&ScoreRow) -> f64| {
        let shares = rows.iter().map(|row| (place(&taggers, &row.tagger), place(&kinds, &row.kind), value(row)));
        let map = HeatMap { decimals: Some(2), ..heat_map(shares) };
        Panel { title: title.into(), content: map.into(), ..Panel::default() }
    };
    let bound = input.best_left_to_right;
    let bound = bound.map(|b| format!("From left to right, no network can have more than F1 = {b:.2} for `{ALL}`."));
    Figure {
        title: "Entities found: both directions against left to right only".into(),
        subtitle: format!("{}; {}", facts(config, input), counted(input.splits.test.len(), "test sentence")),
        size: (1760, 1150),
        panels: vec![
            panel("F1", |row| row.f1),
            panel("Precision", |row| row.precision),
            panel("Recall", |row| row.recall),
        ],
        footnote: bound.unwrap_or_default(),
        ..Figure::default()
    }
}

fn tag_rows(input: &Input, outcomes: &[Outcome]) -> Vec<TagRow> {
    let mut rows = Vec::new();
    for sentence in examples(input, outcomes) {
        let gold = &input.splits.test[sentence];
        for outcome in outcomes {
            let Some((_, words)) = outcome.pictures.iter().find(|(number, _)| *number == sentence) else { continue };
            for (place, probabilities) in words.iter().enumerate() {
                for (tag, &probability) in outcome.tags.iter().zip(probabilities) {
                    rows.push(TagRow {
                        sentence,
                        network: label(outcome.both).into(),
                        place,
                        word: gold.tokens[place].clone(),
                        right: gold.tags[place].clone(),
                        tag: tag.clone(),
                        probability,
                    });
                }
            }
        }
    }
    rows
}

fn tags(rows: &[TagRow], config: &Config, input: &Input) -> Figure {
    let of = |row: &TagRow| format!("{} {}", row.sentence, row.network);
    let panel = |name: &String| {
        let rows: Vec<&TagRow> = rows.iter().filter(|row| of(row) == *name).collect();
        let tags = in_order(rows.iter().map(|row| &row.tag));
        let shares = rows.iter().map(|row| (place(&tags, &row.tag), (row.place, &*row.word), row.probability));
        let map = HeatMap { label: "P(tag)".into(), ..heat_map(shares) };
        let right = rows.iter().filter(|row| row.right != "O" && row.right == row.tag);
        let right: Vec<String> = right.map(|row| format!("{} {}", row.word, row.right)).collect();
        Panel {
            title: format!("{} (right: {})", rows.first().map_or("", |row| &row.network), right.join(", ")),
            content: map.into(),
            ..Panel::default()
        }
    };
    let panels: Vec<Panel> = in_order(rows.iter().map(of)).iter().map(panel).collect();
    Figure {
        title: "What each network thinks of every word".into(),
        subtitle: facts(config, input),
        columns: 2,
        size: (1760, 200 + 420 * panels.len().div_ceil(2).max(1) as u32),
        panels,
        footnote: "Test sentences that both directions tag right and left to right wrong, where there are any.".into(),
    }
}
