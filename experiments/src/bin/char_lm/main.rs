//! A character model: stacked LSTMs read a text, say each next character, and then write on by themselves.
//!
//! 1. **Training** by truncated backpropagation through time, on B streams whose state goes from window to window.
//! 2. **Bits per character** on text not trained on, beside the best n-gram model.
//! 3. **Writing** from a prompt at some temperatures.
//!
//! After Graves 2013 (arXiv:1308.0850, §3) and Karpathy, Johnson & Fei-Fei 2015 (arXiv:1506.02078).

mod config;
mod corpus;
mod model;
mod n_grams;
mod report;

use corpus::{Corpus, Streams};
use experiments::report::unknown;
use experiments::run::{Findings, Run, RunDir, Unit};
use experiments::settings::{EngineConfig, Resolved};
use experiments::study::{About, Answers, Asks, Study};
use experiments::tokenizer::Tokenizer;
use experiments::train::{Metric, diverged};
use experiments::{Stop, loaders};
use model::{CharModel, Windows};
use models::{Params, Registry};
use serde::{Deserialize, Serialize};

use config::Config;
use report::Sample;

/// The temperatures of the samples, besides the one asked for.
const TEMPERATURES: [f64; 3] = [0.0, 0.5, 1.0];
/// What the samples of a report go on from, if the text has its characters.
const PROMPT: &str = "The ";
/// The streams of a validation; the test part is one.
const VALIDATION_STREAMS: usize = 8;

struct CharLm {
    registry: Registry,
}

/// What it needs besides its settings.
#[derive(Debug)]
struct Input {
    corpus: Corpus,
    /// What the samples of the report go on from.
    prompt: String,
    model: CharModel,
    /// As the training begins.
    params: Params<f32>,
}

/// What a training found.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outcome {
    parameters: usize,
    best_update: u64,
    /// Bits per character.
    validation: f64,
    test: f64,
    metrics: Vec<Metric>,
    samples: Vec<Sample>,
}

impl Config {
    /// The steps of an update.
    fn window(&self, engine: &EngineConfig) -> usize {
        engine.bptt.first().copied().unwrap_or(self.steps)
    }

    fn train(&self, input: &Input, unit: &mut Unit<'_>) -> Result<Outcome, Stop> {
        let Input { corpus, model, .. } = input;
        let mut params = input.params.clone();
        let streams = VALIDATION_STREAMS.min(corpus.validation.len() / 2);
        let validation = Streams::new(&corpus.validation, streams);
        let train = Streams::new(&corpus.train, self.batch);
        let windows = Windows { model, train, validation, steps: self.window(unit.engine()), seed: self.seed };
        let trained = unit.train(&windows, &mut params, &self.training.constant())?;
        let bits = |part: &str, tokens: &[usize]| {
            let bits = model.bits(&params, Streams::new(tokens, 1));
            let spoilt = || diverged(&format!("diverged: {bits} bits per character on the {part} part"));
            bits.is_finite().then_some(bits).ok_or_else(spoilt)
        };
        Ok(Outcome {
            parameters: params.count(),
            best_update: trained.best.map_or(0, |(update, _)| update),
            validation: bits("validation", &corpus.validation)?,
            test: bits("test", &corpus.test)?,
            metrics: unit.metrics()?,
            samples: self.samples(input, &params, &input.prompt)?,
        })
    }

    /// What is written after `prompt`, at each temperature.
    fn samples(
        &self,
        Input { corpus, model, .. }: &Input,
        params: &Params<f32>,
        prompt: &str,
    ) -> Result<Vec<Sample>, Stop> {
        let prompt = corpus.vocabulary.encode(&Tokenizer::Characters.tokens(prompt));
        let mut temperatures = vec![self.temperature];
        temperatures.extend(TEMPERATURES.into_iter().filter(|t| t.total_cmp(&self.temperature).is_ne()));
        let write = |temperature| {
            let written = model.write(params, &prompt, temperature, self.length, self.seed)?;
            Ok(Sample { temperature, text: corpus.vocabulary.decode(&written).concat() })
        };
        temperatures.into_iter().map(write).collect()
    }
}

impl Study for CharLm {
    type Settings = Config;
    type Input = Input;

    fn name(&self) -> &'static str {
        "char_lm"
    }

    fn about(&self) -> About {
        About {
            sentence: "Teach stacked LSTMs to write like a text, character by character.",
            more: "Trains on the first 80 % of a text by truncated backpropagation through time, keeps the model that is best \
                   on the next 10 %, measures bits per character on the last 10 % beside an n-gram model (interpolated \
                   Witten-Bell), and writes on from a prompt.",
            examples: "  \
  char_lm                                    the default text, within a minute on 2 cores
  char_lm --text novel.txt --updates 5000    a text of yours, for longer
  char_lm --ask \"## \"                        what was learnt writes on from a heading
  char_lm --updates 0 --model runs/char_lm/ID/model.safetensors --temperature 0.2
                                             only write, with what an earlier run has learnt",
        }
    }

    fn registry(&self) -> Option<&Registry> {
        Some(&self.registry)
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Input, Stop> {
        let (config, files) = (&resolved.settings, &resolved.files);
        let (name, text) = loaders::text::or_book(files, "text")?;
        let corpus = Corpus::new(name, &text, config.vocabulary, config.batch, config.window(&resolved.engine));
        let corpus = corpus.map_err(|why| files.refuse("text", why))?;
        let has = |c: char| corpus.vocabulary.get(&c.to_string()).is_some();
        let prompt = match PROMPT.chars().all(has) {
            true => PROMPT.into(),
            false => text.chars().take(PROMPT.len()).collect(),
        };
        let built = CharModel::new::<f32>(config, &self.registry, corpus.vocabulary.len());
        let (model, mut params) = built.map_err(|why| Stop::Refused(format!("--cell: {why}")))?;
        if let Some((file, bytes)) = files.bytes("model") {
            let loaded = params.load_safetensors(bytes);
            loaded.map_err(|why| files.refuse("model", format!("{file}: {why}; give the settings of that run")))?;
        }
        Ok(Input { corpus, prompt, model, params })
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let outcome = run.whole(config.training.updates, |unit| config.train(input, unit))?;
        let orders = n_grams::orders(&input.corpus);
        report::draw(run, config, input, &outcome, &orders)?;
        let text = report::text(config, input, &outcome, &orders);
        Ok(Findings::new(report::numbers(&outcome, &orders), text))
    }

    fn asks(&self) -> Option<Asks> {
        Some(Asks { value: "PROMPT", help: "Print how the model writes on from a prompt" })
    }

    fn answers<'a>(
        &'a self,
        resolved: &'a Resolved<Config>,
        input: &'a Input,
        dir: &RunDir,
    ) -> Result<Answers<'a>, Stop> {
        let mut params = input.params.clone();
        dir.load(&mut params)?;
        Ok(Box::new(move |prompt| {
            let written = resolved.settings.samples(input, &params, prompt)?;
            let unknown = unknown(&input.corpus.vocabulary.unknown(&Tokenizer::Characters.tokens(prompt)));
            Ok(report::samples(prompt, &written) + &unknown)
        }))
    }
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&CharLm { registry: Registry::builtin() })
}
