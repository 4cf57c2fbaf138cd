//! The figures, drawn from the run's CSV files alone.

use models::Registry;

use super::summary::Summary;
use super::{Config, FRANCE, Input};
use crate::gradient_curves::{self, Kind};
use crate::plot::{Axis, Figure, Panel, Post, RuleLine, Series};
use crate::run::Run;
use crate::task::{Score, Wording};
use crate::{Stop, by_distance};

/// The figures of the gradients, on the task and on the text. The third is called as the task is.
pub(super) const FLOWS: [&str; 2] = ["gradient_flow", "gradient_flow_text"];

/// Draws all figures of a run.
///
/// # Errors
/// Failed, if a CSV cannot be read or a figure not be written.
pub(super) fn draw(
    run: &Run,
    config: &Config,
    registry: &Registry,
    input: &Input,
    summary: &Summary,
) -> Result<(), Stop> {
    let cells = config.cells.iter().map(|cell| (cell.clone(), registry.label(cell))).collect();
    let figures = Figures { config, input, summary, cells };
    let [flow, text] = FLOWS;
    let csv = |name: &str| format!("figures/{name}.csv");
    run.figure(flow, &figures.gradient_flow(&run.rows(&csv(flow))?))?;
    run.figure(&config.task, &figures.scores(&run.rows(&csv(&config.task))?))?;
    run.figure(text, &figures.gradient_flow_on_text(&run.rows(&csv(text))?))
}

/// What all figures say.
struct Figures<'a> {
    config: &'a Config,
    input: &'a Input,
    summary: &'a Summary,
    /// By name, and what figures call them.
    cells: Vec<(String, String)>,
}

impl Figures<'_> {
    /// Whether the figures may say what was found of these two on the France task.
    fn of_rnn_and_lstm(&self) -> bool {
        let has = |cell: &str| self.cells.iter().any(|(name, _)| name == cell);
        self.config.task == FRANCE && has("rnn") && has("lstm")
    }

    /// At the longest distance.
    fn accuracy(&self, cell: &str) -> Option<f64> {
        self.summary.tasks.iter().find(|found| found.cell == cell).map(|found| found.accuracy)
    }

    fn quick(&self) -> &'static str {
        if self.summary.quick { "; --quick: too short to conclude from" } else { "" }
    }

    fn facts(&self) -> String {
        let Config { seeds, updates, batch, .. } = self.config;
        let span = |values: Vec<usize>| match (values.iter().min(), values.iter().max()) {
            (Some(low), Some(high)) if low < high => format!("{low}–{high}"),
            (low, _) => low.map_or(String::new(), ToString::to_string),
        };
        let sizes = span(self.summary.tasks.iter().map(|t| t.hidden).collect());
        let counts = span(self.summary.tasks.iter().map(|t| t.parameters).collect());
        let (longest, quick) = (self.config.longest(), self.quick());
        format!(
            "H = {sizes}, {counts} parameters; {seeds} seeds; {updates} updates of {batch} examples at distances \
             1–{longest}{quick}"
        )
    }

    /// Figure 1.
    fn gradient_flow(&self, rows: &[gradient_curves::Row]) -> Figure {
        let title = match self.of_rnn_and_lstm() {
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
        let (config, summary, quick) = (self.config, self.summary, self.quick());
        Figure {
            title: "The same on real text: next-character models".into(),
            subtitle: format!(
                "{}, {} characters; H = {}; {} seeds; {} updates on windows of {} characters{quick}",
                summary.text,
                summary.characters,
                config.hidden,
                config.text.seeds,
                config.text.updates,
                config.window()
            ),
            footnote: self.bands(config.text.seeds),
            ..self.curves(rows)
        }
    }

    fn curves(&self, rows: &[gradient_curves::Row]) -> Figure {
        gradient_curves::figure(rows, &self.cells, self.config.longest())
    }

    fn bands(&self, seeds: u64) -> String {
        format!("Median and 10–90 % band over {seeds} seeds × {} examples, f64.", self.config.examples)
    }

    /// Figure 2.
    fn scores(&self, rows: &[by_distance::Row]) -> Figure {
        let (config, task) = (self.config, &self.input.task);
        let Wording { title, from, to, .. } = task.wording();
        let series = self.cells.iter().zip(&self.summary.tasks).enumerate();
        let series = series.map(|(color, ((cell, label), found))| {
            let solved = found.solved.map(|solved| format!("solved {solved} of {}", found.seeds));
            let diverged = (found.diverged > 0).then(|| format!("{} diverged", found.diverged));
            let of_seeds = solved.into_iter().chain(diverged).collect::<Vec<_>>().join(", ");
            let of_seeds = if of_seeds.is_empty() { of_seeds } else { format!(" ({of_seeds})") };
            Series { label: format!("{label}{of_seeds}"), color, ..by_distance::series(rows, cell) }
        });
        let (trained, longest) = (config.longest(), config.distances().into_iter().max().unwrap_or(1));
        let tests = config.test_examples * config.seeds as usize;
        let (y, measure, baseline, bars) = match task.baseline() {
            Score::Accuracy(chance) => {
                let inverse = 1.0 / chance;
                let is_whole = (inverse - inverse.round()).abs() < 1e-9;
                let odds = if is_whole { format!("1 in {inverse:.0}") } else { format!("{chance:.3}") };
                let y = Axis::linear("accuracy").range(0.0, 1.05);
                (y, "accuracy", format!("chance, {odds}"), ", bars: 95 % Wilson interval")
            }
            Score::SquaredError(error) => {
                let y = Axis::log10("mean squared error");
                (y, "error", format!("baseline, {error:.3}"), "")
            }
        };
        let solved = task.criterion().map_or(String::new(), |c| {
            let within = if bars.is_empty() { format!(" within {}", c.within) } else { String::new() };
            format!(" Solved: at least {:.0} %{within} at distance {trained}.", 100.0 * c.share)
        });
        let panel = Panel {
            x: Axis::log10(format!("distance from the {from} to the {to} (time steps)"))
                .range(0.9, 1.1 * longest as f64),
            y,
            series: series.collect(),
            lines: vec![RuleLine { y: self.summary.chance, label: baseline }],
            posts: vec![Post { x: trained as f64, label: format!("trained to {trained}") }],
            ..Panel::default()
        };
        Figure {
            title: match self.of_rnn_and_lstm() && self.accuracy("lstm") > self.accuracy("rnn") {
                true => "“I grew up in France … I speak ___”: the RNN forgets, the LSTM remembers".into(),
                false => format!("{title}: {measure} against distance"),
            },
            subtitle: self.facts(),
            size: (1760, 1000),
            panels: vec![panel],
            footnote: format!(
                "Lines: all seeds together{bars} over {tests} test examples a point, dots: one seed.{solved}"
            ),
            ..Figure::default()
        }
    }
}
