//! What is translated: a generated task, or the pairs of a file.

use experiments::Stop;
use experiments::loaders::pairs::{self, Columns, Pair};
use experiments::settings::Resolved;
use experiments::splits::{Sizes, Splits};
use experiments::tasks::{dates, number_words};
use experiments::tokenizer::Tokenizer;
use experiments::translator::own::{PAIRS, Tokens, short};

use super::config::{Config, Task};

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
        let (files, columns) = (&resolved.files, Columns::TRANSLATION);
        let file = files.parse(PAIRS, |name, bytes| pairs::parse(name, bytes, columns))?;
        let tokenizers = match (config.tokens, &file, config.task) {
            (Tokens::Words, ..) | (Tokens::Auto, Some(_), _) => [Tokenizer::Words; 2],
            (Tokens::Auto, None, Task::Numbers) => [Tokenizer::Words, Tokenizer::Characters],
            (Tokens::Characters, ..) | (Tokens::Auto, None, Task::Dates) => [Tokenizer::Characters; 2],
        };
        let Some((name, pairs)) = file else {
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
        let (pairs, left_out) = short(files, (name, pairs), columns, tokenizers, config.longest)?;
        let splits = Splits::cut(pairs, [0.1, 0.1], config.seed, |pair| pair.source.clone());
        let splits = splits.map_err(|why| files.refuse(PAIRS, format!("{name}: {why}")))?;
        Ok(Self { name: name.into(), tokenizers, splits, left_out })
    }

    /// What the tokens of source and target are called.
    pub fn tokens(&self) -> [&'static str; 2] {
        self.tokenizers.map(|tokenizer| if tokenizer == Tokenizer::Words { "words" } else { "characters" })
    }
}
