//! Translation, many to many: the same encoder–decoder with and without attention, side by side.
//! ```text
//! s̄_1 … s̄_N = encoder(x_1 … x_N),   s_0 = tanh(W_s c + b_s),   h_t = decoder(y_{t−1}, s_{t−1})
//! without attention  h̃_t = h_t                                  all it knows of the source is s_0
//! with attention     h̃_t = tanh(W_c [Σ_j a_tj s̄_j; h_t])        it looks at all of it, at every step
//! P(y_t = k) = softmax(W_y h̃_t + b_y)_k
//! ```
//! Sources: Sutskever, Vinyals & Le 2014, arXiv:1409.3215; Cho et al. 2014, arXiv:1406.1078; Luong, Pham & Manning 2015,
//! arXiv:1508.04025.

mod config;
mod figures;
mod input;
mod report;
mod scores;

use experiments::loaders::pairs::Pair;
use experiments::one_line;
use experiments::report::unknown;
use experiments::run::{Findings, Run, RunDir, Unit};
use experiments::settings::Resolved;
use experiments::study::{About, Answers, Asks, Study};
use experiments::tokenizer::Tokenizer;
use experiments::translator::{Pairs, Side, Translation, Translator};
use experiments::written::Answer;
use experiments::{Stop, counted};
use models::{Params, Registry};
use serde::{Deserialize, Serialize};

use config::Config;
use input::Input;

struct Translate;

/// What one network came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Outcome {
    /// Whether it attends.
    attention: bool,
    /// How many parameters it has.
    parameters: usize,
    /// The update of the best validation, and its loss in nats a token.
    best: Option<(u64, f64)>,
    /// To the test split, in its order.
    answers: Vec<Answer>,
    /// Of some of them, where it looked.
    pictures: Vec<Translation>,
}

/// How many attention pictures are drawn.
const PICTURES: usize = 3;

fn build(config: &Config, input: &Input, attention: bool) -> Result<(Translator, Params<f32>), Stop> {
    let train = &input.splits.train;
    let [source, target] = input.tokenizers;
    // Of words, those that come once stand in for those that never come.
    let at_least = if source == Tokenizer::Words { 2 } else { 1 };
    let sides = [Side::source(source, train, at_least), Side::target(target, train)];
    Ok(Translator::new((&config.network, attention), &Registry::builtin(), sides, train, config.seed)?)
}

/// What the unit of a network is called.
fn unit_name(attention: bool) -> String {
    if attention { "attention" } else { "plain" }.into()
}

/// Trains one of the two networks, and lets it translate the test split.
fn learn(config: &Config, input: &Input, attention: bool, unit: &mut Unit) -> Result<Outcome, Stop> {
    let (translator, mut params) = build(config, input, attention)?;
    let splits = &input.splits;
    let objective = Pairs::new(&translator, &splits.train, &splits.validation, config.training.batch, 0.0, config.seed);
    let trained = unit.train(&objective, &mut params, &config.training.along_a_cosine())?;
    let sources: Vec<&str> = splits.test.iter().map(|pair| pair.source.as_str()).collect();
    let written = translator.translate(&params, &sources)?;
    let pictures = if attention { pictures(&written) } else { Vec::new() };
    let answer = |(translation, pair): (Translation, &Pair)| Answer {
        source: translation.source,
        target: translator.target.tokens(&pair.target),
        written: translation.target,
    };
    Ok(Outcome {
        attention,
        parameters: params.count(),
        best: trained.best,
        answers: written.into_iter().zip(&splits.test).map(answer).collect(),
        pictures,
    })
}

/// Translations of different lengths that a figure has room for: the first longest, and others from the rest.
fn pictures(written: &[Translation]) -> Vec<Translation> {
    const WIDEST: usize = 34;
    let mut fit: Vec<&Translation> = written.iter().filter(|t| t.source.len() <= WIDEST).collect();
    fit.sort_by_key(|translation| std::cmp::Reverse(translation.source.len()));
    let places = (0..PICTURES.min(fit.len())).map(|k| k * fit.len() / PICTURES.min(fit.len()).max(1));
    places.map(|place| fit[place].clone()).collect()
}

impl Study for Translate {
    type Settings = Config;
    type Input = Input;

    fn name(&self) -> &'static str {
        "translate"
    }

    fn about(&self) -> About {
        About {
            sentence: "Translate with an encoder–decoder, with and without attention.",
            more: "Trains the same network twice, once with all of the source squeezed into the decoder's first state, once with \
                   Luong's attention; reports exact match and tokens in place on pairs that training never saw, both against \
                   the length of the source, and draws where the network looks.",
            examples: "  \
  translate                                  dates as people write them → ISO 8601
  translate --task numbers                   numbers in words → digits
  translate --pairs eng-fra.tsv              a file of yours: source TAB target on every line
  translate --pairs names.tsv --tokens characters
  translate --ask \"May 5th, 1987\"            what the trained networks write for a text of yours",
        }
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Input, Stop> {
        let input = Input::open(resolved)?;
        // Whether the network can be built is known before anything is written.
        build(&resolved.settings, &input, true)?;
        Ok(input)
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let [train, validation, test] = input.splits.sizes();
        run.say(&format!(
            "{}: {} to train on, {validation} for validation, {test} for test",
            input.name,
            counted(train, "pair")
        ));
        let work = |attention: &bool, unit: &mut Unit| learn(config, input, *attention, unit);
        let outcomes =
            run.units(&[false, true], |&attention| unit_name(attention), |_| config.training.updates, work)?;
        figures::draw(run, config, input, &outcomes)?;
        Ok(report::findings(config, input, &outcomes, resolved.scale))
    }

    fn asks(&self) -> Option<Asks> {
        Some(Asks { value: "TEXT", help: "Print what both networks write for a text, and where one looked" })
    }

    fn answers<'a>(
        &'a self,
        resolved: &'a Resolved<Config>,
        input: &'a Input,
        dir: &RunDir,
    ) -> Result<Answers<'a>, Stop> {
        let load = |attention: bool| {
            let (translator, mut params) = build(&resolved.settings, input, attention)?;
            dir.unit(&unit_name(attention)).load(&mut params)?;
            Ok((report::label(attention), translator, params))
        };
        let networks = [true, false].into_iter().map(load).collect::<Result<Vec<_>, Stop>>()?;
        Ok(Box::new(move |text| {
            let mut answer = format!("{}\n", one_line(text));
            for (label, translator, params) in &networks {
                let written = translator.translate_one(params, text)?;
                let target = one_line(&translator.target.text(&written.target));
                answer += &format!("  {label}: {target}\n{}", written.looked());
            }
            let source = &networks[0].1.source;
            Ok(answer + &unknown(&source.vocabulary().unknown(&source.tokens(text))))
        }))
    }
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&Translate)
}
