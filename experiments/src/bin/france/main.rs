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

mod config;
mod figures;
pub(crate) mod reader;
mod summary;
mod unit;

use experiments::loaders::pairs;
use experiments::run::{Findings, Run};
use experiments::settings::{Files, Resolved};
use experiments::study::{About, Study};
use experiments::tasks::FranceText;
use experiments::tokenizer::Tokenizer;
use experiments::trial::Trial;
use experiments::{Stop, echo};
use models::Registry;

use config::Config;
use unit::Outcome;

/// Words before "i grew up" in the paragraph that is drawn.
const OPENING: usize = 8;

struct France {
    registry: Registry,
}

/// What it needs besides its settings.
#[derive(Debug)]
struct Input {
    task: FranceText,
    own: Vec<OwnParagraph>,
}

/// A paragraph of the user's.
#[derive(Debug)]
struct OwnParagraph {
    words: Vec<String>,
    class: usize,
}

/// The user's paragraphs.
fn own(files: &Files) -> Result<Vec<OwnParagraph>, Stop> {
    const KEY: &str = "paragraphs";
    let Some((name, bytes)) = files.bytes(KEY) else { return Ok(Vec::new()) };
    let pairs = pairs::parse(name, bytes, pairs::Columns::TEST).map_err(|why| files.refuse(KEY, why))?;
    let read = |(k, pair): (usize, pairs::Pair)| {
        let answer = pair.source.trim().to_lowercase();
        let class = FranceText::languages().position(|language| language == answer).ok_or_else(|| {
            let known: Vec<_> = FranceText::languages().collect();
            let (answer, number) = (echo(&pair.source), k + 1);
            let why = format!("{name}: paragraph {number} asks for `{answer}`; give one of {}", known.join(", "));
            files.refuse(KEY, why)
        })?;
        Ok(OwnParagraph { words: Tokenizer::Words.tokens(&pair.target), class })
    };
    pairs.into_iter().enumerate().map(read).collect()
}

impl Study for France {
    type Settings = Config;
    type Input = Input;

    fn name(&self) -> &'static str {
        "france"
    }

    fn about(&self) -> About {
        About {
            sentence: "\"I grew up in France … I speak ___\": which networks remember the country, and which words matter.",
            more: "Trains an embedding with an RNN, a GRU and an LSTM on paragraphs that name other countries, too; tests at \
                   which distance each still knows the language; measures the gradient of the answer with respect to the \
                   country's vector; and draws a paragraph with its words coloured by their gradient. Your own paragraphs: a \
                   line each, the answer, a TAB, and the text up to \"I speak\".",
            examples: "  \
  france                             within a minute on 2 cores
  france --quick                     in seconds, too short to conclude from
  france --cells rnn,lstm_chrono     other cells
  france --paragraphs mine.tsv       answers to your paragraphs, and the first of them in colours",
        }
    }

    fn registry(&self) -> Option<&Registry> {
        Some(&self.registry)
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Input, Stop> {
        resolved.settings.dims(&self.registry)?;
        Ok(Input { task: resolved.settings.task(), own: own(&resolved.files)? })
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let trials = Trial::all(&config.cells, config.seed, config.seeds);
        let work =
            |trial: &Trial, own: &mut experiments::run::Unit| unit::run(trial, config, &self.registry, input, own);
        let outcomes: Vec<Outcome> = run.units(&trials, Trial::name, |_| config.training.updates, work)?;
        let diverged = Stop::if_all_diverged(outcomes.iter().map(|outcome| &outcome.diverged))?;
        let own = outcomes.iter().flat_map(|o| &o.own);
        let all = Outcome {
            diverged: None,
            scores: run.filed("figures/accuracy.csv", outcomes.iter().flat_map(|o| &o.scores))?,
            flows: run.filed("figures/gradient.csv", outcomes.iter().flat_map(|o| &o.flows))?,
            words: run.filed("figures/words.csv", outcomes.iter().flat_map(|o| &o.words))?,
            own: if input.own.is_empty() { Vec::new() } else { run.filed("paragraphs.csv", own)? },
        };
        let rows = summary::rows(&all.scores, config);
        figures::draw(run, config, &all, &rows, resolved.scale)?;
        let sequences: Vec<_> = input.own.iter().map(|own| own.words.clone()).collect();
        let unknown = input.task.vocabulary().unknown_share(&sequences);
        let summary = summary::Summary::of(&all, &rows, config, diverged, resolved.scale);
        Ok(Findings::new(summary.numbers(), summary.to_text(&all.own, unknown)))
    }
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&France { registry: Registry::builtin() })
}

#[cfg(test)]
mod tests {
    use experiments::settings::{Layers, Settings};

    use super::*;

    fn opened(contents: &str) -> Result<Input, Stop> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mine.tsv");
        std::fs::write(&path, contents).expect("written");
        let mut layers = Layers::default();
        layers.sets = vec![format!("paragraphs={}", path.to_str().expect("UTF-8"))];
        let resolved = layers.resolve("france", Config::at)?;
        France { registry: Registry::builtin() }.open(&resolved)
    }

    #[test]
    fn own_paragraphs_are_read_as_words_and_answers() {
        let input = opened("French\tI grew up in France. I speak\r\nkorean\tI speak\n").expect("fine");
        assert_eq!(input.own[0].words, ["i", "grew", "up", "in", "france", ".", "i", "speak"]);
        let answers: Vec<_> = input.own.iter().filter_map(|own| FranceText::languages().nth(own.class)).collect();
        assert_eq!(answers, ["french", "korean"]);
    }

    #[test]
    fn an_answer_that_is_no_language_of_the_task_is_refused() {
        let why = opened("french\tI speak\nklingon\tI speak").expect_err("refused").to_string();
        assert!(why.contains("mine.tsv: paragraph 2 asks for `klingon`; give one of chinese, danish"), "{why}");
    }
}
