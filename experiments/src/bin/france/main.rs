//! "I grew up in France … I speak ___", in words: which cells still know the country, and which words the gradient reaches.
//!
//! 1. **Accuracy against distance** of an embedding and one recurrent layer, trained on paragraphs that name other countries,
//!    too ([`FranceText`]).
//! 2. **The gradient of the country's vector against distance**: ‖∂L/∂x_c‖ / ‖∂L/∂x_T‖, x_c the vector of the country's word,
//!    x_T that of the last word, L the loss of the answer alone; so it is relative to lag 0, as in the study of the vanishing
//!    gradient. At initialisation and after training.
//! 3. **One paragraph, its words coloured** by ‖∂L/∂x_t‖: a tiny change of which word would change the answer?
//!
//! Sources: the lecture's example; Bengio, Simard & Frasconi 1994 (IEEE Trans. Neural Networks 5(2)); Hochreiter & Schmidhuber
//! 1997 (Neural Computation 9(8)). The gradient of an answer as the share of a word: Simonyan, Vedaldi & Zisserman 2013
//! (arXiv:1312.6034), §3; for words Li, Chen, Hovy & Jurafsky 2016 (arXiv:1506.01066), §5.

mod answer;
mod config;
mod figures;
pub(crate) mod reader;
mod summary;
mod unit;

use experiments::Stop;
use experiments::run::{Findings, Run, RunDir};
use experiments::settings::Resolved;
use experiments::study::{About, Answers, Asks, Study};
use experiments::tasks::FranceText;
use experiments::trial::Trial;
use models::Registry;

use answer::Trained;
use config::Config;
use unit::Outcome;

/// Words before "i grew up" in the paragraph that is drawn.
const OPENING: usize = 8;

struct France {
    registry: Registry,
}

impl Study for France {
    type Settings = Config;
    type Input = FranceText;

    fn name(&self) -> &'static str {
        "france"
    }

    fn about(&self) -> About {
        About {
            sentence: "\"I grew up in France … I speak ___\": which networks remember the country, and which words matter.",
            more: "Trains an embedding with an RNN, a GRU and an LSTM on paragraphs that name other countries, too; tests at \
                   which distance each still knows the language; measures the gradient of the answer with respect to the \
                   country's vector; and draws a paragraph with its words coloured by their gradient. The trained networks answer \
                   to paragraphs of yours.",
            examples: "  \
  france                             within a minute on 2 cores
  france --quick                     in seconds, too short to conclude from
  france --cells rnn,lstm_chrono     other cells
  france --ask \"I grew up in Korea. We laughed. I speak\"
  france --ask - < mine.txt          a paragraph on every line",
        }
    }

    fn registry(&self) -> Option<&Registry> {
        Some(&self.registry)
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<FranceText, Stop> {
        resolved.settings.dims(&self.registry)?;
        Ok(resolved.settings.task())
    }

    fn run(&self, resolved: &Resolved<Config>, task: &FranceText, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let trials = Trial::all(&config.cells, config.seed, config.seeds);
        let work =
            |trial: &Trial, own: &mut experiments::run::Unit| unit::run(trial, config, &self.registry, task, own);
        let outcomes: Vec<Outcome> = run.units(&trials, Trial::name, |_| config.training.updates, work)?;
        let diverged = Stop::if_all_diverged(outcomes.iter().map(|outcome| &outcome.diverged))?;
        let all = Outcome {
            diverged: None,
            scores: run.filed("figures/accuracy.csv", outcomes.iter().flat_map(|o| &o.scores))?,
            flows: run.filed("figures/gradient.csv", outcomes.iter().flat_map(|o| &o.flows))?,
            words: run.filed("figures/words.csv", outcomes.iter().flat_map(|o| &o.words))?,
        };
        let rows = summary::rows(&all.scores, config);
        figures::draw(run, config, &all, &rows, resolved.scale)?;
        let summary = summary::Summary::of(&all, &rows, config, diverged, resolved.scale);
        Ok(Findings::new(summary.numbers(), summary.to_text()))
    }

    fn asks(&self) -> Option<Asks> {
        let help =
            "Print what every network answers to a paragraph up to \"I speak\", and which words its gradient reaches";
        Some(Asks { value: "PARAGRAPH", help })
    }

    fn answers<'a>(
        &'a self,
        resolved: &'a Resolved<Config>,
        task: &'a FranceText,
        dir: &RunDir,
    ) -> Result<Answers<'a>, Stop> {
        let config = &resolved.settings;
        let load = |trial: Trial| {
            let (reader, initial) = unit::reader(&trial, config, &self.registry, task)?;
            let mut params = initial.cast::<f32>();
            dir.unit(&trial.name()).load(&mut params)?;
            Ok(Trained { trial, reader, params: params.cast() })
        };
        let trials = Trial::all(&config.cells, config.seed, config.seeds);
        let all = trials.into_iter().map(load).collect::<Result<Vec<_>, Stop>>()?;
        Ok(Box::new(move |paragraph| answer::answer(task, &all, paragraph)))
    }
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&France { registry: Registry::builtin() })
}
