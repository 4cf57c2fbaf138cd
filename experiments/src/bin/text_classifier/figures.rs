//! The figures, drawn from the run's CSV files alone.

use experiments::Stop;
use experiments::attribution::{Shown, WAYS};
use experiments::confusion::Confusion;
use experiments::loss_curve;
use experiments::plot::{Axis, BarSeries, Bars, Figure, Panel};
use experiments::report::if_quick;
use experiments::run::Run;

use super::report::Report;
use super::scores::Accuracy;

/// More classes than this have no map: no name would be readable.
const CLASSES: usize = 40;

/// Writes the CSV files and draws all figures of a run from them.
///
/// # Errors
/// Failed, if a CSV cannot be written or read or a figure not be written.
pub fn draw(run: &Run, report: &Report<'_>) -> Result<(), Stop> {
    let facts = facts(report);
    let (scores, outcome) = (report.scores, report.outcome);
    run.csv("predictions.csv", &scores.predictions)?;
    let rows: Vec<Shown> = run.filed("figures/attribution.csv", report.shown)?;
    for way in WAYS {
        run.figure(way.0, &Shown::figure(&rows, way, report.config.tokens, &facts))?;
    }
    loss_curve::draw(run, &outcome.metrics, (outcome.best_update, outcome.best_loss), &facts)?;
    let confusion = Confusion::read(&run.filed("figures/confusion.csv", scores.confusion.rows())?);
    run.figure("test", &test(&run.filed("figures/accuracy.csv", &scores.accuracies)?, &confusion, report, &facts))
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
        if_quick(report.scale, "; --quick: too short to conclude from")
    )
}

/// The accuracies and confusion.
fn test(accuracies: &[Accuracy], confusion: &Confusion, report: &Report<'_>, facts: &str) -> Figure {
    let network = report.config.cell.to_uppercase();
    let bars = BarSeries::with_errors(accuracies.iter().map(|row| (row.accuracy, (row.low, row.high))));
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
    }
}
