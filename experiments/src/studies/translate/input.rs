//! What is translated: a generated task, or the pairs of a file.

use super::config::{Config, Task, Tokens};
use crate::Stop;
use crate::loaders::pairs::{self, Pair};
use crate::settings::Resolved;
use crate::splits::{Sizes, Splits};
use crate::tasks::{dates, number_words};
use crate::tokenizer::Tokenizer;

/// What the study needs besides its settings.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is, for the reports.
    pub name: String,
    /// Of source and target.
    pub tokenizers: [Tokenizer; 2],
    /// The pairs.
    pub splits: Splits<Pair>,
    /// How many pairs of a file were too long.
    pub left_out: usize,
}

impl Input {
    /// # Errors
    /// Refused, if the file is wrong, or there are too few pairs.
    pub fn open(resolved: &Resolved<Config>) -> Result<Self, Stop> {
        let config = &resolved.settings;
        let file = resolved.files.bytes("pairs");
        let tokenizers = match (config.tokens, file, config.task) {
            (Tokens::Words, ..) | (Tokens::Auto, Some(_), _) => [Tokenizer::Words; 2],
            (Tokens::Auto, None, Task::Numbers) => [Tokenizer::Words, Tokenizer::Characters],
            (Tokens::Characters, ..) | (Tokens::Auto, None, Task::Dates) => [Tokenizer::Characters; 2],
        };
        let Some((name, bytes)) = file else {
            let sizes = Sizes { train: config.train, validation: config.validation, test: config.test };
            let (name, splits) = match config.task {
                Task::Dates => ("dates → ISO 8601", dates::splits(sizes, config.seed)),
                Task::Numbers => {
                    let lengths = 1..=number_words::LONGEST;
                    ("number words → digits", number_words::NumberWords::new().splits(lengths, sizes, config.seed))
                }
            };
            let splits = splits.map_err(|why| Stop::Refused(format!("--train, --validation, --test: {why}")))?;
            return Ok(Self { name: name.into(), tokenizers, splits, left_out: 0 });
        };
        let mut pairs = pairs::parse(name, bytes, pairs::Columns::TRANSLATION)
            .map_err(|why| resolved.files.refuse("pairs", why))?;
        let refuse = |why: String| resolved.files.refuse("pairs", format!("{name}: {why}"));
        let all = pairs.len();
        let fits = |text: &str, tokenizer: Tokenizer| tokenizer.tokens(text).len() <= config.longest;
        pairs.retain(|pair| fits(&pair.source, tokenizers[0]) && fits(&pair.target, tokenizers[1]));
        if pairs.is_empty() {
            return Err(refuse(format!(
                "every pair is longer than {} tokens; give a larger --longest",
                config.longest
            )));
        }
        if pairs.iter().all(|pair| pair.target == pairs[0].target) {
            return Err(refuse("every target is the same, so there is nothing to learn; give different ones".into()));
        }
        let left_out = all - pairs.len();
        let splits = Splits::cut(pairs, [0.1, 0.1], config.seed, |pair| pair.source.clone());
        let splits = splits.map_err(|why| refuse(why.to_string()))?;
        Ok(Self { name: name.into(), tokenizers, splits, left_out })
    }

    /// What the tokens of the target are called.
    pub fn target_tokens(&self) -> &'static str {
        if self.tokenizers[1] == Tokenizer::Words { "words" } else { "characters" }
    }

    /// What the tokens of the source are called.
    pub fn source_tokens(&self) -> &'static str {
        if self.tokenizers[0] == Tokenizer::Words { "words" } else { "characters" }
    }
}
