//! The figures, drawn from the run's CSV files alone.

use experiments::by_distance::{self, Phase, Row};
use experiments::plot::{Axis, Figure, Panel, Sentence, Series, Words};
use experiments::report::if_quick;
use experiments::run::Run;
use experiments::settings::Scale;
use experiments::stats::{median, quantile};
use experiments::task::Task;
use experiments::{Stop, counted};

use super::config::Config;
use super::summary::relative;
use super::unit::{Flow, Outcome, Word};

/// Draws all figures of a run.
pub fn draw(run: &Run, config: &Config, all: &Outcome, rows: &[Row], scale: Scale) -> Result<(), Stop> {
    let Config { embedding, hidden, seeds, longest, .. } = config;
    let (updates, quick) = (config.training.updates, if_quick(scale, "; --quick: too short"));
    let facts = format!(
        "Embedding {embedding}, H = {hidden}; {}; {} at distances 3–{longest}{quick}",
        counted(*seeds, "seed"),
        counted(updates, "update")
    );
    run.figure("accuracy", &accuracy(rows, config, &facts))?;
    run.figure("gradient", &gradient(&all.flows, config, &facts))?;
    run.figure("words", &words(&all.words, config))
}

/// Figure 1.
fn accuracy(rows: &[Row], config: &Config, facts: &str) -> Figure {
    let cells = config.cells.iter().map(|cell| (cell, cell.clone()));
    let mut panel = by_distance::panel(rows, cells, config.task().baseline());
    panel.x = Axis::log10("words from the country to the answer");
    for series in &mut panel.series {
        series.band = std::mem::take(&mut series.bars);
    }
    Figure {
        title: "“I grew up in France … I speak ___”, in words".into(),
        subtitle: facts.into(),
        panels: vec![panel],
        footnote: format!(
            "Lines: all seeds together, with the 95 % Wilson band over {} a point; dots: one seed.",
            counted(config.test_examples as u64 * config.seeds, "test paragraph")
        ),
        ..Figure::default()
    }
}

/// Figure 2.
fn gradient(rows: &[Flow], config: &Config, facts: &str) -> Figure {
    let mut medians = Vec::new();
    for (phase, cell) in Phase::BOTH.into_iter().flat_map(|phase| config.cells.iter().map(move |cell| (phase, cell))) {
        medians.extend(config.distances().into_iter().map(|d| median(&relative(rows, cell, phase, d))));
    }
    let y = Axis::decades("‖∂L/∂x‖, country over last word", medians);
    let panel = |phase, title: &str| {
        let series = config.cells.iter().enumerate().map(|(color, cell)| {
            let found: Vec<_> =
                config.distances().into_iter().map(|d| (d as f64, relative(rows, cell, phase, d))).collect();
            Series {
                label: cell.clone(),
                color,
                points: found.iter().map(|(d, of)| (*d, median(of))).collect(),
                band: found.iter().map(|(d, of)| (*d, quantile(of, 0.1), quantile(of, 0.9))).collect(),
                ..Series::default()
            }
        });
        Panel {
            title: title.into(),
            x: Axis::log10("words from the country to the answer"),
            y: y.clone(),
            series: series.collect(),
            ..Panel::default()
        }
    };
    Figure {
        title: "How much of the answer's gradient reaches the country".into(),
        subtitle: facts.into(),
        columns: 2,
        size: (1760, 900),
        panels: vec![panel(Phase::Initial, "At initialisation"), panel(Phase::Trained, "After training")],
        footnote: format!(
            "Median and 10–90 % band over {} a point, f64; the loss L is that of the answer alone.",
            counted(config.examples as u64 * config.seeds, "paragraph")
        ),
    }
}

/// Figure 3: of the first seed.
fn words(rows: &[Word], config: &Config) -> Figure {
    let sentence = |cell: &String| {
        let own: Vec<_> = rows.iter().filter(|row| row.cell == *cell && row.seed == config.seed).collect();
        let largest = own.iter().map(|row| row.gradient).fold(0.0, f64::max);
        let said = own.first().map_or("", |row| row.said.as_str());
        Sentence {
            label: format!("{cell}\nsays {said}"),
            words: own.iter().map(|row| (row.word.clone(), row.gradient / largest)).collect(),
        }
    };
    let truth = rows.first().map_or("", |row| row.truth.as_str());
    let words = Words {
        sentences: config.cells.iter().map(sentence).collect(),
        label: "‖∂L/∂x‖, 1 at its largest".into(),
        reach: Some(1.0),
        ..Words::default()
    };
    Figure {
        title: "Which words the answer's gradient reaches".into(),
        subtitle: format!("Trained cells, seed {}; the right answer is {truth}", config.seed),
        size: (1320, 165 + 165 * config.cells.len().min(8) as u32),
        panels: vec![Panel { content: words.into(), ..Panel::default() }],
        footnote: "The darker, the more a small change of the word's vector changes the loss of the answer.".into(),
        ..Figure::default()
    }
}
