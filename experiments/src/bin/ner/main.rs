//! Named entities, many to many and aligned: a tag for every word, by a network that reads in both directions and by one that
//! reads from left to right only.
//! ```text
//! →h_t = LSTM(x_t, →h_{t−1}),   ←h_t = LSTM(x_t, ←h_{t+1}),   P(tag k at t) = softmax(W_y [→h_t; ←h_t] + b_y)_k
//! ```
//! Where the type of a name is told by what comes after it, →h_t cannot know it. Sources: Schuster & Paliwal 1997 (IEEE
//! Trans. Signal Processing 45(11)); for tagging Huang, Xu & Yu 2015, arXiv:1508.01991 (here without their CRF).

mod baseline;
mod config;
mod figures;
mod input;
mod report;
mod tagger;

use experiments::Stop;
use experiments::answers::all_finite;
use experiments::loaders::conll::Sentence;
use experiments::one_line;
use experiments::report::{STAR, starred};
use experiments::run::{Findings, Run, RunDir, Unit};
use experiments::settings::Resolved;
use experiments::study::{About, Answers, Asks, Study};
use experiments::table::table;
use experiments::tokenizer::words;
use serde::{Deserialize, Serialize};

use baseline::most_frequent_tags;
use config::Config;
use input::Input;
use tagger::{Probabilities, Tagger};

struct Ner;

/// What one network came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Outcome {
    /// Whether it reads in both directions.
    both: bool,
    /// How many parameters it has.
    parameters: usize,
    /// The update of the best validation, and its loss in nats a word.
    best: Option<(u64, f64)>,
    /// The tags by index.
    tags: Vec<String>,
    /// For every sentence of the test split, the likeliest tags.
    found: Vec<Vec<String>>,
    /// For each sentence that may be drawn, its number and P(tag): by word, then by tag.
    pictures: Vec<(usize, Vec<Vec<f64>>)>,
}

/// How many of the test sentences may be drawn, and how many words they may have.
const CANDIDATES: usize = 200;
const WIDEST: usize = 14;

/// What the unit of a network is called.
fn unit_name(both: bool) -> String {
    if both { "both" } else { "left" }.into()
}

/// Trains one of the two networks, and lets it tag the test split.
fn learn(config: &Config, input: &Input, both: bool, unit: &mut Unit) -> Result<Outcome, Stop> {
    let splits = &input.splits;
    let (tagger, mut params) = Tagger::new(config, both, &splits.train)?;
    let objective = tagger.learning(&splits.train, &splits.validation, config);
    let trained = unit.train(&objective, &mut params, &config.training.along_a_cosine())?;
    let probabilities = all_finite(tagger.probabilities(&params, &splits.test))?;
    let short = |(k, p): (usize, &Probabilities)| {
        let words = p.column_iter().map(|column| column.iter().map(|p| f64::from(*p)).collect());
        (p.ncols() <= WIDEST).then(|| (k, words.collect()))
    };
    Ok(Outcome {
        both,
        parameters: params.count(),
        best: trained.best,
        tags: tagger.tags.clone(),
        found: probabilities.iter().map(|p| tagger.best(p)).collect(),
        pictures: probabilities.iter().enumerate().filter_map(short).take(CANDIDATES).collect(),
    })
}

impl Study for Ner {
    type Settings = Config;
    type Input = Input;

    fn name(&self) -> &'static str {
        "ner"
    }

    fn about(&self) -> About {
        About {
            sentence: "Find the names in sentences, reading in both directions and from left to right only.",
            more: "Trains a tagger in both directions and the same from left to right; reports precision, recall and F1 of entities \
                   as conlleval counts them, beside the most frequent tag of each word, and draws what both think of each word \
                   where the type is told by what comes after the name.",
            examples: "  \
  ner                                        generated sentences
  ner --after 1                              what comes after a name tells its type, always
  ner --train train.conll --test test.conll  sentences of yours: a token and its tag on every line
  ner --ask \"Logan was flooded.\"             what the trained networks say of every word of yours",
        }
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Input, Stop> {
        let input = Input::open(resolved)?;
        let config = &resolved.settings;
        Tagger::new(config, true, &input.splits.train)?;
        Ok(input)
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let [train, validation, test] = input.splits.sizes();
        run.say(&format!("{}: {train} to train on, {validation} for validation, {test} for test", input.name));
        let work = |both: &bool, unit: &mut Unit| learn(config, input, *both, unit);
        let outcomes = run.units(&[true, false], |&both| unit_name(both), |_| config.training.updates, work)?;
        figures::draw(run, config, input, &outcomes)?;
        Ok(report::findings(config, input, &outcomes, resolved.scale))
    }

    fn asks(&self) -> Option<Asks> {
        Some(Asks { value: "TEXT", help: "Print the tag of every word of a sentence, by both networks" })
    }

    fn answers<'a>(
        &'a self,
        resolved: &'a Resolved<Config>,
        input: &'a Input,
        dir: &RunDir,
    ) -> Result<Answers<'a>, Stop> {
        let load = |both: bool| {
            let (tagger, mut params) = Tagger::new(&resolved.settings, both, &input.splits.train)?;
            dir.unit(&unit_name(both)).load(&mut params)?;
            Ok((tagger, params))
        };
        let networks = [true, false].into_iter().map(load).collect::<Result<Vec<_>, Stop>>()?;
        Ok(Box::new(move |text| {
            let tokens: Vec<String> = words(text).map(String::from).collect();
            let sentence = Sentence { tags: vec!["O".into(); tokens.len()], tokens };
            let found = networks.iter().map(|(tagger, params)| {
                let probabilities = &all_finite(tagger.probabilities(params, std::slice::from_ref(&sentence)))?[0];
                let best = tagger.best(probabilities).into_iter().zip(probabilities.column_iter());
                Ok(best.map(|(tag, p)| format!("{tag} {:.2}", p.max())).collect::<Vec<_>>())
            });
            let found = found.collect::<Result<Vec<_>, Stop>>()?;
            let mut table = table(["word", report::label(true), report::label(false)]);
            let knows = |word: &String| networks[0].0.knows(word);
            for (t, word) in sentence.tokens.iter().enumerate() {
                let word = starred(word, knows(word));
                table.add_row([word].into_iter().chain(found.iter().map(|tags| one_line(&tags[t]))));
            }
            let all = sentence.tokens.iter().all(knows);
            Ok(format!("{table}\n{}", if all { "" } else { STAR }))
        }))
    }
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&Ner)
}
