//! What the program prints.

use std::collections::BTreeMap;

use comfy_table::Table;

use super::config::Config;
use super::corpus::Corpus;
use super::data::Data;
use super::scores::Scores;
use super::shown::Shown;
use super::training::Outcome;
use crate::table::table;
use crate::tokenizer::Tokenizer;

/// More classes than this are in the CSV alone.
const CLASSES: usize = 12;
/// A bar of characters is so long at most.
const BAR: f64 = 24.0;

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
    /// Whether it was `--quick`.
    pub quick: bool,
}

impl Report<'_> {
    /// Share of the test's tokens that are not in the vocabulary.
    pub fn unknown_share(&self) -> f64 {
        let test = &self.data.splits.test;
        let tokens: Vec<_> = test.iter().map(|example| self.data.tokens(self.config, &example.text)).collect();
        self.data.vocabulary.unknown_share(&tokens)
    }

    /// What a sweep compares.
    pub fn numbers(&self) -> BTreeMap<String, f64> {
        let [network, bag, majority] = &self.scores.accuracies;
        let classes = 0..self.data.classes.len();
        let recalls: Vec<_> = classes.map(|k| self.scores.recall(k)).filter(|r| !r.is_nan()).collect();
        let numbers = [
            ("accuracy", network.accuracy),
            ("accuracy_low", network.low),
            ("accuracy_high", network.high),
            ("mean_recall", recalls.iter().sum::<f64>() / recalls.len() as f64),
            ("bag_of_words_accuracy", bag.accuracy),
            ("majority_accuracy", majority.accuracy),
            ("validation_loss", self.outcome.best_loss),
            ("best_update", self.outcome.best_update as f64),
            ("updates", self.outcome.updates as f64),
            ("parameters", self.parameters as f64),
            ("unknown_share", self.unknown_share()),
        ];
        numbers.map(|(name, x)| (name.to_owned(), x)).into()
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
            "{}, {} parameters: {} updates, the least validation loss {:.4} after {}\n\n",
            config.network(),
            self.parameters,
            outcome.updates,
            outcome.best_loss,
            outcome.best_update
        );
        text += &format!("Of {} test texts\n{}\n", splits.test.len(), self.accuracy_table());
        if config.train.is_empty() {
            let bound = (self.corpus.bound)(config.twins);
            text +=
                &format!("By the rule no bag of words is expected to exceed {bound:.3}: it cannot read the order.\n");
        }
        let [network, bag] = self.scores.alone;
        text += &format!("Where they differ, the network is right of {network} and the bag of words of {bag}.\n\n");
        text += &self.confusion_table().map_or_else(
            || format!("{} classes: the confusion table is in figures/confusion.csv\n", data.classes.len()),
            |table| format!("The true class in rows, what the network says in columns\n{table}\n"),
        );
        text += "\nTest texts, and the words that speak most for and against the answer (integrated gradients)\n";
        for rows in self.shown.chunk_by(|a, b| a.text == b.text) {
            text += &example(rows, config.tokens);
        }
        if self.quick {
            text += "\nThis was --quick: too short to conclude from.\n";
        }
        text
    }

    fn accuracy_table(&self) -> Table {
        let mut table = table(["", "right", "accuracy", "95 % interval"].map(String::from));
        for a in &self.scores.accuracies {
            let interval = format!("{:.3}–{:.3}", a.low, a.high);
            table.add_row([a.model.clone(), a.right.to_string(), format!("{:.3}", a.accuracy), interval]);
        }
        table
    }

    fn confusion_table(&self) -> Option<Table> {
        let classes = &self.data.classes;
        if classes.len() > CLASSES {
            return None;
        }
        let header = [String::new()].into_iter().chain(classes.iter().cloned()).chain(["recall".into()]);
        let mut table = table(header);
        let share = |x: f64| if x.is_nan() { "–".into() } else { format!("{x:.3}") };
        for (k, (class, counts)) in classes.iter().zip(&self.scores.confusion).enumerate() {
            let counts = counts.iter().map(usize::to_string);
            table.add_row([class.clone()].into_iter().chain(counts).chain([share(self.scores.recall(k))]));
        }
        let precisions = (0..classes.len()).map(|k| share(self.scores.precision(k)));
        table.add_row(["precision".into()].into_iter().chain(precisions));
        Some(table)
    }
}

/// The lines of an example in the report.
fn example(rows: &[Shown], tokens: Tokenizer) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let mark = if first.label == first.predicted { "right" } else { "WRONG" };
    let words: Vec<_> = rows.iter().map(|row| row.word.as_str()).collect();
    let text = tokens.join(&words);
    let mut sorted: Vec<_> = rows.iter().collect();
    sorted.sort_by(|a, b| b.integrated.total_cmp(&a.integrated));
    let list = |rows: &mut dyn Iterator<Item = &&Shown>| {
        let words: Vec<_> = rows.map(|row| format!("{} {:+.2}", row.shown(), row.integrated)).collect();
        if words.is_empty() { "–".into() } else { words.join(", ") }
    };
    let up = list(&mut sorted.iter().filter(|row| row.integrated > 0.0).take(3));
    let down = list(&mut sorted.iter().rev().filter(|row| row.integrated < 0.0).take(3));
    format!(
        "{mark}: {} is said to be {} (P = {:.3}): {text}\n       for: {up}; against: {down}\n",
        first.label, first.predicted, first.probability
    )
}

/// What `--classify` prints: the class, and a line for each word.
pub fn answer(rows: &[Shown]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let mut text =
        format!("{}, P = {:.4} (margin {:.2} over {})\n", first.predicted, first.probability, first.margin, first.next);
    let most = models::largest(rows.iter().map(|row| row.integrated)).max(f64::MIN_POSITIVE);
    let shown = format!("for (+) or against (-) {}", first.predicted);
    let mut table = table(["word".into(), "gradient × input".into(), "integrated gradients".into(), shown]);
    for row in rows {
        let sign = if row.integrated < 0.0 { "-" } else { "+" };
        let bar = sign.repeat((BAR * row.integrated.abs() / most).round() as usize);
        table.add_row([row.shown(), format!("{:+.3}", row.gradient_input), format!("{:+.3}", row.integrated), bar]);
    }
    text += &format!("{table}\n");
    if rows.iter().any(|row| !row.known) {
        text += "* not in the vocabulary: read as <unk>\n";
    }
    text
}
