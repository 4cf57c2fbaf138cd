//! The tables that the program prints.

use comfy_table::Table;
use models::largest;

use super::curves::Underflow;
use super::summary::{Check, Gradient, Summary};
use super::unit::{NOISE, Phase, Source};
use crate::table::table;

impl Summary {
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
        text += &self.underflows();
        let worst = largest(self.audit.iter().map(|a| a.relative_error));
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
            let source = if g.source == Source::Text { " on text" } else { "" };
            let when = if g.phase == Phase::Initial { "at the start" } else { "trained" };
            let direct = if g.direct { ", direct path" } else { "" };
            Some(format!(
                "Underflow: {} ({}{direct}){source}, {when}: the gradient of {examples} of {of} examples is exactly 0, from \
                 lag {lag} on\n",
                g.cell, g.part
            ))
        };
        let lines: String = self.gradients.iter().filter_map(line).collect();
        if lines.is_empty() { lines } else { lines + "(below the range of f64, or cut off by a rectifier)\n\n" }
    }

    fn gradient_table(&self) -> Table {
        let mut table = table(["cell", "of", "at start", "×/step", "trained", "×/step", "on text", "×/step"]);
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
        let mut table = table(header);
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
        let mut table = table(["cell", "of it left at the end, each seed", "right answers without it → with it"]);
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
        let mut table = table(["cell", "law", "predicted", "measured", "ratio"]);
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
