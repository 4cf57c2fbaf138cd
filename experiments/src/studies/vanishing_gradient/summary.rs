//! The summary of a run: everything it found in numbers, what of it theory predicts, and the tables of both.

use std::collections::BTreeMap;

use comfy_table::Table;
use models::{Registry, largest};
use serde::Serialize;

use super::Input;
use super::config::Config;
use super::unit::{NOISE, Outcome, TEXT, of_cell};
use crate::answers::Evaluation;
use crate::audit::Audit;
use crate::by_distance::{Phase, Row, Score};
use crate::gradient_curves::{Check, Decay};
use crate::settings::{Resolved, Scale};
use crate::stats::median;
use crate::table::table;
use crate::task::Wording;
use crate::{Stop, counted};

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
        Resolved { settings: config, scale, .. }: &Resolved<Config>,
        registry: &Registry,
        input: &Input,
        outcomes: &[Outcome],
        rows: &[Row],
    ) -> Result<Self, Stop> {
        let share = input.task.criterion().map(|criterion| criterion.share);
        let of_source = |source| {
            let of_cell = move |cell| of_cell(outcomes, source, cell).into_iter().map(|o| &o.gradient);
            config.cells.iter().flat_map(move |cell| Decay::of(source, cell, of_cell(cell)))
        };
        let of_task = |cell| of_cell(outcomes, &config.task, cell);
        let on_task = outcomes.iter().filter(|o| o.unit.source == config.task);
        Ok(Self {
            study: super::NAME.into(),
            quick: *scale == Scale::Quick,
            text: input.text_name.clone(),
            characters: input.text.len(),
            lags: config.longest(),
            longest_distance: config.longest(),
            chance: input.task.baseline().value(),
            gradients: [&*config.task, TEXT].into_iter().flat_map(of_source).collect(),
            tasks: config.cells.iter().map(|c| task_result(&of_task(c), rows, c, config.longest(), share)).collect(),
            theory: on_task.flat_map(|o| Check::of(&o.unit.cell, o.unit.seed, &o.gradient)).collect(),
            audit: Audit::of(registry, &config.cells)?,
        })
    }

    /// What a sweep compares.
    pub(super) fn numbers(&self, config: &Config) -> BTreeMap<String, f64> {
        let mut numbers = BTreeMap::new();
        for task in &self.tasks {
            let error = task.squared_error.map(|error| ("squared_error", error.longest));
            let (measure, found) = error.unwrap_or(("accuracy", task.accuracy));
            numbers.insert(format!("{measure}.{}", task.cell), found);
            numbers.extend(task.span.map(|span| (format!("span.{}", task.cell), span)));
        }
        let trained = |g: &&Decay| g.source == config.task && !g.direct && g.phase == Phase::Trained;
        for gradient in self.gradients.iter().filter(trained) {
            numbers.extend(gradient.rate.map(|rate| (format!("rate.{}.{}", gradient.cell, gradient.part), rate)));
        }
        numbers
    }

    /// The tables that the program prints.
    pub(super) fn to_text(&self, input: &Input, scale: Scale) -> String {
        let Wording { title, examples, from, to } = input.task.wording();
        let baseline = input.task.baseline();
        let (longest, beyond) = (self.longest_distance, 5 * self.longest_distance);
        let (noise, step) = (100.0 * NOISE, self.lags.div_ceil(2));
        let worst = largest(self.audit.iter().map(|a| a.relative_error));
        let [tasks, disturbances] = self.tables();
        let mut text = format!(
            "Gradient of the last step's loss k steps back: half-life in steps, and factor per step over lags 10–60\n{}\n\n\
             {title}: a {from}, {longest} steps later the {to} ({baseline})\n{tasks}\n\n\
             Latch or keep: noise of {noise:.0} % of the state, made at step {step} of {examples} of distance {beyond}\n\
             {disturbances}\n\n\
             Against theory, at initialisation: measured factor per step ÷ predicted, over seeds\n{}\n\n",
            Decay::table(&self.gradients, self.lags),
            Check::table(&self.theory)
        );
        text += &Decay::underflows(&self.gradients);
        text += &format!(
            "Audit: the tape's gradient and the product of explicit Jacobians differ by at most {worst:.1e} (relative)\n"
        );
        text + scale.warning().trim_start()
    }

    /// What each cell learnt, and what became of its disturbances.
    fn tables(&self) -> [Table; 2] {
        let [measure, beside, answers] = match self.tasks.iter().any(|t| t.squared_error.is_some()) {
            true => ["error", "right", "squared error"],
            false => ["accuracy", "95 % interval", "right answers"],
        };
        let longest = format!("{measure} at {}", self.longest_distance);
        let beyond = format!("at {}", 5 * self.longest_distance);
        let mut tasks =
            table(["cell", "H", "parameters", &longest, beside, &beyond, "remembers", "solved", "diverged"]);
        let answers = format!("{answers} without it → with it");
        let mut disturbances = table(["cell", "of it left at the end, each seed", &answers]);
        for t in &self.tasks {
            let (scores, answers) = t.measured();
            let of_seeds = |n| format!("{n} of {}", t.seeds);
            let remembers = t.span.map_or("–".into(), |span| counted(span, "step"));
            let last = [remembers, t.solved.map_or("–".into(), of_seeds), of_seeds(t.diverged)];
            let first = [t.cell.clone(), t.hidden.to_string(), t.parameters.to_string()];
            tasks.add_row(first.into_iter().chain(scores).chain(last));
            let mut left = t.disturbance_left.clone();
            left.sort_by(f64::total_cmp);
            let left: Vec<String> = left.iter().map(|x| format!("{x:.0e}")).collect();
            disturbances.add_row([t.cell.clone(), left.join(", "), answers]);
        }
        [tasks, disturbances]
    }
}

impl TaskResult {
    /// How good the answers are: at the longest distance, how sure that is or how many are right, and beyond it; then without
    /// the disturbance and with it.
    fn measured(&self) -> ([String; 3], String) {
        let Self { accuracy, low, high, accuracy_beyond, right: [right, right_disturbed, of], .. } = self;
        match self.squared_error {
            Some(SquaredError { longest, beyond, undisturbed, disturbed }) => {
                let right = self.solved.map_or("–".into(), |_| format!("{accuracy:.3}"));
                let scores = [format!("{longest:.1e}"), right, format!("{beyond:.1e}")];
                (scores, format!("{undisturbed:.1e} → {disturbed:.1e}"))
            }
            None => {
                let scores = [format!("{accuracy:.3}"), format!("{low:.3}–{high:.3}"), format!("{accuracy_beyond:.3}")];
                (scores, format!("{right} → {right_disturbed} of {of}"))
            }
        }
    }
}

fn task_result(outcomes: &[&Outcome], rows: &[Row], cell: &str, longest: usize, share: Option<f64>) -> TaskResult {
    let all_at = |distance| {
        let all = rows.iter().find(|row| row.cell == cell && row.seed.is_none() && row.distance == distance);
        all.expect("it was tested")
    };
    let (at_longest, beyond) = (all_at(longest), all_at(5 * longest));
    let mastered = |score: &&Score, share| score.right as f64 >= share * score.of as f64;
    let solved = |share| {
        let at_longest = outcomes.iter().flat_map(|o| &o.scores).filter(|score| score.distance == longest);
        at_longest.filter(|score| mastered(score, share)).count()
    };
    let span = |share| {
        let last = |o: &&Outcome| Some(o.scores.iter().take_while(|score| mastered(score, share)).last()?.distance);
        median(&outcomes.iter().map(|o| last(o).unwrap_or(0) as f64).collect::<Vec<_>>())
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
