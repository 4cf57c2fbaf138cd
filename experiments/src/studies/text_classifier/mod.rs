//! Many to one on texts: a review's sentiment, or whether a message is spam, by an embedding and a recurrent network.

mod attribution;
mod config;
mod corpus;
mod data;
mod figures;
mod model;
mod objective;
mod report;
mod scores;
mod shown;
mod training;

pub use attribution::Attribution;
pub use config::Config;
pub use corpus::Corpus;
pub use data::{Data, Encoded};

use models::networks::Network;
use models::{Params, Registry};

use crate::Stop;
use crate::baselines::BagOfWords;
use crate::one_line;
use crate::run::{Findings, Run, RunDir};
use crate::settings::{Resolved, Scale};
use crate::study::{About, Asks, Study};
use report::Report;
use scores::Scores;
use shown::Shown;
use training::Outcome;

/// Many to one on texts: a review's sentiment, or whether a message is spam, by an embedding and a recurrent network.
///
/// 1. **Training** on generated texts whose class is in the order of their words, or on the user's own, stopped when the
///    validation loss falls no more.
/// 2. **The test**: accuracy against a bag of words and the most frequent class, and what is taken for what.
/// 3. **Attribution**: each word's share in a decision.
///
/// [`sentiment`](TextClassifier::sentiment) and [`spam`](TextClassifier::spam) differ in their generated texts alone.
#[derive(Clone, Debug)]
pub struct TextClassifier {
    corpus: &'static Corpus,
    registry: Registry,
}

impl TextClassifier {
    /// Reviews, with the cells of `registry`.
    pub fn sentiment(registry: Registry) -> Self {
        Self { corpus: &corpus::SENTIMENT, registry }
    }

    /// Messages, with the cells of `registry`.
    pub fn spam(registry: Registry) -> Self {
        Self { corpus: &corpus::SPAM, registry }
    }

    fn network(&self, config: &Config, data: &Data) -> Result<(Network, Params<f32>), Stop> {
        let network = model::network(config, &self.registry, data.vocabulary.len(), data.classes.len());
        network.map_err(|why| Stop::Refused(format!("--{why}")))
    }
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

    fn registry(&self) -> Option<&Registry> {
        Some(&self.registry)
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Data, Stop> {
        let data = Data::open(self.corpus, resolved)?;
        self.network(&resolved.settings, &data)?;
        Ok(data)
    }

    fn run(&self, resolved: &Resolved<Config>, data: &Data, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let (network, mut params) = self.network(config, data)?;
        let splits = &data.splits;
        let [train, validation, test] =
            [&splits.train, &splits.validation, &splits.test].map(|split| data.encode(config, split));
        // The baseline needs no network.
        let (outcome, bag) = rayon::join(
            || {
                run.whole(config.training.updates, |unit| {
                    training::train(config, (&network, &params), [&train, &validation], unit)
                })
            },
            || BagOfWords::on_labelled(&splits.train, config.tokens),
        );
        let outcome: Outcome = outcome?;
        run.dir().load(&mut params)?;

        let tokens: Vec<_> = test.iter().map(|example| example.tokens.as_slice()).collect();
        let log_p = model::log_probabilities(&network, &params, &tokens);
        let scores = Scores::new(data, &config.network(), &log_p, &bag);
        let lengths: Vec<_> = tokens.iter().map(|tokens| tokens.len()).collect();
        let mut shown = Vec::new();
        for (number, i) in scores.to_show(&lengths, config.shown).into_iter().enumerate() {
            let example = &splits.test[i];
            shown.extend(Shown::rows((&network, &params), data, config, (number + 1, &example.label, &example.text)));
        }
        run.csv("predictions.csv", &scores.predictions)?;
        run.csv("figures/accuracy.csv", &scores.accuracies)?;
        run.csv("figures/confusion.csv", scores.confusion_rows(&data.classes))?;
        run.csv("figures/attribution.csv", &shown)?;
        run.csv(
            "figures/training.csv",
            outcome.metrics.iter().map(|m| figures::Loss { update: m.update, train: m.loss, validation: m.validation }),
        )?;
        let report = Report {
            corpus: self.corpus,
            config,
            data,
            outcome: &outcome,
            scores: &scores,
            shown: &shown,
            parameters: params.count(),
            quick: resolved.scale == Scale::Quick,
        };
        figures::draw(run, &report)?;
        Ok(Findings { numbers: report.numbers(), text: report.text() })
    }

    fn asks(&self) -> Option<Asks> {
        Some(Asks {
            flag: "classify",
            value: "TEXT",
            help: "Print the class of a text and each word's share in it, and no report; trains first if that is not done",
        })
    }

    fn admit(&self, resolved: &Resolved<Config>, data: &Data, text: &str) -> Result<(), String> {
        let tokens = data.tokens(&resolved.settings, text);
        let shown = one_line(text);
        if tokens.iter().all(|token| token.trim().is_empty()) {
            return Err(format!("`{shown}` has no words; give a sentence"));
        }
        if tokens.iter().all(|token| data.vocabulary.get(token).is_none()) {
            let known = data.vocabulary.len();
            return Err(format!(
                "`{shown}` has no word of the {known} that the network knows; use words of {}",
                data.source
            ));
        }
        Ok(())
    }

    fn answer(&self, resolved: &Resolved<Config>, data: &Data, dir: &RunDir, text: &str) -> Result<String, Stop> {
        let (network, mut params) = self.network(&resolved.settings, data)?;
        dir.load(&mut params)?;
        let rows = Shown::rows((&network, &params), data, &resolved.settings, (1, "", text));
        Ok(report::answer(&rows))
    }
}
