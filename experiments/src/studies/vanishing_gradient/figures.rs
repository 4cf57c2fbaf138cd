//! The figures, drawn from the run's CSV files alone.

use models::Registry;
use serde::de::DeserializeOwned;

use super::config::Config;
use super::curves::{self, Kind};
use super::scores;
use super::summary::Summary;
use super::unit::Phase;
use crate::Stop;
use crate::plot::{Axis, Figure, Panel, Post, RuleLine, Series, Stroke};
use crate::run::Run;

/// The figures' names, in order.
pub const NAMES: [&str; 3] = ["gradient_flow", "france", "gradient_flow_text"];

/// Draws all figures of a run.
///
/// # Errors
/// Failed, if a CSV cannot be read or a figure not be written.
pub fn draw(run: &Run, config: &Config, registry: &Registry, summary: &Summary) -> Result<(), Stop> {
    let [flow, france, text] = NAMES;
    let facts = facts(config, summary);
    let cells = Cells { config, labels: config.cells.iter().map(|cell| registry.label(cell)).collect() };
    run.figure(flow, &gradient_flow(&read(run, flow)?, &cells, &facts))?;
    run.figure(france, &accuracy(&read(run, france)?, &cells, summary, &facts))?;
    run.figure(text, &gradient_flow_on_text(&read(run, text)?, &cells, summary))
}

fn read<R: DeserializeOwned>(run: &Run, name: &str) -> Result<Vec<R>, Stop> {
    run.rows(&format!("figures/{name}.csv"))
}

/// The cells of the configuration: what figures call them, and their colours, by their place, so that they are the same in
/// all figures.
struct Cells<'a> {
    config: &'a Config,
    labels: Vec<String>,
}

impl Cells<'_> {
    fn color(&self, cell: &str) -> usize {
        self.config.cells.iter().position(|name| name == cell).unwrap_or(0)
    }

    fn label(&self, cell: &str) -> String {
        self.labels[self.color(cell)].clone()
    }
}

fn facts(config: &Config, summary: &Summary) -> String {
    let sizes: Vec<usize> = summary.tasks.iter().map(|t| t.hidden).collect();
    let counts: Vec<usize> = summary.tasks.iter().map(|t| t.parameters).collect();
    let span = |values: &[usize]| {
        let (low, high) = (values.iter().min().copied().unwrap_or(0), values.iter().max().copied().unwrap_or(0));
        if low == high { low.to_string() } else { format!("{low}–{high}") }
    };
    format!(
        "H = {}, {} parameters; {} seeds; {} updates of {} examples at distances 1–{}{}",
        span(&sizes),
        span(&counts),
        config.seeds,
        config.updates,
        config.batch,
        config.steps - 1,
        if summary.quick { "; --quick: too short to conclude from" } else { "" }
    )
}

/// Figure 1.
fn gradient_flow(rows: &[curves::Row], cells: &Cells<'_>, facts: &str) -> Figure {
    let config = cells.config;
    let has = |cell: &str| config.cells.iter().any(|name| name == cell);
    Figure {
        title: if has("rnn") && has("lstm") {
            "The RNN's gradient vanishes; the LSTM's lives as long as its forget gates let it".into()
        } else {
            "The gradient of the last loss on its way back through time".into()
        },
        subtitle: facts.into(),
        footnote: format!(
            "Median and 10–90 % band over {} seeds × {} examples, f64.{}",
            config.seeds,
            config.examples,
            if has("rnn") { " σ_max(W_h)ᵏ is an upper bound: it says nothing where σ_max ≥ 1." } else { "" }
        ),
        ..flow_figure(rows, cells)
    }
}

/// Figure 3.
fn gradient_flow_on_text(rows: &[curves::Row], cells: &Cells<'_>, summary: &Summary) -> Figure {
    let (config, text) = (cells.config, &cells.config.text);
    Figure {
        title: "The same on real text: next-character models".into(),
        subtitle: format!(
            "{}, {} characters; H = {}; {} seeds; {} updates on windows of {} characters{}",
            summary.text,
            summary.characters,
            config.hidden,
            text.seeds,
            text.updates,
            config.window(),
            if summary.quick { "; --quick: too short to conclude from" } else { "" }
        ),
        footnote: format!("Median and 10–90 % band over {} seeds × {} examples, f64.", text.seeds, config.examples),
        ..flow_figure(rows, cells)
    }
}

/// Rows of panels: the part h of every cell above, the memory c below, then what else a user's cell remembers; before training
/// left, after it right.
fn flow_figure(rows: &[curves::Row], cells: &Cells<'_>) -> Figure {
    let mut parts: Vec<&str> = Vec::new();
    for part in ["h", "c"].into_iter().chain(rows.iter().map(|row| row.part.as_str())) {
        if !parts.contains(&part) && rows.iter().any(|row| row.part == part) {
            parts.push(part);
        }
    }
    let mut panels = Vec::new();
    for part in &parts {
        for (phase, when) in [(Phase::Initial, "at initialisation"), (Phase::Trained, "after training")] {
            let of_panel = rows.iter().filter(|row| row.part == *part && row.phase == phase);
            // The direct path is shown where there is a law for it to follow.
            let has_law = |cell: &str| of_panel.clone().any(|row| row.kind == Kind::Forget && row.cell == cell);
            let of_panel: Vec<_> =
                of_panel.clone().filter(|row| row.kind != Kind::Direct || has_law(&row.cell)).collect();
            panels.push(Panel {
                title: format!("‖∂L/∂{part}_(T−k)‖ {when}"),
                x: Axis::linear("lag k (time steps back from the loss)").range(0.0, cells.config.steps as f64 - 1.0),
                y: Axis::log10("gradient norm, relative to lag 0").range(1e-20, 1e2),
                series: flow_series(&of_panel, cells),
                ..Panel::default()
            });
        }
    }
    Figure { columns: 2, size: (1760, 300 + 560 * parts.len() as u32), panels, ..Figure::default() }
}

fn flow_series(rows: &[&curves::Row], cells: &Cells<'_>) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for cell in &cells.config.cells {
        for kind in [Kind::Measured, Kind::Direct, Kind::Rho, Kind::SigmaMax, Kind::Forget] {
            let of_kind: Vec<_> = rows.iter().filter(|row| row.cell == *cell && row.kind == kind).collect();
            let mut seeds: Vec<_> = of_kind.iter().map(|row| row.seed).collect();
            seeds.dedup();
            for (n, seed) in seeds.iter().enumerate() {
                let curve = of_kind.iter().filter(|row| row.seed == *seed);
                series.push(one_series(cell, kind, cells, curve, n == 0));
            }
        }
    }
    series
}

fn one_series<'a>(
    cell: &str,
    kind: Kind,
    cells: &Cells<'_>,
    rows: impl Iterator<Item = &'a &'a &'a curves::Row> + Clone,
    in_legend: bool,
) -> Series {
    let own = cells.color(cell);
    let (name, stroke, color) = match kind {
        Kind::Measured => (cells.label(cell), Stroke::Solid, own),
        // The same colour with another marker.
        Kind::Direct => (format!("{}, way through h cut", cells.label(cell)), Stroke::Solid, own + 8),
        Kind::Rho => ("ρ(W_h)ᵏ of each seed".into(), Stroke::Dotted, own),
        Kind::SigmaMax => ("σ_max(W_h)ᵏ, upper bound".into(), Stroke::Dashed, own),
        Kind::Forget => ("σ(b_f)ᵏ, the law of c alone".into(), Stroke::Dotted, 6),
    };
    let points = rows.clone().map(|row| (row.lag as f64, row.median)).collect();
    let measured = matches!(kind, Kind::Measured | Kind::Direct);
    let band = if measured { rows.map(|row| (row.lag as f64, row.low, row.high)).collect() } else { Vec::new() };
    let width = if measured { 2 } else { 1 };
    Series { label: name, color, stroke, width, points, band, in_legend, ..Series::default() }
}

/// Figure 2.
fn accuracy(rows: &[scores::Row], cells: &Cells<'_>, summary: &Summary, facts: &str) -> Figure {
    let config = cells.config;
    let series = config.cells.iter().map(|cell| {
        let of_cell = |all: bool| rows.iter().filter(move |row| row.cell == *cell && row.seed.is_none() == all);
        let x = |row: &scores::Row| row.distance as f64;
        let solved = summary.tasks.iter().find(|t| t.cell == *cell).map_or(String::new(), |t| {
            let diverged = if t.diverged > 0 { format!(", {} diverged", t.diverged) } else { String::new() };
            format!(" (solved {} of {}{diverged})", t.solved, t.seeds)
        });
        Series {
            label: cells.label(cell) + &solved,
            color: cells.color(cell),
            points: of_cell(true).map(|row| (x(row), row.accuracy)).collect(),
            bars: of_cell(true).map(|row| (x(row), row.low, row.high)).collect(),
            dots: of_cell(false).map(|row| (x(row), row.accuracy)).collect(),
            ..Series::default()
        }
    });
    let longest = config.distances().iter().max().copied().unwrap_or(1);
    let trained = config.steps - 1;
    let panel = Panel {
        x: Axis::log10("distance from the country to the question (time steps)").range(0.9, 1.1 * longest as f64),
        y: Axis::linear("accuracy").range(0.0, 1.05),
        series: series.collect(),
        lines: vec![RuleLine { y: summary.chance, label: "chance, 1 in 8".into() }],
        posts: vec![Post { x: trained as f64, label: format!("trained to {trained}") }],
        ..Panel::default()
    };
    Figure {
        title: "“I grew up in France … I speak ___”: the RNN forgets, the LSTM remembers".into(),
        subtitle: facts.into(),
        size: (1760, 1000),
        panels: vec![panel],
        footnote: format!(
            "Lines: all seeds together, bars: 95 % Wilson interval over {} test examples a point, dots: one seed. \
             Solved: at least 95 % at distance {}.",
            config.test_examples * config.seeds as usize,
            trained
        ),
        ..Figure::default()
    }
}
