//! The loss on the way of a training, and which update was kept.

use serde::{Deserialize, Serialize};

use crate::plot::{Axis, Figure, Panel, Post, Series};
use crate::run::Run;
use crate::train::Metric;
use crate::{Stop, counted};

/// A row of `figures/training.csv`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Loss {
    update: u64,
    /// The mean since the row before, in nats.
    train: f64,
    /// On the validation examples; empty where it was not asked for.
    validation: Option<f64>,
}

/// Writes `figures/training.csv` and draws it. Best was the update of this number, with this validation loss.
///
/// # Errors
/// Failed, if a file cannot be written or read.
pub fn draw(run: &Run, metrics: &[Metric], (update, loss): (u64, f64), subtitle: &str) -> Result<(), Stop> {
    let losses = metrics.iter().map(|m| Loss { update: m.update, train: m.loss, validation: m.validation });
    let losses: Vec<Loss> = run.filed("figures/training.csv", losses)?;
    let series = |label: &str, color, of: fn(&Loss) -> Option<f64>| {
        let points = losses.iter().filter_map(|row| Some((row.update as f64, of(row)?))).collect();
        Series { label: label.into(), color, points, ..Series::default() }
    };
    let panel = Panel {
        x: Axis::linear("update"),
        y: Axis::log10("cross-entropy (nats)"),
        series: vec![series("training", 0, |row| Some(row.train)), series("validation", 1, |row| row.validation)],
        posts: vec![Post { x: update as f64, label: "kept".into() }],
        ..Panel::default()
    };
    let figure = Figure {
        title: format!(
            "The validation loss is least, {loss:.2e}, after {}: that network is kept",
            counted(update, "update")
        ),
        subtitle: subtitle.into(),
        size: (1760, 760),
        panels: vec![panel],
        ..Figure::default()
    };
    run.figure("training", &figure)
}
