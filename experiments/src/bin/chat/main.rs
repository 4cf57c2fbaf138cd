//! A small talk, many to many: a question is read, its answer is written, by an encoder–decoder with attention.
//! ```text
//! P(answer | question) = Π_t P(y_t | y_1 … y_{t−1}, x),   ŷ_t = argmax_k P(k | ŷ_1 … ŷ_{t−1}, x)
//! ```
//! After Vinyals & Le 2015, arXiv:1506.05869, who had 62 million sentences; here are some hundred, so it is a toy: it says again
//! what it has learnt by heart. Whether it knows a question in other words is tested on paraphrases that are held out.

mod config;
mod input;
mod lookup;
mod report;

use experiments::loaders::pairs::Pair;
use experiments::one_line;
use experiments::report::{trained, unknown};
use experiments::run::{Findings, Run, RunDir};
use experiments::settings::Resolved;
use experiments::study::{About, Answers, Asks, Study};
use experiments::train::Training;
use experiments::translator::{Pairs, Side, Translation, Translator, picture};
use experiments::{Stop, counted};
use models::{Params, Registry};
use serde::{Deserialize, Serialize};

use config::Config;
use input::Input;
use lookup::most_similar;

struct Chat;

/// What the network came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Outcome {
    /// How many parameters it has.
    parameters: usize,
    /// Its answers to the questions of the training.
    train: Vec<Vec<String>>,
    /// Its answers to those held out.
    held_out: Vec<Vec<String>>,
    /// Its answers to those of the report, and where it looked.
    asked: Vec<Translation>,
    /// Of each of these, the tokens that training never had.
    unknown: Vec<Vec<String>>,
}

/// How many attention pictures are drawn.
const PICTURES: usize = 3;

fn build(config: &Config, input: &Input) -> Result<(Translator, Params<f32>), Stop> {
    let train = &input.train;
    let sides = [Side::source(input.tokenizer, train, 1), Side::target(input.tokenizer, train)];
    Ok(Translator::new((&config.network, true), &Registry::builtin(), sides, train, config.seed)?)
}

fn learn(config: &Config, input: &Input, unit: &mut experiments::run::Unit) -> Result<Outcome, Stop> {
    let (translator, mut params) = build(config, input)?;
    // There are too few pairs to choose a moment by: all updates are made.
    let objective = Pairs::new(&translator, &input.train, &[], config.training.batch, config.hide, config.seed);
    let training = Training { validate_every: 0, ..config.training.along_a_cosine() };
    unit.train(&objective, &mut params, &training)?;
    let answers = |pairs: &[Pair]| -> Result<_, Stop> {
        let questions: Vec<&str> = pairs.iter().map(|pair| pair.source.as_str()).collect();
        Ok(translator.translate(&params, &questions)?.into_iter().map(|written| written.target).collect())
    };
    let asked = translator.translate(&params, &input.questions)?;
    let unknown = |asked: &Translation| translator.source.vocabulary().unknown(&asked.source);
    Ok(Outcome {
        parameters: params.count(),
        train: answers(&input.train)?,
        held_out: answers(&input.held_out)?,
        unknown: asked.iter().map(unknown).collect(),
        asked,
    })
}

impl Study for Chat {
    type Settings = Config;
    type Input = Input;

    fn name(&self) -> &'static str {
        "chat"
    }

    fn about(&self) -> About {
        About {
            sentence: "Answer questions with an encoder–decoder that learnt some small talk by heart.",
            more: "Trains an encoder–decoder with attention on questions and answers; tests it on paraphrases that were held out, \
                   beside a look-up of the most similar question, and draws where it looks. What was trained answers what you \
                   ask. A toy: it knows a hundred questions.",
            examples: "  \
  chat                                              train, and answer some questions of ours
  chat --ask \"Who are you?\" --ask \"Tell me a joke\"  ask what was trained
  chat --ask                                        talk to it
  chat --language korean                            in Korean
  chat --pairs faq.tsv                              a file of yours: question TAB answer on every line",
        }
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Input, Stop> {
        let input = Input::open(resolved)?;
        build(&resolved.settings, &input)?;
        Ok(input)
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        run.say(&format!("{}: {}, {} held out", input.name, counted(input.train.len(), "pair"), input.held_out.len()));
        let outcome = run.whole(config.training.updates, |unit| learn(config, input, unit))?;
        let pictures = &outcome.asked[..PICTURES.min(outcome.asked.len())];
        let text = |asked: &Translation| [input.tokenizer.join(&asked.source), report::said(input, &asked.target)];
        let title = "Where the network looks in the question when it writes the answer".into();
        let network = (&*config.network.cell, config.network.hidden);
        let network = trained(network, &config.training, " pairs", config.seed);
        let subtitle = format!("{}; {network}; a row sums to 1", input.name);
        picture::draw(run, picture::rows(pictures, text), [title, subtitle], ["question", "answer"])?;
        Ok(report::findings(config, input, &outcome, resolved.scale))
    }

    fn asks(&self) -> Option<Asks> {
        Some(Asks { value: "QUESTION", help: "Print the answer to a question, and where the network looked in it" })
    }

    fn answers<'a>(
        &'a self,
        resolved: &'a Resolved<Config>,
        input: &'a Input,
        dir: &RunDir,
    ) -> Result<Answers<'a>, Stop> {
        let (translator, mut params) = build(&resolved.settings, input)?;
        dir.load(&mut params)?;
        Ok(Box::new(move |question| {
            let asked = translator.translate_one(&params, question)?;
            let said = one_line(&report::said(input, &asked.target));
            let unknown = unknown(&translator.source.vocabulary().unknown(&asked.source));
            Ok(format!("{said}\n{}{unknown}", asked.looked()))
        }))
    }
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&Chat)
}
