//! The figures, drawn from the run's CSV files alone.

use super::report::Report;
use super::scores::Accuracy;
use crate::Stop;
use crate::attribution::{Shown, WAYS};
use crate::confusion::Confusion;
use crate::plot::{Axis, BarSeries, Bars, Figure, Panel, Post, Series};
use crate::run::Run;
use crate::settings::Scale;

/// More classes than this have no map: no name would be readable.
const CLASSES: usize = 40;

/// A row of `figures/training.csv`.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Loss {
    update: u64,
    /// The mean since the row before, in nats.
    train: f64,
    /// On the validation texts; empty where it was not asked for.
    validation: Option<f64>,
}

/// Writes the CSV files and draws all figures of a run from them.
///
/// # Errors
/// Failed, if a CSV cannot be written or read or a figure not be written.
pub fn draw(run: &Run, report: &Report<'_>) -> Result<(), Stop> {
    let facts = facts(report);
    let (scores, metrics) = (report.scores, report.outcome.metrics.iter());
    run.csv("predictions.csv", &scores.predictions)?;
    run.csv("figures/accuracy.csv", &scores.accuracies)?;
    run.csv("figures/confusion.csv", scores.confusion.rows())?;
    run.csv("figures/attribution.csv", report.shown)?;
    let losses = metrics.map(|m| Loss { update: m.update, train: m.loss, validation: m.validation });
    run.csv("figures/training.csv", losses)?;

    let rows: Vec<Shown> = run.rows("figures/attribution.csv")?;
    for way in WAYS {
        run.figure(way.0, &Shown::figure(&rows, way, report.config.tokens, &facts))?;
    }
    run.figure("training", &training(&run.rows("figures/training.csv")?, report, &facts))?;
    let confusion = Confusion::read(&run.rows("figures/confusion.csv")?);
    run.figure("test", &test(&run.rows("figures/accuracy.csv")?, &confusion, report, &facts))
}

fn facts(report: &Report<'_>) -> String {
    let splits = &report.data.splits;
    format!(
        "{}: {} to train on, {} to test on; {}, {} parameters; seed {}{}",
        report.data.source,
        splits.train.len(),
        splits.test.len(),
        report.config.network(),
        report.parameters,
        report.config.seed,
        if report.scale == Scale::Quick { "; --quick: too short to conclude from" } else { "" }
    )
}

/// Figure 3: the loss on the way.
fn training(losses: &[Loss], report: &Report<'_>, facts: &str) -> Figure {
    let series = |label: &str, color, of: fn(&Loss) -> Option<f64>| {
        let points = losses.iter().filter_map(|row| Some((row.update as f64, of(row)?))).collect();
        Series { label: label.into(), color, points, ..Series::default() }
    };
    let (update, loss) = (report.outcome.best_update as f64, report.outcome.best_loss);
    let panel = Panel {
        x: Axis::linear("update"),
        y: Axis::log10("cross-entropy (nats)"),
        series: vec![series("training", 0, |row| Some(row.train)), series("validation", 1, |row| row.validation)],
        posts: vec![Post { x: update, label: "kept".into() }],
        ..Panel::default()
    };
    Figure {
        title: format!("The validation loss is least, {loss:.2e}, after {update} updates: that network is kept"),
        subtitle: facts.into(),
        size: (1760, 760),
        panels: vec![panel],
        ..Figure::default()
    }
}

/// Figure 4: accuracies and confusion.
fn test(accuracies: &[Accuracy], confusion: &Confusion, report: &Report<'_>, facts: &str) -> Figure {
    let network = report.config.cell.to_uppercase();
    let bars = BarSeries {
        values: accuracies.iter().map(|row| row.accuracy).collect(),
        errors: accuracies.iter().map(|row| (row.low, row.high)).collect(),
        ..BarSeries::default()
    };
    let categories = [&*network, "bag of words", "majority"].map(String::from).to_vec();
    let mut panels = vec![Panel {
        title: "Accuracy on the test".into(),
        y: Axis::linear("accuracy").range(0.0, 1.1),
        content: Bars { categories, series: vec![bars], decimals: Some(3) }.into(),
        ..Panel::default()
    }];
    if confusion.classes.len() <= CLASSES {
        panels.push(confusion.panel(&format!("the {network}")));
    }
    let shown = |at: usize| accuracies.get(at).map_or(f64::NAN, |row| row.accuracy);
    Figure {
        title: format!("Right of the test texts: {network} {:.3}, bag of words {:.3}", shown(0), shown(1)),
        subtitle: facts.into(),
        columns: panels.len(),
        size: (1760, 760),
        panels,
        footnote: "Bars: 95 % Wilson interval. Majority: the class that is most frequent in training.".into(),
        ..Figure::default()
    }
}
