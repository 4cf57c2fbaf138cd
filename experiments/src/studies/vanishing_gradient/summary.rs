//! The summary of a run: everything it found in numbers, and what of it theory predicts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Input;
use super::config::Config;
use super::curves::{Underflow, median_curve, of_cell, paths, underflow};
use super::unit::{Outcome, Phase, Source};
use crate::stats::{half_life, log_slope, median, wilson};
use crate::task::Task;

/// The lags over which slopes are fitted.
const SLOPE: std::ops::RangeInclusive<usize> = 10..=60;

/// Everything a run found, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Summary {
    pub study: String,
    pub quick: bool,
    /// The text of the character models, and how many characters it has.
    pub text: String,
    pub characters: usize,
    pub lags: usize,
    pub longest_distance: usize,
    pub chance: f64,
    pub gradients: Vec<Gradient>,
    pub tasks: Vec<TaskResult>,
    pub theory: Vec<Check>,
    pub audit: Vec<Audit>,
}

/// The decay of one part's gradient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Gradient {
    pub source: Source,
    pub cell: String,
    pub phase: Phase,
    pub part: String,
    pub direct: bool,
    /// The first lag at which the median curve is below ½; `None` if it never is.
    pub half_life: Option<usize>,
    /// The factor per step of the median curve over lags 10–60 (the exponential of its log-slope).
    pub rate: Option<f64>,
    /// Where it is exactly 0; the rate is of what is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub underflow: Option<Underflow>,
}

/// What one cell learnt of the France task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TaskResult {
    pub cell: String,
    pub hidden: usize,
    pub parameters: usize,
    pub seeds: usize,
    /// Seeds with at least 95 % at the longest distance.
    pub solved: usize,
    pub diverged: usize,
    /// At the longest distance, all seeds together, with the 95 % Wilson interval.
    pub accuracy: f64,
    pub low: f64,
    pub high: f64,
    /// The median over seeds of the longest distance up to which every tested distance has at least 95 %; 0 if none.
    pub span: f64,
    /// At five times the longest distance of the training, all seeds together.
    pub accuracy_beyond: f64,
    /// Each seed's share of a disturbance that is left at the end of sentences of five times the longest distance (but
    /// for seeds whose network overflowed), and
    /// the right answers of all seeds together: without it, with it, of how many.
    pub disturbance_left: Vec<f64>,
    pub right: [usize; 3],
}

/// A measured rate beside the one predicted from a unit's own weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Check {
    pub cell: String,
    pub law: String,
    pub seed: u64,
    pub predicted: f64,
    pub measured: f64,
}

/// How far the tape's gradient of the joint state is from the product of explicit Jacobians.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Audit {
    pub cell: String,
    pub relative_error: f64,
}

impl Summary {
    /// What a sweep compares.
    pub fn numbers(&self) -> BTreeMap<String, f64> {
        let mut numbers = BTreeMap::new();
        for task in &self.tasks {
            numbers.insert(format!("accuracy.{}", task.cell), task.accuracy);
            numbers.insert(format!("span.{}", task.cell), task.span);
        }
        for gradient in self.gradients.iter().filter(|g| g.source == Source::France && !g.direct) {
            if let (Phase::Trained, Some(rate)) = (gradient.phase, gradient.rate) {
                numbers.insert(format!("rate.{}.{}", gradient.cell, gradient.part), rate);
            }
        }
        numbers
    }

    /// From all outcomes of a run.
    pub fn new(config: &Config, input: &Input, quick: bool, outcomes: &[Outcome], audit: Vec<Audit>) -> Self {
        let mut gradients = Vec::new();
        for source in [Source::France, Source::Text] {
            for cell in &config.cells {
                let of_cell = of_cell(outcomes, source, cell);
                for (part, direct) in paths(&of_cell) {
                    for phase in [Phase::Initial, Phase::Trained] {
                        let curve = median_curve(&of_cell, phase, &part, direct);
                        gradients.push(Gradient {
                            source,
                            cell: cell.clone(),
                            phase,
                            part: part.clone(),
                            direct,
                            half_life: half_life(&curve),
                            rate: log_slope(&curve, SLOPE).map(f64::exp),
                            underflow: underflow(&of_cell, phase, &part, direct),
                        });
                    }
                }
            }
        }
        let mastered = config.france().criterion().expect("France has one").share;
        let task =
            |cell: &String| task_result(cell, &of_cell(outcomes, Source::France, cell), config.steps - 1, mastered);
        Self {
            study: super::NAME.into(),
            quick,
            text: input.text_name.clone(),
            characters: input.text.len(),
            lags: config.steps - 1,
            longest_distance: config.steps - 1,
            chance: config.france().baseline().value(),
            gradients,
            tasks: config.cells.iter().map(task).collect(),
            theory: checks(outcomes),
            audit,
        }
    }
}

fn task_result(cell: &str, outcomes: &[&Outcome], longest: usize, mastered: f64) -> TaskResult {
    let accuracy =
        |o: &Outcome, d: usize| o.scores.iter().find(|s| s.distance == d).map_or(0.0, |s| s.right as f64 / s.of as f64);
    let at = |distance: usize| {
        let scores = outcomes.iter().flat_map(|o| &o.scores).filter(|s| s.distance == distance);
        scores.fold((0, 0), |(right, of), s| (right + s.right, of + s.of))
    };
    let share = |(right, of): (usize, usize)| if of == 0 { 0.0 } else { right as f64 / of as f64 };
    let (right, of) = at(longest);
    let span = |o: &&Outcome| {
        let known = o.scores.iter().take_while(|s| s.right as f64 >= mastered * s.of as f64);
        known.last().map_or(0.0, |s| s.distance as f64)
    };
    let spans: Vec<f64> = outcomes.iter().map(span).collect();
    let (low, high) = wilson(right, of);
    TaskResult {
        cell: cell.into(),
        hidden: outcomes.first().map_or(0, |o| o.hidden),
        parameters: outcomes.first().map_or(0, |o| o.parameters),
        seeds: outcomes.len(),
        solved: outcomes.iter().filter(|o| accuracy(o, longest) >= mastered).count(),
        diverged: outcomes.iter().filter(|o| o.diverged.is_some()).count(),
        accuracy: share((right, of)),
        low,
        high,
        span: if spans.is_empty() { 0.0 } else { median(&spans) },
        accuracy_beyond: share(at(5 * longest)),
        disturbance_left: outcomes.iter().flat_map(|o| &o.disturbance).filter_map(|d| d.left).collect(),
        right: outcomes
            .iter()
            .flat_map(|o| &o.disturbance)
            .fold([0; 3], |[right, disturbed, of], d| [right + d.right, disturbed + d.right_disturbed, of + d.of]),
    }
}

/// Each seed's own rate at initialisation beside what its own weights predict.
fn checks(outcomes: &[Outcome]) -> Vec<Check> {
    let mut checks = Vec::new();
    for outcome in outcomes.iter().filter(|o| o.source == Source::France) {
        let Some(theory) = outcome.theory.iter().find(|t| t.phase == Phase::Initial) else { continue };
        for (law, predicted, part, direct) in
            [("ρ(W_h)", theory.rho, "h", false), ("σ(b_f), direct path", theory.forget, "c", true)]
        {
            let rate = log_slope(&median_curve(&[outcome], Phase::Initial, part, direct), SLOPE).map(f64::exp);
            if let (Some(predicted), Some(measured)) = (predicted, rate) {
                let (cell, law) = (outcome.cell.clone(), law.into());
                checks.push(Check { cell, law, seed: outcome.seed, predicted, measured });
            }
        }
    }
    checks
}
