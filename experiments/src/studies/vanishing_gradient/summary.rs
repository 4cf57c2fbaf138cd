//! The summary of a run: what its table says, and what of it theory predicts.

use comfy_table::{Table, presets};
use serde::{Deserialize, Serialize};

use super::args::Config;
use super::curves::{median_curve, of_cell, paths};
use super::unit::{NOISE, Outcome, Phase, Source};
use crate::stats::{half_life, log_slope, median, wilson};
use crate::task::Task;

/// The lags over which slopes are fitted.
const SLOPE: std::ops::RangeInclusive<usize> = 10..=60;

/// The accuracy from which a distance counts as mastered.
const MASTERED: f64 = 0.95;

/// Everything a run found, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Summary {
    pub study: String,
    pub id: String,
    pub quick: bool,
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
    /// Each seed's share of a disturbance that is left at the end of sentences of five times the longest distance, and
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
    /// From all outcomes of a run.
    pub fn new(config: &Config, id: &str, outcomes: &[Outcome], audit: Vec<Audit>) -> Self {
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
                        });
                    }
                }
            }
        }
        let task = |cell: &String| task_result(cell, &of_cell(outcomes, Source::France, cell), config.steps - 1);
        Self {
            study: config.study.clone(),
            id: id.into(),
            quick: config.quick,
            lags: config.steps - 1,
            longest_distance: config.steps - 1,
            chance: config.france().baseline(),
            gradients,
            tasks: config.cells.iter().map(task).collect(),
            theory: checks(outcomes),
            audit,
        }
    }

    /// The tables that the program prints.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "Gradient of the last step's loss k steps back: half-life in steps, and factor per step over lags 10–60\n{}\n\n",
            self.gradient_table()
        );
        text += &format!(
            "The France task: a country, {} steps later the question (chance {:.3})\n{}\n\n",
            self.longest_distance,
            self.chance,
            self.task_table()
        );
        text += &format!(
            "Latch or keep: noise of {:.0} % of the state, made at step {} of sentences of distance {}\n{}\n\n",
            100.0 * NOISE,
            self.lags.div_ceil(2),
            5 * self.longest_distance,
            self.disturbance_table()
        );
        text += &format!(
            "Against theory, at initialisation: measured factor per step ÷ predicted, over seeds\n{}\n\n",
            self.theory_table()
        );
        let worst = self.audit.iter().map(|a| a.relative_error).fold(0.0, |max: f64, e| if e <= max { max } else { e });
        text += &format!(
            "Audit: the tape's gradient and the product of explicit Jacobians differ by at most {worst:.1e} (relative)\n"
        );
        if self.quick {
            text += "This was --quick: too short to conclude from.\n";
        }
        text
    }

    fn gradient_table(&self) -> Table {
        let mut table = table(&["cell", "of", "at start", "×/step", "trained", "×/step", "on text", "×/step"]);
        let shown = |source, phase, of: &Gradient| {
            let same = |g: &&Gradient| {
                (g.source, g.phase) == (source, phase)
                    && g.cell == of.cell
                    && (&g.part, g.direct) == (&of.part, of.direct)
            };
            let found = self.gradients.iter().find(same);
            let life =
                found.map_or("–".into(), |g| g.half_life.map_or(format!("> {}", self.lags), |k| k.to_string()));
            [life, found.and_then(|g| g.rate).map_or("–".into(), |rate| format!("{rate:.3}"))]
        };
        for of in self.gradients.iter().filter(|g| (g.source, g.phase) == (Source::France, Phase::Initial)) {
            let part = format!("{}{}", of.part, if of.direct { ", direct path" } else { "" });
            let mut row = vec![of.cell.clone(), part];
            row.extend(shown(Source::France, Phase::Initial, of));
            row.extend(shown(Source::France, Phase::Trained, of));
            row.extend(shown(Source::Text, Phase::Trained, of));
            table.add_row(row);
        }
        table
    }

    fn task_table(&self) -> Table {
        let longest = format!("accuracy at {}", self.longest_distance);
        let beyond = format!("at {}", 5 * self.longest_distance);
        let header = ["cell", "H", "parameters", &longest, "95 % interval", &beyond, "remembers", "solved", "diverged"];
        let mut table = table(&header);
        for t in &self.tasks {
            table.add_row([
                t.cell.clone(),
                t.hidden.to_string(),
                t.parameters.to_string(),
                format!("{:.3}", t.accuracy),
                format!("{:.3}–{:.3}", t.low, t.high),
                format!("{:.3}", t.accuracy_beyond),
                format!("{} steps", t.span),
                format!("{} of {}", t.solved, t.seeds),
                format!("{} of {}", t.diverged, t.seeds),
            ]);
        }
        table
    }

    fn disturbance_table(&self) -> Table {
        let mut table = table(&["cell", "of it left at the end, each seed", "right answers without it → with it"]);
        for t in &self.tasks {
            let mut left = t.disturbance_left.clone();
            left.sort_by(f64::total_cmp);
            let left: Vec<String> = left.iter().map(|x| format!("{x:.0e}")).collect();
            let [right, disturbed, of] = t.right;
            table.add_row([t.cell.clone(), left.join(", "), format!("{right} → {disturbed} of {of}")]);
        }
        table
    }

    fn theory_table(&self) -> Table {
        let mut table = table(&["cell", "law", "predicted", "measured", "ratio"]);
        let mut done = Vec::new();
        for check in &self.theory {
            let key = (&check.cell, &check.law);
            if done.contains(&key) {
                continue;
            }
            done.push(key);
            let same: Vec<_> = self.theory.iter().filter(|c| (&c.cell, &c.law) == key).collect();
            let span = |f: &dyn Fn(&Check) -> f64| {
                let values: Vec<f64> = same.iter().map(|c| f(c)).collect();
                let (low, high) =
                    (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(0.0, f64::max));
                format!("{low:.3}–{high:.3}")
            };
            table.add_row([
                check.cell.clone(),
                check.law.clone(),
                span(&|c| c.predicted),
                span(&|c| c.measured),
                span(&|c| c.measured / c.predicted),
            ]);
        }
        table
    }
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header.iter().copied());
    table
}

fn task_result(cell: &str, outcomes: &[&Outcome], longest: usize) -> TaskResult {
    let accuracy =
        |o: &Outcome, d: usize| o.scores.iter().find(|s| s.distance == d).map_or(0.0, |s| s.right as f64 / s.of as f64);
    let at = |distance: usize| {
        let scores = outcomes.iter().flat_map(|o| &o.scores).filter(|s| s.distance == distance);
        scores.fold((0, 0), |(right, of), s| (right + s.right, of + s.of))
    };
    let share = |(right, of): (usize, usize)| if of == 0 { 0.0 } else { right as f64 / of as f64 };
    let (right, of) = at(longest);
    let span = |o: &&Outcome| {
        let mastered = o.scores.iter().take_while(|s| s.right as f64 >= MASTERED * s.of as f64);
        mastered.last().map_or(0.0, |s| s.distance as f64)
    };
    let spans: Vec<f64> = outcomes.iter().map(span).collect();
    let (low, high) = wilson(right, of);
    TaskResult {
        cell: cell.into(),
        hidden: outcomes.first().map_or(0, |o| o.hidden),
        parameters: outcomes.first().map_or(0, |o| o.parameters),
        seeds: outcomes.len(),
        solved: outcomes.iter().filter(|o| accuracy(o, longest) >= MASTERED).count(),
        diverged: outcomes.iter().filter(|o| o.diverged.is_some()).count(),
        accuracy: share((right, of)),
        low,
        high,
        span: if spans.is_empty() { 0.0 } else { median(&spans) },
        accuracy_beyond: share(at(5 * longest)),
        disturbance_left: outcomes.iter().flat_map(|o| &o.disturbance).map(|d| d.left).collect(),
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
