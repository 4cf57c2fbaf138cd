//! The tables that the program prints.

use comfy_table::Table;
use models::largest;

use super::Input;
use super::summary::{Check, Gradient, SquaredError, Summary, TaskResult};
use super::unit::{NOISE, TEXT};
use crate::by_distance::Phase;
use crate::gradient_curves::Underflow;
use crate::stats::quantile;
use crate::table::table;
use crate::task::{Score, Wording};

impl Summary {
    /// The tables that the program prints.
    pub fn to_text(&self, input: &Input) -> String {
        let Wording { title, examples, from, to } = input.task.wording();
        let baseline = match input.task.baseline() {
            Score::Accuracy(chance) => format!("chance {chance:.3}"),
            Score::SquaredError(error) => format!("squared error without memory {error:.3}"),
        };
        let (longest, beyond) = (self.longest_distance, 5 * self.longest_distance);
        let (noise, step) = (100.0 * NOISE, self.lags.div_ceil(2));
        let worst = largest(self.audit.iter().map(|a| a.relative_error));
        let mut text = String::new();
        for (heading, table) in [
            (
                "Gradient of the last step's loss k steps back: half-life in steps, and factor per step over lags 10–60".into(),
                self.gradient_table(),
            ),
            (format!("{title}: a {from}, {longest} steps later the {to} ({baseline})"), self.task_table()),
            (
                format!("Latch or keep: noise of {noise:.0} % of the state, made at step {step} of {examples} of distance {beyond}"),
                self.disturbance_table(),
            ),
            (
                "Against theory, at initialisation: measured factor per step ÷ predicted, over seeds".into(),
                self.theory_table(),
            ),
        ] {
            text += &format!("{heading}\n{table}\n\n");
        }
        text += &self.underflows();
        text += &format!(
            "Audit: the tape's gradient and the product of explicit Jacobians differ by at most {worst:.1e} (relative)\n"
        );
        if self.quick {
            text += "This was --quick: too short to conclude from.\n";
        }
        text
    }

    /// A line for every gradient that is exactly 0 somewhere: said, for a curve just ends there.
    fn underflows(&self) -> String {
        let line = |g: &Gradient| {
            let Underflow { lag, examples, of } = g.underflow?;
            let source = if g.source == TEXT { " on text" } else { "" };
            let when = if g.phase == Phase::Initial { "at the start" } else { "trained" };
            Some(format!(
                "Underflow: {} ({}){source}, {when}: the gradient of {examples} of {of} examples is exactly 0, from lag \
                 {lag} on\n",
                g.cell,
                g.path()
            ))
        };
        let lines: String = self.gradients.iter().filter_map(line).collect();
        if lines.is_empty() { lines } else { lines + "(below the range of f64, or cut off by a rectifier)\n\n" }
    }

    fn gradient_table(&self) -> Table {
        let mut table = table(["cell", "of", "at start", "×/step", "trained", "×/step", "on text", "×/step"]);
        let shown = |on_text: bool, phase, of: &Gradient| {
            let same = |g: &&Gradient| {
                (g.source == TEXT, g.phase) == (on_text, phase) && (&g.cell, g.path()) == (&of.cell, of.path())
            };
            let found = self.gradients.iter().find(same);
            let life =
                found.map_or("–".into(), |g| g.half_life.map_or(format!("> {}", self.lags), |k| k.to_string()));
            [life, found.and_then(|g| g.rate).map_or("–".into(), |rate| format!("{rate:.3}"))]
        };
        for of in self.gradients.iter().filter(|g| g.source != TEXT && g.phase == Phase::Initial) {
            let shown = [(false, Phase::Initial), (false, Phase::Trained), (true, Phase::Trained)]
                .map(|(on_text, phase)| shown(on_text, phase, of));
            table.add_row([of.cell.clone(), of.path()].into_iter().chain(shown.into_iter().flatten()));
        }
        table
    }

    fn task_table(&self) -> Table {
        let of_numbers = self.tasks.iter().any(|t| t.squared_error.is_some());
        let measure = if of_numbers { ["error", "right"] } else { ["accuracy", "95 % interval"] };
        let longest = format!("{} at {}", measure[0], self.longest_distance);
        let beyond = format!("at {}", 5 * self.longest_distance);
        let header = ["cell", "H", "parameters", &longest, measure[1], &beyond, "remembers", "solved", "diverged"];
        let mut table = table(header);
        for t in &self.tasks {
            let scores = match t.squared_error {
                Some(SquaredError { longest, beyond, .. }) => [
                    format!("{longest:.1e}"),
                    t.solved.map_or("–".into(), |_| format!("{:.3}", t.accuracy)),
                    format!("{beyond:.1e}"),
                ],
                None => [
                    format!("{:.3}", t.accuracy),
                    format!("{:.3}–{:.3}", t.low, t.high),
                    format!("{:.3}", t.accuracy_beyond),
                ],
            };
            let of_seeds = |n| format!("{n} of {}", t.seeds);
            let remembers = t.span.map_or("–".into(), |span| format!("{span} steps"));
            let last = [remembers, t.solved.map_or("–".into(), of_seeds), of_seeds(t.diverged)];
            let first = [t.cell.clone(), t.hidden.to_string(), t.parameters.to_string()];
            table.add_row(first.into_iter().chain(scores).chain(last));
        }
        table
    }

    fn disturbance_table(&self) -> Table {
        let of_numbers = self.tasks.iter().any(|t| t.squared_error.is_some());
        let answers = if of_numbers { "squared error" } else { "right answers" };
        let mut table = table([
            "cell".into(),
            "of it left at the end, each seed".into(),
            format!("{answers} without it → with it"),
        ]);
        for t in &self.tasks {
            let TaskResult { right: [right, disturbed, of], .. } = t;
            let mut left = t.disturbance_left.clone();
            left.sort_by(f64::total_cmp);
            let left: Vec<String> = left.iter().map(|x| format!("{x:.0e}")).collect();
            let answers = match t.squared_error {
                Some(error) => format!("{:.1e} → {:.1e}", error.undisturbed, error.disturbed),
                None => format!("{right} → {disturbed} of {of}"),
            };
            table.add_row([t.cell.clone(), left.join(", "), answers]);
        }
        table
    }

    fn theory_table(&self) -> Table {
        let mut table = table(["cell", "law", "predicted", "measured", "ratio"]);
        // The checks of a cell stand together, a law each.
        for same in self.theory.chunk_by(|a, b| (&a.cell, a.law) == (&b.cell, b.law)) {
            let spanned = |f: fn(&Check) -> f64| {
                let values: Vec<f64> = same.iter().map(f).collect();
                format!("{:.3}–{:.3}", quantile(&values, 0.0), quantile(&values, 1.0))
            };
            table.add_row([
                same[0].cell.clone(),
                same[0].law.into(),
                spanned(|c| c.predicted),
                spanned(|c| c.measured),
                spanned(|c| c.measured / c.predicted),
            ]);
        }
        table
    }
}

impl Gradient {
    /// The state part, and whether the gradient flows along it alone.
    fn path(&self) -> String {
        format!("{}{}", self.part, if self.direct { ", direct path" } else { "" })
    }
}
