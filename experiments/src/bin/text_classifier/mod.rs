//! Many to one on texts: a review's sentiment, or whether a message is spam, by an embedding and a recurrent network.
//!
//! 1. **Training** on generated texts whose class is in the order of their words, or on the user's own, stopped when the
//!    validation loss falls no more.
//! 2. **The test**: accuracy against a bag of words and the most frequent class, and what is taken for what.
//! 3. **Attribution**: each word's share in a decision.
//!
//! `sentiment` and `spam` differ in their [`Corpus`] alone.

mod config;
mod corpus;
mod data;
mod figures;
mod model;
mod report;
mod scores;

pub use corpus::Corpus;

use experiments::Stop;
use experiments::attribution::{Shown, to_show};
use experiments::baselines::BagOfWords;
use experiments::run::{Findings, Run, RunDir};
use experiments::settings::Resolved;
use experiments::study::{About, Answers, Asks, Study};
use experiments::train::Metric;
use models::Params;
use models::networks::Network;
use serde::{Deserialize, Serialize};

use config::Config;
use data::Data;
use report::Report;
use scores::Scores;

pub struct TextClassifier {
    pub corpus: &'static Corpus,
}

/// How training went. The parameters with the least validation loss are in `model.safetensors`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How many updates were made.
    pub updates: u64,
    /// After which the validation loss was least.
    pub best_update: u64,
    /// That loss, in nats.
    #[serde(with = "experiments::number")]
    pub best_loss: f64,
    /// The record.
    pub metrics: Vec<Metric>,
}

fn network(config: &Config, data: &Data) -> Result<(Network, Params<f32>), Stop> {
    Ok(model::network(config, data.vocabulary.len(), data.classes.len())?)
}

impl Study for TextClassifier {
    type Settings = Config;
    type Input = Data;

    fn name(&self) -> &'static str {
        self.corpus.name
    }

    fn about(&self) -> About {
        self.corpus.about
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Data, Stop> {
        let data = Data::open(self.corpus, resolved)?;
        network(&resolved.settings, &data)?;
        Ok(data)
    }

    fn run(&self, resolved: &Resolved<Config>, data: &Data, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let (network, mut params) = network(config, data)?;
        let splits = &data.splits;
        let [train, validation, test] =
            [&splits.train, &splits.validation, &splits.test].map(|split| data.encode(config, split));
        let objective = model::Texts { network: &network, train: &train, validation: &validation, config };
        let learn = |unit: &mut experiments::run::Unit| {
            let trained = unit.train(&objective, &mut params.clone(), &config.training.constant())?;
            let (best_update, best_loss) = trained.best.unwrap_or((trained.updates, f64::NAN));
            Ok(Outcome { updates: trained.updates, best_update, best_loss, metrics: unit.metrics()? })
        };
        // The baseline needs no network.
        let (outcome, bag) = rayon::join(
            || run.whole(config.training.updates, learn),
            || BagOfWords::on_labelled(&splits.train, config.tokens),
        );
        let outcome = outcome?;
        run.dir().load(&mut params)?;

        let tokens: Vec<_> = test.iter().map(|example| example.tokens.as_slice()).collect();
        let log_p = model::log_probabilities(&network, &params, &tokens)?;
        let scores = Scores::new(data, &config.network(), &log_p, &bag);
        let tested = scores.predictions.iter().zip(&tokens);
        let tested: Vec<_> = tested.map(|(p, tokens)| (&*p.label, p.predicted == p.label, tokens.len())).collect();
        let mut shown = Vec::new();
        for (number, i) in (1..).zip(to_show(&tested, config.shown)) {
            let example = &splits.test[i];
            let words = data.tokens(config, &example.text);
            shown.extend(Shown::rows((&network, &params), data.names(), (number, &example.label), words)?);
        }
        let report = Report {
            corpus: self.corpus,
            config,
            data,
            outcome: &outcome,
            scores: &scores,
            shown: &shown,
            parameters: params.count(),
            scale: resolved.scale,
        };
        figures::draw(run, &report)?;
        Ok(Findings::new(report.numbers(), report.text()))
    }

    fn asks(&self) -> Option<Asks> {
        Some(Asks { value: "TEXT", help: "Print the class of a text and each word's share in it" })
    }

    fn answers<'a>(
        &'a self,
        resolved: &'a Resolved<Config>,
        data: &'a Data,
        dir: &RunDir,
    ) -> Result<Answers<'a>, Stop> {
        let config = &resolved.settings;
        let (network, mut params) = network(config, data)?;
        dir.load(&mut params)?;
        Ok(Box::new(move |text| {
            let words = data.tokens(config, text);
            if words.iter().all(|word| data.vocabulary.get(word).is_none()) {
                let (known, source) = (data.vocabulary.len(), &data.source);
                let why = format!("no word of the {known} that the network knows; use words of {source}");
                return Err(Stop::Refused(why));
            }
            let rows = Shown::rows((&network, &params), data.names(), (1, ""), words)?;
            let (read, all) = (rows.len(), config.tokens.tokens(text).len());
            let cut = if read < all { format!("the first {read} of {all} tokens are read\n") } else { String::new() };
            Ok(Shown::answer(&rows) + &cut)
        }))
    }
}
