use std::collections::BTreeSet;

use experiments::loaders::tsv::{self, Labelled, classes};
use experiments::settings::Resolved;
use experiments::splits::{Sizes, Splits};
use experiments::vocabulary::Vocabulary;
use experiments::{Stop, counted, echo};

use super::config::Config;
use super::corpus::Corpus;

/// The texts of a run, in splits, and as the network reads them.
#[derive(Clone, Debug)]
pub struct Data {
    /// Where the texts are from, for reports.
    pub source: String,
    /// The texts.
    pub splits: Splits<Labelled>,
    /// The labels, in the order of their letters.
    pub classes: Vec<String>,
    /// The tokens that the network knows.
    pub vocabulary: Vocabulary,
    /// Test texts that are training texts, too.
    pub seen: usize,
}

/// A text as the network reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Its tokens, by index.
    pub tokens: Vec<usize>,
    /// Its class, by index.
    pub class: usize,
}

impl Data {
    /// Reads the files, or generates the texts.
    ///
    /// # Errors
    /// Refused, with the file, the line and the cure.
    pub fn open(corpus: &Corpus, resolved: &Resolved<Config>) -> Result<Self, Stop> {
        let (config, files) = (&resolved.settings, &resolved.files);
        let read = |key: &str| files.parse(key, tsv::parse);
        let (source, splits) = match read("train")? {
            None => (format!("generated {}", corpus.texts), generated(corpus, config)?),
            Some((source, examples)) => {
                let test = read("test")?;
                let test_share = if test.is_some() { 0.0 } else { config.test_share };
                let shares = [config.validation_share, test_share];
                let splits = Splits::cut(examples, shares, config.seed, |example| example.text.clone());
                let splits = splits.map_err(|why| files.refuse("train", why))?;
                match test {
                    Some((name, test)) => (format!("{source}, tested on {name}"), Splits { test, ..splits }),
                    None => (source.to_owned(), splits),
                }
            }
        };
        let classes = classes(&splits.train);
        let (of, different) = (splits.train.len(), classes.len());
        let refuse = |why: String| Err(files.refuse("train", why));
        if different < 2 {
            return refuse(format!("what is left to train on, {}, has one class; give more", counted(of, "example")));
        }
        if different > 2 && 2 * different > of {
            return refuse(format!("{different} labels of {of} examples are no classes; write `label TAB text`"));
        }
        for (key, split) in [("train", &splits.validation), ("test", &splits.test)] {
            if let Some(unknown) = split.iter().find(|example| !classes.contains(&example.label)) {
                let label = echo(&unknown.label);
                let why = format!("the label `{label}` is in no example to train on; take it out, or give more of it");
                // Without a test file its examples are from the other.
                let key = if files.bytes(key).is_some() { key } else { "train" };
                return Err(files.refuse(key, why));
            }
        }
        let tokens: Vec<_> = splits.train.iter().map(|example| config.tokens.tokens(&example.text)).collect();
        let vocabulary = Vocabulary::build(&tokens, &[], config.vocabulary, config.at_least);
        if vocabulary.len() == 1 {
            let times = config.at_least;
            return refuse(format!("no token stands there {times} times; set --at-least lower or give more"));
        }
        let known: BTreeSet<_> = splits.train.iter().map(|example| &example.text).collect();
        let seen = splits.test.iter().filter(|example| known.contains(&example.text)).count();
        Ok(Self { source, splits, classes, vocabulary, seen })
    }

    /// The tokens of a text that the network reads.
    pub fn tokens(&self, config: &Config, text: &str) -> Vec<String> {
        let mut tokens = config.tokens.tokens(text);
        tokens.truncate(config.longest);
        tokens
    }

    /// A split as the network reads it.
    pub fn encode(&self, config: &Config, examples: &[Labelled]) -> Vec<Encoded> {
        let encode = |example: &Labelled| Encoded {
            tokens: self.vocabulary.encode(&self.tokens(config, &example.text)),
            class: self.class(&example.label),
        };
        examples.iter().map(encode).collect()
    }

    /// The tokens and the classes, by index.
    pub fn names(&self) -> (&Vocabulary, &[String]) {
        (&self.vocabulary, &self.classes)
    }

    /// The index of a label.
    pub fn class(&self, label: &str) -> usize {
        self.classes.iter().position(|class| class == label).expect("every label was checked")
    }
}

fn generated(corpus: &Corpus, config: &Config) -> Result<Splits<Labelled>, Stop> {
    let part = |share: f64| (share * config.examples as f64).round() as usize;
    let [validation, test] = [config.validation_share, config.test_share].map(part);
    let sizes = Sizes { train: config.examples - validation - test, validation, test };
    let drawn = (corpus.draw)(config.twins, sizes, config.seed);
    drawn.map_err(|why| Stop::Refused(format!("--examples {}: {why}", config.examples)))
}
