//! What the program prints.

use experiments::attribution::Shown;
use experiments::counted;
use experiments::settings::Scale;
use experiments::table::table;

use super::scores::{Accuracy, Scores};
use super::{Config, Corpus, Data, Outcome};

/// More classes than this are in the CSV alone.
const CLASSES: usize = 12;

/// All that a report is about.
pub struct Report<'a> {
    /// The study's texts.
    pub corpus: &'a Corpus,
    /// The settings.
    pub config: &'a Config,
    /// The texts.
    pub data: &'a Data,
    /// How training went.
    pub outcome: &'a Outcome,
    /// The test.
    pub scores: &'a Scores,
    /// The examples.
    pub shown: &'a [Shown],
    /// Of the network.
    pub parameters: usize,
    /// How much work it was.
    pub scale: Scale,
}

impl Report<'_> {
    /// Share of the test's tokens that are not in the vocabulary.
    pub fn unknown_share(&self) -> f64 {
        let test = &self.data.splits.test;
        let tokens: Vec<_> = test.iter().map(|example| self.data.tokens(self.config, &example.text)).collect();
        self.data.vocabulary.unknown_share(&tokens)
    }

    /// What a sweep compares.
    pub fn numbers(&self) -> [(&'static str, f64); 11] {
        let [network, bag, majority] = &self.scores.accuracies;
        [
            ("accuracy", network.accuracy),
            ("accuracy_low", network.low),
            ("accuracy_high", network.high),
            ("mean_recall", self.scores.confusion.mean_recall()),
            ("bag_of_words_accuracy", bag.accuracy),
            ("majority_accuracy", majority.accuracy),
            ("validation_loss", self.outcome.best_loss),
            ("best_update", self.outcome.best_update as f64),
            ("updates", self.outcome.updates as f64),
            ("parameters", self.parameters as f64),
            ("unknown_share", self.unknown_share()),
        ]
    }

    /// The report.
    pub fn text(&self) -> String {
        let (config, data, outcome) = (self.config, self.data, self.outcome);
        let splits = &data.splits;
        let mut text = format!(
            "{}: {} to train on, {} to stop by, {} to test on; {} classes, {} known tokens, {:.1} % of the test's unknown\n",
            data.source,
            splits.train.len(),
            splits.validation.len(),
            splits.test.len(),
            data.classes.len(),
            data.vocabulary.len(),
            100.0 * self.unknown_share(),
        );
        if config.train.is_empty() {
            text += &format!("The rule: {}.\n", self.corpus.rule);
        }
        if data.seen > 0 {
            text += &format!("warning: {} of the test texts are training texts, too\n", data.seen);
        }
        let longer = |text: &str| config.tokens.tokens(text).len() > config.longest;
        let cut = splits.test.iter().filter(|example| longer(&example.text)).count();
        if cut > 0 {
            text += &format!(
                "{cut} of the test texts are longer than {} tokens: the network reads their beginning, the bag of words all\n",
                config.longest
            );
        }
        text += &format!(
            "{}, {} parameters: {}, the least validation loss {:.4} after {}\n\n",
            config.network(),
            self.parameters,
            counted(outcome.updates, "update"),
            outcome.best_loss,
            outcome.best_update
        );
        let mut table = table(["", "right", "accuracy", "95 % interval"]);
        for Accuracy { model, right, accuracy, low, high, .. } in &self.scores.accuracies {
            let [accuracy, interval] = [format!("{accuracy:.3}"), format!("{low:.3}–{high:.3}")];
            table.add_row([model.clone(), right.to_string(), accuracy, interval]);
        }
        text += &format!("Of {}\n{table}\n", counted(splits.test.len(), "test text"));
        if config.train.is_empty() {
            let bound = (self.corpus.bound)(config.twins);
            text +=
                &format!("By the rule no bag of words is expected to exceed {bound:.3}: it cannot read the order.\n");
        }
        let [network, bag] = self.scores.alone;
        text += &format!("Where they differ, the network is right of {network} and the bag of words of {bag}.\n\n");
        text += &if data.classes.len() > CLASSES {
            format!("{} classes: the confusion table is in figures/confusion.csv\n", data.classes.len())
        } else {
            format!("The true class in rows, what the network says in columns\n{}\n", self.scores.confusion.table())
        };
        text += "\nTest texts, and the words that speak most for and against the answer (integrated gradients)\n";
        for rows in self.shown.chunk_by(|a, b| a.text == b.text) {
            text += &Shown::lines(rows, config.tokens);
        }
        text + self.scale.warning()
    }
}
