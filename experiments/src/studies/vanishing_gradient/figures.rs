//! The figures, drawn from the run's CSV files alone.

use super::config::TextConfig;
use super::summary::Summary;
use super::unit::{Outcome, TEXT, of_cell};
use super::{Config, FRANCE, Input};
use crate::by_distance::Phase;
use crate::gradient_curves::{self, Kind};
use crate::plot::{Axis, Figure, Panel, Post};
use crate::run::Run;
use crate::task::{Score, Wording};
use crate::{Stop, by_distance, counted};

/// The figures of the gradients, on the task and on the text. The third is called as the task is.
pub(super) const FLOWS: [&str; 2] = ["gradient_flow", "gradient_flow_text"];

/// What all figures say.
pub(super) struct Figures<'a> {
    pub config: &'a Config,
    pub input: &'a Input,
    pub summary: &'a Summary,
    /// By name, and what figures call them.
    pub cells: Vec<(String, String)>,
    /// That it is too short, if it is.
    pub quick: &'static str,
}

impl Figures<'_> {
    /// Draws all figures of a run.
    ///
    /// # Errors
    /// Failed, if a file cannot be written or read.
    pub(super) fn draw(&self, run: &Run, outcomes: &[Outcome], scores: &[by_distance::Row]) -> Result<(), Stop> {
        let Config { task, cells, .. } = self.config;
        let curves = |name: &str, source: &str| {
            let rows = cells.iter().flat_map(|cell| {
                let trainings = of_cell(outcomes, source, cell);
                gradient_curves::rows(cell, &trainings.iter().map(|o| (o.unit.seed, &o.gradient)).collect::<Vec<_>>())
            });
            run.filed(&format!("figures/{name}.csv"), rows)
        };
        let [flow, text] = FLOWS;
        run.figure(flow, &self.gradient_flow(&curves(flow, task)?))?;
        run.figure(task, &self.scores(scores))?;
        run.figure(text, &self.gradient_flow_on_text(&curves(text, TEXT)?))
    }

    /// What these two score at the longest distance of the France task, if the figures may speak of it.
    fn of_rnn_and_lstm(&self) -> Option<[f64; 2]> {
        let accuracy = |cell| self.summary.tasks.iter().find(|found| found.cell == cell).map(|found| found.accuracy);
        (self.config.task == FRANCE).then_some([accuracy("rnn")?, accuracy("lstm")?])
    }

    fn facts(&self) -> String {
        let Config { seeds, updates, batch, .. } = self.config;
        let span = |values: Vec<usize>| match (values.iter().min(), values.iter().max()) {
            (Some(low), Some(high)) if low < high => format!("{low}–{high}"),
            (low, _) => low.map_or(String::new(), ToString::to_string),
        };
        let sizes = span(self.summary.tasks.iter().map(|t| t.hidden).collect());
        let counts = span(self.summary.tasks.iter().map(|t| t.parameters).collect());
        let (longest, quick) = (self.config.longest(), self.quick);
        format!(
            "H = {sizes}, {counts} parameters; {}; {} of {} at distances 1–{longest}{quick}",
            counted(*seeds, "seed"),
            counted(*updates, "update"),
            counted(*batch, "example")
        )
    }

    /// Figure 1.
    fn gradient_flow(&self, rows: &[gradient_curves::Row]) -> Figure {
        let reached = |cell: &str, part: &str| {
            let trained = rows.iter().filter(|row| row.phase == Phase::Trained && row.kind == Kind::Measured);
            let farthest = trained.filter(|row| row.cell == cell && row.part == part).max_by_key(|row| row.lag);
            farthest.map_or(f64::NAN, |row| row.median)
        };
        let (rnn, lstm) = (reached("rnn", "h"), reached("lstm", "c"));
        let title = match self.of_rnn_and_lstm().is_some() && rnn < 0.01 && lstm > 10.0 * rnn {
            true => "The RNN's gradient vanishes; the LSTM's lives as long as its forget gates let it",
            false => "The gradient of the last loss on its way back through time",
        };
        let bound = rows.iter().any(|row| row.kind == Kind::SigmaMax);
        let bound = if bound { " σ_max(W_h)ᵏ is an upper bound: it says nothing where σ_max ≥ 1." } else { "" };
        let footnote = self.bands(self.config.seeds) + bound;
        Figure { title: title.into(), subtitle: self.facts(), footnote, ..self.curves(rows) }
    }

    /// Figure 3.
    fn gradient_flow_on_text(&self, rows: &[gradient_curves::Row]) -> Figure {
        let Summary { text: name, characters, .. } = self.summary;
        let Config { hidden, text: TextConfig { updates, seeds, .. }, .. } = self.config;
        let (window, quick) = (self.config.window(), self.quick);
        Figure {
            title: "The same on real text: next-character models".into(),
            subtitle: format!(
                "{name}, {characters} characters; H = {hidden}; {}; {} on windows of {}{quick}",
                counted(*seeds, "seed"),
                counted(*updates, "update"),
                counted(window, "character")
            ),
            footnote: self.bands(*seeds),
            ..self.curves(rows)
        }
    }

    fn curves(&self, rows: &[gradient_curves::Row]) -> Figure {
        gradient_curves::figure(rows, &self.cells, self.config.longest())
    }

    fn bands(&self, seeds: u64) -> String {
        let examples = counted(self.config.examples, "example");
        format!("Median and 10–90 % band over {} × {examples}, f64.", counted(seeds, "seed"))
    }

    /// Figure 2.
    fn scores(&self, rows: &[by_distance::Row]) -> Figure {
        let (config, task) = (self.config, &self.input.task);
        let Wording { title, from, to, .. } = task.wording();
        let cells = self.cells.iter().zip(&self.summary.tasks).map(|((cell, label), found)| {
            let solved = found.solved.map(|solved| format!("solved {solved} of {}", found.seeds));
            let diverged = (found.diverged > 0).then(|| format!("{} diverged", found.diverged));
            let of_seeds = solved.into_iter().chain(diverged).collect::<Vec<_>>().join(", ");
            (cell, if of_seeds.is_empty() { label.clone() } else { format!("{label} ({of_seeds})") })
        });
        let (trained, tests) = (config.longest(), config.test_examples * config.seeds as usize);
        let of_numbers = matches!(task.baseline(), Score::SquaredError(_));
        let (measure, bars) = if of_numbers { ("error", "") } else { ("accuracy", ", bars: 95 % Wilson interval") };
        let solved = task.criterion().map_or(String::new(), |c| {
            let within = if of_numbers { format!(" within {}", c.within) } else { String::new() };
            format!(" Solved: at least {:.0} %{within} at distance {trained}.", 100.0 * c.share)
        });
        let panel = Panel {
            x: Axis::log10(format!("distance from the {from} to the {to} (time steps)"))
                .range(0.9, 1.1 * (5 * trained) as f64),
            posts: vec![Post { x: trained as f64, label: format!("trained to {trained}") }],
            ..by_distance::panel(rows, cells, task.baseline())
        };
        Figure {
            title: match self.of_rnn_and_lstm().is_some_and(|[rnn, lstm]| rnn < 0.5 && lstm > 0.9) {
                true => "“I grew up in France … I speak ___”: the RNN forgets, the LSTM remembers".into(),
                false => format!("{title}: {measure} against distance"),
            },
            subtitle: self.facts(),
            panels: vec![panel],
            footnote: format!(
                "Lines: all seeds together{bars} over {} a point, dots: one seed.{solved}",
                counted(tests, "test example")
            ),
            ..Figure::default()
        }
    }
}
