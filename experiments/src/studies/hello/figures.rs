//! The figure, drawn from the run's CSV files alone.

use nalgebra::DMatrix;

use super::rows::{Loss, Prediction};
use super::word::Word;
use super::{Config, Outcome};
use crate::Stop;
use crate::plot::{Axis, Figure, HeatMap, Panel, RuleLine, Series};
use crate::run::Run;

/// The most steps that are shown.
const STEPS: usize = 40;

/// Draws the loss, and what is predicted at each step before and after training.
///
/// # Errors
/// Failed, if a CSV cannot be read or the figure not be written.
pub(super) fn draw(run: &Run, config: &Config, word: &Word, outcome: &Outcome) -> Result<(), Stop> {
    let losses: Vec<Loss> = run.rows("figures/loss.csv")?;
    let predictions: Vec<Prediction> = run.rows("figures/predictions.csv")?;
    let steps = word.inputs().len();
    let floor = word.without_memory();
    let floor = (floor > 0.0).then(|| RuleLine { y: floor, label: format!("no memory: {floor:.3}") });
    let loss = Panel {
        title: "The loss falls".into(),
        x: Axis::linear("updates").range(0.0, config.training.updates as f64),
        y: Axis {
            range: losses.iter().map(|l| l.loss).reduce(f64::max).map(|most| (0.0, 1.05 * most)),
            ..Axis::linear("loss L (nats per letter)")
        },
        series: vec![Series {
            points: losses.iter().map(|l| (l.update as f64, l.loss)).collect(),
            in_legend: false,
            ..Series::default()
        }],
        lines: floor.into_iter().collect(),
        ..Panel::default()
    };
    let map = |when: &str, label: &str| {
        let of: Vec<&Prediction> = predictions.iter().filter(|p| p.when == when && p.step <= STEPS).collect();
        let letters = word.letters();
        let columns = of.chunks(letters).map(|step| format!("{}→{}", step[0].read, step[0].target));
        let map = HeatMap {
            values: DMatrix::from_iterator(letters, of.len() / letters, of.iter().map(|p| p.probability)),
            rows: of.iter().take(letters).map(|p| p.letter.clone()).collect(),
            columns: columns.collect(),
            range: Some((0.0, 1.0)),
            label: label.into(),
            decimals: Some(2),
            ..HeatMap::default()
        };
        Panel {
            title: format!("{} training", if when == "before" { "Before" } else { "After" }),
            x: Axis::linear("letter read → letter to say"),
            y: Axis::linear("letter said"),
            content: map.into(),
            ..Panel::default()
        }
    };
    let spelled = word.text(&outcome.spelled[1]);
    let right = spelled == config.word;
    let wide = steps > 8;
    let mut footnote = String::new();
    if word.without_memory() > 0.0 {
        footnote += "No memory: the least loss of a network that knows the letter read and nothing else. ";
    }
    if steps > STEPS {
        footnote += &format!("The first {STEPS} of {steps} steps are shown.");
    }
    let figure = Figure {
        title: match right {
            true => format!("A plain RNN with D_h = {} learns to spell “{}”", config.hidden, title(word)),
            false => format!("A plain RNN with D_h = {} does not learn to spell “{}”", config.hidden, title(word)),
        },
        subtitle: format!(
            "{} different letters, {} updates by Adam, learning rate {}, seed {}",
            word.letters(),
            config.training.updates,
            config.training.learning_rate,
            config.seed
        ),
        columns: if wide { 1 } else { 3 },
        size: (1760, if wide { 1800 } else { 700 }),
        panels: vec![loss, map("before", ""), map("after", "probability y_t")],
        footnote,
        ..Figure::default()
    };
    run.figure("hello", &figure)
}

/// The word, as much of it as a title has room for.
fn title(word: &Word) -> String {
    let tokens = word.tokens();
    word.line(&tokens[..tokens.len().min(24)]) + if tokens.len() > 24 { "…" } else { "" }
}
