//! The sentences: generated ones, or those of files.

use experiments::Stop;
use experiments::loaders::conll::{self, Sentence};
use experiments::settings::Resolved;
use experiments::splits::{Sizes, Splits};
use experiments::tasks::names_in_text::NamesInText;

use super::config::Config;

/// What the study needs besides its settings.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is, for the reports.
    pub name: String,
    /// The sentences.
    pub splits: Splits<Sentence>,
    /// The F₁ that no network exceeds that reads from left to right, where it is known.
    pub best_left_to_right: Option<f64>,
}

impl Input {
    /// # Errors
    /// Refused, if a file is wrong, or there are too few sentences.
    pub fn open(resolved: &Resolved<Config>) -> Result<Self, Stop> {
        let config = &resolved.settings;
        let read = |key: &str| resolved.files.parse(key, conll::parse);
        let Some((name, sentences)) = read("train")? else {
            let task = NamesInText { after: config.after, ..NamesInText::default() };
            let validation = config.sentences.div_ceil(20);
            let sizes = Sizes { train: config.sentences, validation, test: config.test_sentences };
            let splits = task.splits(sizes, config.seed);
            let splits = splits.map_err(|why| Stop::Refused(format!("--sentences, --test-sentences: {why}")))?;
            let best_left_to_right = Some(task.best_left_to_right());
            return Ok(Self { name: "generated sentences".into(), splits, best_left_to_right });
        };
        let test = read("test")?;
        // With a file of its own to test on, what would be cut off for the test is for validation.
        let shares = if test.is_some() { [0.05, 0.05] } else { [0.1, 0.1] };
        let cut = Splits::cut(sentences, shares, config.seed, |sentence| sentence.tokens.clone());
        let mut splits = cut.map_err(|why| resolved.files.refuse("train", why))?;
        if let Some((_, test)) = test {
            let more = std::mem::replace(&mut splits.test, test);
            splits.validation.extend(more);
        }
        Ok(Self { name: name.into(), splits, best_left_to_right: None })
    }
}
