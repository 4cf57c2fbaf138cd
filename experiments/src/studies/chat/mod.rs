//! A small talk, many to many: a question is read, its answer is written, by an encoder–decoder with attention.

mod config;
mod input;
mod lookup;
mod report;

pub use config::Config;
pub use input::Input;
pub use lookup::most_similar;

use models::{Params, Registry};
use serde::{Deserialize, Serialize};

use crate::Stop;
use crate::loaders::pairs::Pair;
use crate::report::trained;
use crate::run::{Findings, Run};
use crate::settings::Resolved;
use crate::study::{About, Study};
use crate::train::Training;
use crate::translator::{Pairs, Side, Translation, Translator, picture};

/// A small talk, many to many: a question is read, its answer is written, by an encoder–decoder with attention.
/// ```text
/// P(answer | question) = Π_t P(y_t | y_1 … y_{t−1}, x),   ŷ_t = argmax_k P(k | ŷ_1 … ŷ_{t−1}, x)
/// ```
/// After Vinyals & Le 2015, arXiv:1506.05869, who had 62 million sentences; here are some hundred, so it is a toy: it says again
/// what it has learnt by heart. Whether it knows a question in other words is tested on paraphrases that are held out.
#[derive(Clone, Debug)]
pub struct Chat {
    registry: Registry,
}

/// What the network came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How many parameters it has.
    pub parameters: usize,
    /// Its answers to the questions of the training.
    pub train: Vec<Vec<String>>,
    /// Its answers to those held out.
    pub held_out: Vec<Vec<String>>,
    /// Its answers to those asked, and where it looked.
    pub asked: Vec<Translation>,
    /// Of each of these, the tokens that training never had.
    pub unknown: Vec<Vec<String>>,
}

/// How many attention pictures are drawn.
const PICTURES: usize = 3;

impl Chat {
    /// With the cells of `registry`.
    pub fn new(registry: Registry) -> Self {
        Self { registry }
    }

    fn build(&self, config: &Config, input: &Input, params: &mut Params<f32>) -> Result<Translator, Stop> {
        let train = &input.train;
        let sides = [Side::source(input.tokenizer, train, 1), Side::target(input.tokenizer, train)];
        Ok(Translator::new((&config.network, true), &self.registry, sides, train, params, config.seed)?)
    }

    fn learn(&self, config: &Config, input: &Input, unit: &mut crate::run::Unit) -> Result<Outcome, Stop> {
        let mut params = Params::new();
        let translator = self.build(config, input, &mut params)?;
        // There are too few pairs to choose a moment by: all updates are made.
        let objective = Pairs::new(&translator, &input.train, &[], config.training.batch, config.hide, config.seed);
        let training = Training { validate_every: 0, ..config.training.along_a_cosine() };
        unit.train(&objective, &mut params, &training)?;
        let answers = |pairs: &[Pair]| {
            let questions: Vec<&str> = pairs.iter().map(|pair| pair.source.as_str()).collect();
            translator.translate(&params, &questions).into_iter().map(|written| written.target).collect()
        };
        let asked = translator.translate(&params, &input.ask);
        let vocabulary = translator.source.vocabulary();
        let unknown = |asked: &Translation| {
            asked.source.iter().filter(|token| vocabulary.get(token).is_none()).cloned().collect()
        };
        Ok(Outcome {
            parameters: params.count(),
            train: answers(&input.train),
            held_out: answers(&input.held_out),
            unknown: asked.iter().map(unknown).collect(),
            asked,
        })
    }
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
                   beside a look-up of the most similar question; then answers what you ask, and draws where it looks. A toy: \
                   it knows a hundred questions. Another --ask is another run.",
            examples: "  \
  chat                                              some questions of ours
  chat --ask \"Who are you?\" --ask \"Tell me a joke\"  yours
  chat --language korean --ask \"이름이 뭐예요?\"
  chat --pairs faq.tsv                              a file of yours: question TAB answer on every line",
        }
    }

    fn registry(&self) -> Option<&Registry> {
        Some(&self.registry)
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Input, Stop> {
        let input = Input::open(resolved)?;
        self.build(&resolved.settings, &input, &mut Params::new())?;
        Ok(input)
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        run.say(&format!("{}: {} pairs, {} held out", input.name, input.train.len(), input.held_out.len()));
        let outcome = run.whole(config.training.updates, |unit| self.learn(config, input, unit))?;
        let pictures = &outcome.asked[..PICTURES.min(outcome.asked.len())];
        let text = |asked: &Translation| [input.tokenizer.join(&asked.source), report::said(input, &asked.target)];
        let title = "Where the network looks in the question when it writes the answer".into();
        let network = (&*config.network.cell, config.network.hidden);
        let network = trained(network, &config.training, " pairs", config.seed);
        let subtitle = format!("{}; {network}; a row sums to 1", input.name);
        picture::draw(run, picture::rows(pictures, text), [title, subtitle], ["question", "answer"])?;
        Ok(report::findings(config, input, &outcome, resolved.scale))
    }
}
