//! The vanishing gradient: how far back a plain RNN, an IRNN, a GRU and LSTMs can learn from, measured.

mod config;
mod figures;
mod summary;
mod unit;

pub use config::{Config, TextConfig};

use std::sync::Arc;

use models::Registry;
use serde::Serialize;

use crate::report::if_quick;
use crate::run::{Findings, Run, json};
use crate::settings::{Resolved, Scale};
use crate::study::{About, Study};
use crate::task::AtDistance;
use crate::tasks::{Tasks, Text};
use crate::train::Metric;
use crate::{Stop, by_distance, counted, echo, loaders};
use figures::{FLOWS, Figures};
use summary::Summary;
use unit::{Outcome, TEXT, Unit};

/// The study's name: its folder under the output place.
pub const NAME: &str = "vanishing_gradient";

/// The task where nobody says otherwise.
const FRANCE: &str = "france";

/// The vanishing gradient: how far back a plain RNN, an IRNN, a GRU and LSTMs can learn from, measured.
///
/// 1. **Gradient against lag**: ‖∂L/∂h_{T−k}‖ per example relative to lag 0, L the loss of the last step alone, at
///    initialisation and after training; beside it what theory says.
/// 2. **The task**: accuracy or error against distance of one model per cell and seed, trained at mixed distances. It is the
///    France task, or any other that can be drawn [at a distance](AtDistance).
/// 3. **On real text**: the curves of 1 for a character model.
///
/// Sources: Bengio, Simard & Frasconi 1994 (IEEE Trans. Neural Networks 5(2)); Hochreiter & Schmidhuber 1997 (Neural
/// Computation 9(8)); Pascanu, Mikolov & Bengio 2013 (arXiv:1211.5063), §2.
#[derive(Clone)]
pub struct VanishingGradient {
    registry: Registry,
    tasks: Tasks,
}

/// What it needs besides its settings.
pub struct Input {
    task: Arc<dyn AtDistance>,
    text_name: String,
    /// In windows of T steps.
    text: Text,
}

impl VanishingGradient {
    /// With the cells of `registry`, and the built-in tasks.
    pub fn new(registry: Registry) -> Self {
        Self { registry, tasks: Tasks::builtin() }
    }

    /// Adds a task for `--task NAME`, or replaces the one of that name. Its examples are drawn at distances of the study's own:
    /// its batches for training are not asked for.
    ///
    /// # Panics
    /// If the name is no small letters, digits and `_`, or files of the study are called so.
    #[must_use]
    #[track_caller]
    pub fn with_task(self, name: &str, task: impl AtDistance + 'static) -> Self {
        assert!(name != TEXT && !FLOWS.contains(&name), "task: files of the study are called `{name}`");
        let task = Arc::new(task);
        Self { tasks: self.tasks.at_distance(name, move |_| task.clone()), ..self }
    }
}

impl Study for VanishingGradient {
    type Settings = Config;
    type Input = Input;

    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> About {
        About {
            sentence: "Watch the gradient vanish in a plain RNN and survive in an LSTM.",
            more: "Measures ‖∂L/∂h_{T−k}‖, the gradient of the last step's loss k steps back, for each cell: at \
                   initialisation and after training on the France task (\"I grew up in France … I speak ___\") or on that of \
                   --task, and for a character model of a real text; and tests at which distance each trained cell still \
                   knows the country, or what else is asked for. \
                   After Bengio, Simard & Frasconi 1994; Pascanu, Mikolov & Bengio 2013; Hochreiter & Schmidhuber 1997.",
            examples: "  \
  vanishing_gradient                         the whole study, within 2 minutes on 2 cores
  vanishing_gradient --quick                 the same in 10 seconds, too short to conclude from
  vanishing_gradient --cells rnn,lstm        two cells only
  vanishing_gradient --task adding           on a task of real numbers: the sum of two that are marked
  vanishing_gradient --text novel.txt        the curves of figure 3 on a text of yours",
        }
    }

    fn registry(&self) -> Option<&Registry> {
        Some(&self.registry)
    }

    fn defaults(&self, scale: Scale) -> Config {
        Config::with_cells_of(&self.registry, scale)
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Input, Stop> {
        let config = &resolved.settings;
        let task = self.tasks.build_at_distance(&config.task);
        let task = task.and_then(|task| task.check([1, config.longest()]).map(|()| task));
        let task = task.map_err(|why| Stop::Refused(format!("--task {}: {why}", echo(&config.task))))?;
        for cell in &config.cells {
            config.dims(&self.registry, cell, &*task)?;
        }
        let (text_name, contents) = loaders::text::or_book(&resolved.files, "text.file")?;
        let text = Text::new(text_name, &contents, config.steps);
        let text = text.map_err(|why| resolved.files.refuse("text.file", why))?;
        Ok(Input { task, text_name: text_name.into(), text })
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let Config { cells, hidden, seeds, steps, text, .. } = config;
        let (count, seeds) = (counted(cells.len(), "cell"), counted(*seeds, "seed"));
        run.say(&format!("{count}, {seeds} ({} on text), H = {hidden}, T = {steps}", text.seeds));
        let units = Unit::all(config);
        let work = |unit: &Unit, own: &mut crate::run::Unit| unit.run(config, &self.registry, input, own);
        let outcomes = run.units(&units, Unit::name, |unit| unit.updates(config), work)?;
        Stop::if_all_diverged(outcomes.iter().map(|outcome| &outcome.diverged))?;
        run.csv("metrics.csv", outcomes.iter().flat_map(metrics))?;
        let scores = outcomes.iter().flat_map(|o| o.scores.iter().map(|s| (&*o.unit.cell, o.unit.seed, s.clone())));
        let scores = by_distance::rows(cells, &config.distances(), &scores.collect::<Vec<_>>());
        let scores: Vec<by_distance::Row> = run.filed(&format!("figures/{}.csv", config.task), scores)?;
        let summary = Summary::new(resolved, &self.registry, input, &outcomes, &scores)?;
        let cells = cells.iter().map(|cell| (cell.clone(), self.registry.label(cell))).collect();
        let quick = if_quick(resolved.scale, "; --quick: too short to conclude from");
        Figures { config, input, summary: &summary, cells, quick }.draw(run, &outcomes, &scores)?;
        run.dir().write("summary.json", json(&summary))?;
        Ok(Findings { numbers: summary.numbers(config), text: summary.to_text(input, resolved.scale) })
    }
}

/// A row of `metrics.csv`.
#[derive(Serialize)]
struct MetricRow<'a> {
    unit: String,
    update: u64,
    loss: f64,
    gradient_norm: f64,
    diverged: &'a Option<String>,
}

fn metrics(Outcome { unit, metrics, diverged, .. }: &Outcome) -> impl Iterator<Item = MetricRow<'_>> {
    metrics.iter().map(|metric| {
        let Metric { update, loss, gradient_norm, .. } = *metric;
        MetricRow { unit: unit.name(), update, loss, gradient_norm, diverged }
    })
}
