//! The summary of a run: everything it found in numbers, and what of it theory predicts.

use std::collections::BTreeMap;

use models::Registry;
use serde::Serialize;

use super::Input;
use super::config::Config;
use super::unit::{Outcome, TEXT, of_cell};
use crate::Stop;
use crate::answers::Evaluation;
use crate::audit::Audit;
use crate::by_distance::{Phase, Row};
use crate::gradient_curves::{Check, Decay};
use crate::stats::median;

/// Everything a run found, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Summary {
    pub study: String,
    pub quick: bool,
    /// The text of the character models, and how many characters it has.
    pub text: String,
    pub characters: usize,
    pub lags: usize,
    pub longest_distance: usize,
    /// What the task's baseline scores.
    pub chance: f64,
    pub gradients: Vec<Decay>,
    pub tasks: Vec<TaskResult>,
    pub theory: Vec<Check>,
    pub audit: Vec<Audit>,
}

/// What one cell learnt of the task. An answer of numbers is right if the task's criterion says so; without a criterion none is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct TaskResult {
    pub cell: String,
    pub hidden: usize,
    pub parameters: usize,
    pub seeds: usize,
    /// Seeds whose share of right answers at the longest distance is that of the criterion, if there is one.
    pub solved: Option<usize>,
    pub diverged: usize,
    /// At the longest distance, all seeds together, with the 95 % Wilson interval.
    pub accuracy: f64,
    pub low: f64,
    pub high: f64,
    /// The median over seeds of the longest distance up to which every tested distance is solved; 0 if none.
    pub span: Option<f64>,
    /// At five times the longest distance of the training, all seeds together.
    pub accuracy_beyond: f64,
    /// Each seed's share of a disturbance that is left at the end of examples of five times the longest distance (but
    /// for seeds whose network overflowed), and
    /// the right answers of all seeds together: without it, with it, of how many.
    pub disturbance_left: Vec<f64>,
    pub right: [usize; 3],
    /// Of answers that are numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub squared_error: Option<SquaredError>,
}

/// The mean squared error of all seeds together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct SquaredError {
    /// At the longest distance of the training.
    pub longest: f64,
    /// At five times that.
    pub beyond: f64,
    /// There, of what is disturbed, without the disturbance.
    pub undisturbed: f64,
    /// With it.
    pub disturbed: f64,
}

impl Summary {
    /// From all outcomes of a run, and their scores in rows.
    ///
    /// # Errors
    /// Failed, if a cell cannot be audited.
    pub(super) fn new(
        config: &Config,
        registry: &Registry,
        input: &Input,
        quick: bool,
        (outcomes, rows): (&[Outcome], &[Row]),
    ) -> Result<Self, Stop> {
        let share = input.task.criterion().map(|criterion| criterion.share);
        let of_source = |source| {
            let of_cell = move |cell| of_cell(outcomes, source, cell).into_iter().map(|o| &o.gradient);
            config.cells.iter().flat_map(move |cell| Decay::of(source, cell, of_cell(cell)))
        };
        let of_task = |cell| of_cell(outcomes, &config.task, cell);
        let on_task = outcomes.iter().filter(|o| o.source == config.task);
        Ok(Self {
            study: super::NAME.into(),
            quick,
            text: input.text_name.clone(),
            characters: input.text.len(),
            lags: config.longest(),
            longest_distance: config.longest(),
            chance: input.task.baseline().value(),
            gradients: [&*config.task, TEXT].into_iter().flat_map(of_source).collect(),
            tasks: config.cells.iter().map(|c| task_result(&of_task(c), rows, c, config.longest(), share)).collect(),
            theory: on_task.flat_map(|o| Check::of(&o.cell, o.seed, &o.gradient)).collect(),
            audit: Audit::of(registry, &config.cells)?,
        })
    }

    /// What a sweep compares.
    pub(super) fn numbers(&self, config: &Config) -> BTreeMap<String, f64> {
        let mut numbers = BTreeMap::new();
        for task in &self.tasks {
            match task.squared_error {
                Some(error) => numbers.insert(format!("squared_error.{}", task.cell), error.longest),
                None => numbers.insert(format!("accuracy.{}", task.cell), task.accuracy),
            };
            numbers.extend(task.span.map(|span| (format!("span.{}", task.cell), span)));
        }
        let trained = |g: &&Decay| g.source == config.task && !g.direct && g.phase == Phase::Trained;
        for gradient in self.gradients.iter().filter(trained) {
            numbers.extend(gradient.rate.map(|rate| (format!("rate.{}.{}", gradient.cell, gradient.part), rate)));
        }
        numbers
    }
}

fn task_result(outcomes: &[&Outcome], rows: &[Row], cell: &str, longest: usize, share: Option<f64>) -> TaskResult {
    let of_seed = |seed| rows.iter().filter(move |row| row.cell == cell && row.seed == seed);
    let all_at = |distance| of_seed(None).find(|row| row.distance == distance).expect("it was tested");
    let (at_longest, beyond) = (all_at(longest), all_at(5 * longest));
    let seeds = || outcomes.iter().map(|o| Some(o.seed));
    let mastered = |row: &&Row, share| row.right as f64 >= share * row.of as f64;
    let solved = |share| {
        let at_longest = seeds().flat_map(of_seed).filter(|row| row.distance == longest);
        at_longest.filter(|row| mastered(row, share)).count()
    };
    let span = |share| {
        let known = |seed| of_seed(seed).take_while(|row| mastered(row, share)).last();
        median(&seeds().map(|seed| known(seed).map_or(0.0, |row| row.distance as f64)).collect::<Vec<_>>())
    };
    let disturbances = || outcomes.iter().flat_map(|o| &o.disturbance);
    let [undisturbed, disturbed] =
        [0, 1].map(|k| disturbances().map(|d| d.answers()[k]).reduce(Evaluation::and).expect("some are"));
    let squared_error = || {
        Some(SquaredError {
            longest: at_longest.squared_error?,
            beyond: beyond.squared_error?,
            undisturbed: undisturbed.squared_error?,
            disturbed: disturbed.squared_error?,
        })
    };
    TaskResult {
        cell: cell.into(),
        hidden: outcomes[0].hidden,
        parameters: outcomes[0].parameters,
        seeds: outcomes.len(),
        solved: share.map(solved),
        diverged: outcomes.iter().filter(|o| o.diverged.is_some()).count(),
        accuracy: at_longest.accuracy,
        low: at_longest.low,
        high: at_longest.high,
        span: share.map(span),
        accuracy_beyond: beyond.accuracy,
        disturbance_left: disturbances().filter_map(|d| d.left).collect(),
        right: [undisturbed.right, disturbed.right, undisturbed.of],
        squared_error: squared_error(),
    }
}
