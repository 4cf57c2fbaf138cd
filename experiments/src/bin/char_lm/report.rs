//! What the program prints, and its figure.

use std::f64::consts::LN_2;

use experiments::plot::{Axis, Figure, Panel, Post, RuleLine, Series};
use experiments::run::Run;
use experiments::table::{Table, row, table};
use experiments::train::Metric;
use experiments::{Stop, counted};
use serde::{Deserialize, Serialize};

use super::config::Config;
use super::corpus::Corpus;
use super::n_grams::{Order, best};
use super::{Input, Outcome};

/// A row of `figures/char_lm.csv`.
#[derive(Serialize, Deserialize)]
struct Row {
    update: u64,
    /// The mean of the updates since the row before, with dropout.
    training_bits: f64,
    validation_bits: Option<f64>,
}

/// What a sweep compares.
pub(super) fn numbers(outcome: &Outcome, orders: &[Order]) -> [(&'static str, f64); 6] {
    let n_gram = best(orders);
    [
        ("bits.validation", outcome.validation),
        ("bits.test", outcome.test),
        ("bits.n_gram.validation", n_gram.validation),
        ("bits.n_gram.test", n_gram.test),
        ("n_gram.order", n_gram.order as f64),
        ("best_update", outcome.best_update as f64),
    ]
}

/// The whole report.
pub(super) fn text(config: &Config, input: &Input, outcome: &Outcome, orders: &[Order]) -> String {
    let corpus = &input.corpus;
    let mut text = format!(
        "{}: {} characters, {} of them different in the training part; trained on the first {}, chosen by the next {}, \
         tested on the last {}\n{} of {}, H = {}, embedding {}: {} parameters; best after update {} of {}\n\n{}\n\n",
        corpus.name,
        corpus.characters(),
        corpus.vocabulary.len() - 1,
        corpus.train.len(),
        corpus.validation.len(),
        corpus.test.len(),
        counted(config.layers, "layer"),
        config.cell,
        config.hidden,
        config.embedding,
        outcome.parameters,
        outcome.best_update,
        config.training.updates,
        bits(config, corpus, outcome, orders)
    );
    let unknown = corpus.test.iter().filter(|token| **token == 0).count();
    if unknown > 0 {
        text += &format!(
            "{} of the test part {} unknown to the training part, one token to all models.\n\n",
            counted(unknown, "character"),
            if unknown == 1 { "is" } else { "are" }
        );
    }
    text + &samples(&input.prompt, &outcome.samples) + "\n"
}

/// What was written after `prompt`, at each temperature.
pub(super) fn samples(prompt: &str, samples: &[Sample]) -> String {
    let shown = |s: &Sample| format!("--- at temperature {} ---\n{prompt}{}\n", s.temperature, s.text);
    samples.iter().map(shown).collect::<Vec<_>>().join("\n")
}

fn bits(config: &Config, corpus: &Corpus, outcome: &Outcome, orders: &[Order]) -> Table {
    let mut table = table(["bits per character", "validation", "test"]);
    let mut add = |name: String, validation: f64, test: f64| {
        table.add_row(row(name, [validation, test].map(|bits| format!("{bits:.3}"))));
    };
    let uniform = (corpus.vocabulary.len() as f64).log2();
    add("every character alike".into(), uniform, uniform);
    let n_gram = best(orders);
    for of in orders.iter().filter(|of| of.order == 1 || of.order == n_gram.order) {
        let how =
            if of.order == 1 { "by how often it comes".into() } else { format!("after the {} before", of.order - 1) };
        add(format!("{}-gram: {how}", of.order), of.validation, of.test);
    }
    add(format!("{} network", config.cell), outcome.validation, outcome.test);
    table
}

/// A text that was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sample {
    pub temperature: f64,
    pub text: String,
}

/// The bits per character over the updates, with the n-gram's as a line; drawn from its CSV.
///
/// # Errors
/// Failed, if the CSV cannot be read or the figure not be written.
pub(super) fn draw(run: &Run, config: &Config, input: &Input, outcome: &Outcome, orders: &[Order]) -> Result<(), Stop> {
    let row = |m: &Metric| Row { update: m.update, training_bits: m.loss / LN_2, validation_bits: m.validation };
    let rows: Vec<Row> = run.filed("figures/char_lm.csv", outcome.metrics.iter().map(row))?;
    let orders: Vec<Order> = run.filed("figures/n_grams.csv", orders)?;
    let (n_gram, letters) = (best(&orders), orders[0]);
    let training = rows.iter().map(|row| (row.update as f64, row.training_bits)).collect();
    let validation = rows.iter().filter_map(|row| Some((row.update as f64, row.validation_bits?))).collect();
    let cell = config.cell.to_uppercase();
    let (network, than) = (outcome.test, n_gram.test);
    let panel = Panel {
        x: Axis::linear("updates").range(0.0, config.training.updates.max(1) as f64),
        y: Axis::linear("bits per character"),
        series: vec![
            Series { label: "training part, with dropout".into(), color: 1, points: training, ..Series::default() },
            Series { label: "validation part".into(), color: 0, points: validation, ..Series::default() },
        ],
        lines: vec![
            RuleLine { y: letters.validation, label: format!("1-gram, validation: {:.2}", letters.validation) },
            RuleLine {
                y: n_gram.validation,
                label: format!("{}-gram, validation: {:.2}", n_gram.order, n_gram.validation),
            },
        ],
        posts: vec![Post { x: outcome.best_update as f64, label: "best".into() }],
        ..Panel::default()
    };
    let figure = Figure {
        title: format!(
            "On the test part: {network:.2} bits per character for the {cell}, {than:.2} for the {}-gram",
            n_gram.order
        ),
        subtitle: format!(
            "{}, {} characters; {}, H = {}, {} parameters; {} × {} an update; seed {}",
            input.corpus.name,
            input.corpus.characters(),
            counted(config.layers, "layer"),
            config.hidden,
            outcome.parameters,
            counted(config.batch, "stream"),
            counted(config.steps, "step"),
            config.seed
        ),
        panels: vec![panel],
        footnote: "The first 80 % of the text are trained on, the next 10 % choose the best update and the n-gram's order, the \
                   last 10 % are the test."
            .into(),
        ..Figure::default()
    };
    run.figure("char_lm", &figure)
}
