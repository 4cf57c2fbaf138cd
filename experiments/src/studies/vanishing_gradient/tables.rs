//! The tables that the program prints.

use comfy_table::Table;
use models::largest;

use super::Input;
use super::summary::{SquaredError, Summary, TaskResult};
use super::unit::NOISE;
use crate::gradient_curves::{Check, Decay};
use crate::table::table;
use crate::task::{Score, Wording};

impl Summary {
    /// The tables that the program prints.
    pub(super) fn to_text(&self, input: &Input) -> String {
        let Wording { title, examples, from, to } = input.task.wording();
        let baseline = match input.task.baseline() {
            Score::Accuracy(chance) => format!("chance {chance:.3}"),
            Score::SquaredError(error) => format!("baseline {error:.3}"),
        };
        let (longest, beyond) = (self.longest_distance, 5 * self.longest_distance);
        let (noise, step) = (100.0 * NOISE, self.lags.div_ceil(2));
        let worst = largest(self.audit.iter().map(|a| a.relative_error));
        let mut text = String::new();
        for (heading, table) in [
            (
                "Gradient of the last step's loss k steps back: half-life in steps, and factor per step over lags 10–60".into(),
                Decay::table(&self.gradients, self.lags),
            ),
            (format!("{title}: a {from}, {longest} steps later the {to} ({baseline})"), self.task_table()),
            (
                format!("Latch or keep: noise of {noise:.0} % of the state, made at step {step} of {examples} of distance {beyond}"),
                self.disturbance_table(),
            ),
            (
                "Against theory, at initialisation: measured factor per step ÷ predicted, over seeds".into(),
                Check::table(&self.theory),
            ),
        ] {
            text += &format!("{heading}\n{table}\n\n");
        }
        text += &Decay::underflows(&self.gradients);
        text += &format!(
            "Audit: the tape's gradient and the product of explicit Jacobians differ by at most {worst:.1e} (relative)\n"
        );
        if self.quick {
            text += "This was --quick: too short to conclude from.\n";
        }
        text
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
}
