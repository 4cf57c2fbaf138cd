//! The vanishing gradient: how far back a plain RNN, an IRNN, a GRU and LSTMs can learn from, measured.

mod config;
mod curves;
mod figures;
mod scores;
mod summary;
mod tables;
mod unit;

pub use config::{Config, TextConfig};
pub use summary::{Audit, Check, Gradient, Summary, TaskResult};
pub use unit::{Phase, Source};

use models::Registry;
use serde::Serialize;

use crate::run::{Findings, Run, json};
use crate::settings::{Resolved, Scale};
use crate::study::{About, Study};
use crate::tasks::Text;
use crate::{Stop, audit, loaders};
use unit::{Outcome, Unit};

/// The study's name: its folder under the output place.
pub const NAME: &str = "vanishing_gradient";

/// The default text: some pages of our own book as they were when the results were measured, so that editing the book
/// changes no result.
const BOOK: &str = include_str!("../../../assets/book.txt");

/// The vanishing gradient: how far back a plain RNN, an IRNN, a GRU and LSTMs can learn from, measured.
///
/// 1. **Gradient against lag**: ‖∂L/∂h_{T−k}‖ per example relative to lag 0, L the loss of the last step alone, at
///    initialisation and after training; beside it what theory says.
/// 2. **The France task**: accuracy against distance of one model per cell and seed, trained at mixed distances.
/// 3. **On real text**: the curves of 1 for a character model.
///
/// Sources: Bengio, Simard & Frasconi 1994 (IEEE Trans. Neural Networks 5(2)); Hochreiter & Schmidhuber 1997 (Neural
/// Computation 9(8)); Pascanu, Mikolov & Bengio 2013 (arXiv:1211.5063), §2.
#[derive(Clone, Debug)]
pub struct VanishingGradient {
    registry: Registry,
}

/// What it needs besides its settings.
#[derive(Clone, Debug)]
pub struct Input {
    text_name: String,
    /// In windows of T steps.
    text: Text,
}

impl VanishingGradient {
    /// With the cells of `registry`.
    pub fn new(registry: Registry) -> Self {
        Self { registry }
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
                   initialisation and after training on the France task (\"I grew up in France … I speak ___\"), and for a \
                   character model of a real text; and tests at which distance each trained cell still knows the country. \
                   After Bengio, Simard & Frasconi 1994; Pascanu, Mikolov & Bengio 2013; Hochreiter & Schmidhuber 1997.",
            examples: "  \
  vanishing_gradient                         the whole study, within 2 minutes on 2 cores
  vanishing_gradient --quick                 the same in 10 seconds, too short to conclude from
  vanishing_gradient --cells rnn,lstm        two cells only
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
        for cell in &config.cells {
            config.dims(&self.registry, cell, &config.france())?;
        }
        let (text_name, contents) =
            loaders::text::of(&resolved.files, "text.file")?.unwrap_or(("Unroll's book", BOOK.into()));
        let text = Text::new(text_name, &contents, config.steps);
        let text = text.map_err(|why| resolved.files.refuse("text.file", why))?;
        Ok(Input { text_name: text_name.into(), text })
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        run.say(&format!(
            "{} cells, {} seeds ({} on text), H = {}, T = {}",
            config.cells.len(),
            config.seeds,
            config.text.seeds,
            config.hidden,
            config.steps
        ));
        let units = Unit::all(config);
        let work = |unit: &Unit, own: &mut crate::run::Unit| unit.run(config, &self.registry, &input.text, own);
        let outcomes = run.units(&units, Unit::name, |unit| unit.updates(config), work)?;
        if outcomes.iter().all(|outcome| outcome.diverged.is_some()) {
            let why = outcomes.first().and_then(|o| o.diverged.clone()).unwrap_or_default();
            return Err(Stop::Diverged(format!("every training diverged ({why}); try a smaller --learning-rate")));
        }
        let mut audits = Vec::new();
        for cell in &config.cells {
            let relative_error = audit::audit(&self.registry, cell, 1).map_err(|e| Stop::Failed(e.to_string()))?;
            audits.push(Audit { cell: cell.clone(), relative_error });
        }
        let summary = Summary::new(config, input, resolved.scale == Scale::Quick, &outcomes, audits);
        write(run, config, &self.registry, &outcomes, &summary)?;
        Ok(Findings { numbers: summary.numbers(), text: summary.to_text() })
    }
}

/// Metrics, figures with their CSV, and the summary.
fn write(run: &Run, config: &Config, registry: &Registry, outcomes: &[Outcome], summary: &Summary) -> Result<(), Stop> {
    #[derive(Serialize)]
    struct MetricRow<'a> {
        unit: String,
        update: u64,
        loss: f64,
        gradient_norm: f64,
        diverged: &'a str,
    }
    let metrics = outcomes.iter().flat_map(|o| {
        let unit = Unit { source: o.source, cell: o.cell.clone(), seed: o.seed }.name();
        let diverged = o.diverged.as_deref().unwrap_or("");
        o.metrics.iter().map(move |m| MetricRow {
            unit: unit.clone(),
            update: m.update,
            loss: m.loss,
            gradient_norm: m.gradient_norm,
            diverged,
        })
    });
    run.csv("metrics.csv", metrics)?;
    run.csv("figures/gradient_flow.csv", curves::rows(outcomes, Source::France, &config.cells))?;
    run.csv("figures/france.csv", scores::rows(outcomes, &config.cells, &config.distances()))?;
    run.csv("figures/gradient_flow_text.csv", curves::rows(outcomes, Source::Text, &config.cells))?;
    figures::draw(run, config, registry, summary)?;
    run.dir().write("summary.json", json(summary))
}
