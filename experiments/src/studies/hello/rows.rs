//! The rows of the study's CSV files.

use serde::{Deserialize, Serialize};

use super::Outcome;
use super::word::Word;

/// One number of one step: `forward.csv`.
#[derive(Serialize)]
pub(super) struct Forward {
    /// "before" or "after" training.
    when: &'static str,
    /// t, from 1.
    step: usize,
    /// Its name in the equations.
    quantity: &'static str,
    /// Its row, from 1.
    row: usize,
    value: f64,
}

/// The mean loss of the updates up to one: `figures/loss.csv`.
#[derive(Serialize, Deserialize)]
pub(super) struct Loss {
    pub update: u64,
    pub loss: f64,
}

/// The probability of a letter at a step: `figures/predictions.csv`.
#[derive(Serialize, Deserialize)]
pub(super) struct Prediction {
    /// "before" or "after" training.
    pub when: String,
    /// t, from 1.
    pub step: usize,
    pub read: String,
    pub target: String,
    pub letter: String,
    pub probability: f64,
}

/// Every number of every step.
pub(super) fn forward(outcome: &Outcome) -> Vec<Forward> {
    let mut rows = Vec::new();
    for (when, pass) in [("before", &outcome.before), ("after", &outcome.after)] {
        for (t, step) in pass.steps.iter().enumerate() {
            let quantities = [
                ("x", &step.x),
                ("W_x x", &step.input),
                ("W_h h", &step.memory),
                ("sum", &step.sum),
                ("h", &step.h),
                ("logits", &step.logits),
                ("y", &step.y),
            ];
            for (quantity, values) in quantities {
                let row =
                    |(row, value): (usize, &f64)| Forward { when, step: t + 1, quantity, row: row + 1, value: *value };
                rows.extend(values.iter().enumerate().map(row));
            }
        }
    }
    rows
}

/// The loss over the updates, from the start on.
pub(super) fn losses(outcome: &Outcome) -> Vec<Loss> {
    let start = Loss { update: 0, loss: outcome.before.loss };
    let row = |m: &crate::train::Metric| Loss { update: m.update, loss: m.loss };
    std::iter::once(start).chain(outcome.metrics.iter().map(row)).collect()
}

/// y_t of every step.
pub(super) fn predictions(word: &Word, outcome: &Outcome) -> Vec<Prediction> {
    let mut rows = Vec::new();
    for (when, pass) in [("before", &outcome.before), ("after", &outcome.after)] {
        for (t, step) in pass.steps.iter().enumerate() {
            rows.extend(step.y.iter().enumerate().map(|(letter, probability)| Prediction {
                when: when.into(),
                step: t + 1,
                read: word.shown(word.inputs()[t]),
                target: word.shown(word.targets()[t]),
                letter: word.shown(letter),
                probability: *probability,
            }));
        }
    }
    rows
}
