//! `Key`: one setting: its name, what it may be, and what it means.

use models::Named;
use toml::Value;

use super::{Scale, hint};
use crate::echo;

/// What the value of a key may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A whole number in a range, both ends included.
    Count(u64, u64),
    /// A number in a range, both ends included; NaN is in none.
    Real(f64, f64),
    /// true or false.
    Switch,
    /// One of some words.
    Choice(Vec<String>),
    /// Any text.
    Text,
    /// A list of words, on the command line separated by commas.
    Words,
    /// A cell of the registry by name, perhaps with options; in a file a text or a table. Its value is a text.
    Cell,
    /// A list of cells, on the command line separated by commas.
    Cells,
    /// A list of whole numbers in a range, on the command line separated by commas.
    Counts(u64, u64),
    /// A file, by its path; "" for none. Its contents count, not where it is.
    File,
    /// A folder, by its path; "" for none. The files in it and below count, by their paths in it, not where it is.
    Folder,
}

impl Kind {
    /// One of these words.
    pub fn one_of(words: &[&str]) -> Self {
        Self::Choice(words.iter().map(|word| (*word).to_owned()).collect())
    }
}

/// One setting of a study.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name in files: `hidden`, or `text.updates` for `updates` in the table `text`.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it means, with its unit: the text in `--help`.
    pub help: &'static str,
    /// The heading it stands under in `--help`.
    pub heading: &'static str,
    flag: Option<&'static str>,
    /// What it is where files do not write it.
    pub(crate) unwritten: &'static str,
    /// What stands for it in `--help`, if it is the word that stands by itself on the command line.
    pub(crate) word: Option<&'static str>,
    /// Of a file, what of its contents decides the results at a scale; all of it, if nothing else was said.
    pub(crate) decides: Option<Decides>,
}

/// What of the contents of a file decides the results at a scale.
pub type Decides = fn(&[u8], Scale) -> Vec<u8>;

impl Key {
    /// A key; see the fields.
    pub const fn new(heading: &'static str, name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self { name, kind, help, heading, flag: None, unwritten: "none", word: None, decides: None }
    }

    /// Given on the command line without a flag; `word` stands for it in `--help`. A study has one such key at most.
    #[must_use]
    pub fn without_flag(self, word: &'static str) -> Self {
        Self { word: Some(word), ..self }
    }

    /// Of a file, of whose contents only what `decides` gives of them decides the results: a comment, say, does not.
    #[must_use]
    pub fn deciding_by(self, decides: Decides) -> Self {
        Self { decides: Some(decides), ..self }
    }

    /// With a flag that is not its name.
    #[must_use]
    pub fn flag(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }

    /// With a default that files do not write.
    #[must_use]
    pub fn unwritten(self, unwritten: &'static str) -> Self {
        Self { unwritten, ..self }
    }

    /// Under another heading.
    #[must_use]
    pub fn under(self, heading: &'static str) -> Self {
        Self { heading, ..self }
    }

    /// Its flag, without the dashes: the name with dashes for dots and underscores, if nothing else was said.
    pub fn flag_name(&self) -> String {
        self.flag.map_or_else(|| self.name.replace(['.', '_'], "-"), str::to_owned)
    }

    /// What stands for its value in `--help`, and what it may be, in words.
    pub(super) fn words(&self) -> (&'static str, String) {
        match &self.kind {
            Kind::Count(low, high) => ("N", format!("a whole number from {low} to {high}")),
            Kind::Real(low, high) => ("X", format!("a number from {low} to {high}")),
            Kind::Counts(low, high) => ("N,…", format!("a list of whole numbers from {low} to {high}")),
            Kind::Choice(words) => ("WORD", format!("one of {}", words.join(", "))),
            Kind::Switch => ("true|false", "true or false".into()),
            Kind::Text => ("TEXT", "a text in quotes".into()),
            Kind::Words => ("WORDS", "a list of words".into()),
            Kind::Cell => ("CELL", "a cell, such as \"lstm\" or \"lstm:forget_bias=2\"".into()),
            Kind::Cells => ("CELL,…", "a list of cells, such as [\"rnn\", \"lstm:forget_bias=2\"]".into()),
            Kind::File => ("FILE", "a file's path in quotes".into()),
            Kind::Folder => ("DIR", "a folder's path in quotes".into()),
        }
    }

    /// What it may be, in words.
    pub fn allowed(&self) -> String {
        self.words().1
    }

    /// The value that a word of the command line stands for.
    ///
    /// # Errors
    /// What is wrong with it; the caller knows where it stood.
    pub(super) fn parse(&self, word: &str) -> Result<Value, String> {
        let wrong = || format!("'{}' is not {}", echo(word), self.allowed());
        let parsed = match &self.kind {
            Kind::Count(..) => match word.parse::<i64>() {
                Ok(n) => Value::Integer(n),
                // Beyond 64 bits is beyond every range.
                Err(_) if !word.is_empty() && word.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()) => {
                    return Err(format!("{} is out of range; give {}", echo(word), self.allowed()));
                }
                Err(_) => return Err(wrong()),
            },
            Kind::Real(..) => Value::Float(word.parse::<f64>().map_err(|_| wrong())?),
            Kind::Switch => Value::Boolean(word.parse().map_err(|_| wrong())?),
            Kind::Choice(_) | Kind::Text | Kind::Cell | Kind::File | Kind::Folder => Value::String(word.into()),
            Kind::Words | Kind::Cells => Value::Array(word.split(',').map(|w| Value::String(w.into())).collect()),
            Kind::Counts(..) => {
                let numbers: Result<Vec<_>, _> =
                    word.split(',').map(|w| w.trim().parse().map(Value::Integer)).collect();
                Value::Array(numbers.map_err(|_| wrong())?)
            }
        };
        self.admit(parsed)
    }

    /// `value` if the key may have it, a whole number having become a real one where that is asked for.
    ///
    /// # Errors
    /// What is wrong with it; the caller knows where it stood.
    pub(super) fn admit(&self, value: Value) -> Result<Value, String> {
        let shown = echo(value.to_string().replace('\n', " "));
        let out = |shown: &str| format!("{shown} is out of range; give {}", self.allowed());
        let counted = |n: i64, low: u64, high: u64| u64::try_from(n).is_ok_and(|n| (low..=high).contains(&n));
        match (&self.kind, &value) {
            (Kind::Count(low, high), Value::Integer(n)) => counted(*n, *low, *high).then_some(value).ok_or(out(&shown)),
            (Kind::Real(low, high), Value::Float(_) | Value::Integer(_)) => {
                let x = value.as_float().or(value.as_integer().map(|n| n as f64));
                let x = x.filter(|x| (*low..=*high).contains(x));
                x.map(Value::Float).ok_or(out(&shown))
            }
            (Kind::Choice(words), Value::String(word)) => {
                if words.contains(word) {
                    return Ok(value);
                }
                let names = words.iter().map(String::as_str);
                Err(format!("'{}' is not {}{}", echo(word), self.allowed(), hint(word, names)))
            }
            (Kind::Cell, Value::String(_) | Value::Table(_)) => cell(&value),
            (Kind::Cells, Value::Array(cells)) => cells.iter().map(cell).collect::<Result<_, _>>().map(Value::Array),
            (Kind::Words, Value::Array(words)) if words.iter().all(Value::is_str) => Ok(value),
            (Kind::Counts(low, high), Value::Array(numbers)) if numbers.iter().all(Value::is_integer) => {
                let within = |n: &Value| n.as_integer().is_some_and(|n| counted(n, *low, *high));
                let stray = numbers.iter().find(|n| !within(n)).map(|n| out(&n.to_string()));
                stray.map_or(Ok(value), Err)
            }
            (Kind::Switch, Value::Boolean(_)) | (Kind::Text | Kind::File | Kind::Folder, Value::String(_)) => Ok(value),
            _ => Err(format!("{shown} is not {}", self.allowed())),
        }
    }
}

/// The most bytes of a cell with all its options: whatever of it an error shows is short.
const LONGEST_CELL: usize = 200;

/// A cell as a text: the same however it was given, so that a run's id is, too.
fn cell(given: &Value) -> Result<Value, String> {
    let form = || {
        format!("{} is no cell; give a name, or a table such as {{ name = \"lstm\", forget_bias = 2 }}", echo(given))
    };
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if given.to_string().len() > LONGEST_CELL {
        return Err(form());
    }
    let spec = match given {
        Value::String(text) => text.parse(),
        Value::Table(table) => {
            let name = Named::new(table.get("name").and_then(Value::as_str).ok_or_else(form)?);
            let mut options = table.iter().filter(|(option, _)| *option != "name");
            options.try_fold(name, |spec, (option, value)| spec.with(option, &word(value)))
        }
        _ => return Err(form()),
    };
    spec.map(|spec| Value::String(spec.to_string())).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: Kind) -> Key {
        Key::new("Test", "text.window_size", kind, "what a test needs")
    }

    #[test]
    fn a_flag_is_the_name_with_dashes() {
        assert_eq!(key(Kind::Text).flag_name(), "text-window-size");
        assert_eq!(key(Kind::Text).flag("window").flag_name(), "window");
    }

    #[test]
    fn what_may_be_is_taken_and_all_else_refused_with_what_may_be() {
        let choice = || Kind::Choice(vec!["uniform".into(), "log-uniform".into()]);
        let taken: [(Kind, &str, &str); 10] = [
            (Kind::Count(1, 9), "9", "9"),
            (Kind::Real(0.0, 1.0), "1", "1.0"),
            (Kind::Real(-1.0, 1.0), "-1e-3", "-0.001"),
            (Kind::Switch, "false", "false"),
            (choice(), "uniform", "\"uniform\""),
            (Kind::Words, "a,b", "[\"a\", \"b\"]"),
            (Kind::Counts(1, 9), "1, 2", "[1, 2]"),
            (Kind::Cell, "lstm", "\"lstm\""),
            (Kind::Cell, "lstm:forget_bias=2.0", "\"lstm:forget_bias=2\""),
            (Kind::Cells, "rnn,rhn:depth=3:a=1,gru", "[\"rnn\", \"rhn:a=1:depth=3\", \"gru\"]"),
        ];
        for (kind, word, value) in taken {
            assert_eq!(key(kind).parse(word).map(|v| v.to_string()), Ok(value.to_owned()), "{word}");
        }
        let refused: [(Kind, &str, &str); 18] = [
            (Kind::Count(1, 9), "0", "0 is out of range; give a whole number from 1 to 9"),
            (Kind::Count(1, 9), "-3", "-3 is out of range"),
            (Kind::Count(1, 9), "99999999999999999999999", "out of range"),
            (Kind::Count(1, 9), "1.5", "'1.5' is not a whole number"),
            (Kind::Count(1, 9), "", "'' is not"),
            (Kind::Real(0.0, 1.0), "nan", "nan is out of range; give a number from 0 to 1"),
            (Kind::Real(0.0, 1.0), "inf", "inf is out of range"),
            (Kind::Real(0.0, 1.0), "much", "'much' is not a number"),
            (Kind::Switch, "yes", "'yes' is not true or false"),
            (choice(), "unifrom", "did you mean `uniform`?"),
            (Kind::Counts(1, 9), "1,10", "10 is out of range"),
            (Kind::Counts(1, 9), "1,,2", "is not a list of whole numbers"),
            (Kind::Count(1, 9), &"9".repeat(1000), "99…99"),
            (Kind::Real(0.0, 1.0), &"x".repeat(1000), "xx…xx"),
            (Kind::Cell, &"x".repeat(1000), "xx…xx"),
            (Kind::Cells, &format!("rnn,lstm:forget_bias={}", "9".repeat(1000)), "99…99"),
            (Kind::Cell, "lstm:forget_bias", "is no name with an option; give NAME:OPTION=VALUE"),
            (Kind::Cells, "rnn,rhn:depth=3,a=1", "`a=1` is no name; an option stands behind a colon"),
        ];
        for (kind, word, reason) in refused {
            let why = key(kind).parse(word).expect_err(word);
            assert!(why.contains(reason) && !why.contains('\n') && why.len() < 400, "{word}: {why}");
        }
        for (kind, value) in
            [(Kind::Count(1, 9), Value::Float(2.0)), (Kind::Text, Value::Integer(1)), (Kind::Cell, Value::Integer(1))]
        {
            assert!(key(kind).admit(value).is_err_and(|why| why.contains(" is not ")));
        }
    }

    #[test]
    fn a_cell_in_a_file_is_a_text_or_a_table_and_the_value_is_the_same() {
        let file: toml::Table = toml::from_str(
            "cell = { name = \"lstm\", forget_bias = 2.0 }\ncells = [\"rnn\", { name = \"lstm\", forget_bias = 2 }]",
        )
        .expect("TOML");
        let text = || Value::String("lstm:forget_bias=2".into());
        assert_eq!(key(Kind::Cell).admit(file["cell"].clone()), Ok(text()));
        let both = Value::Array(vec![Value::String("rnn".into()), text()]);
        assert_eq!(key(Kind::Cells).admit(file["cells"].clone()), Ok(both));
        let wrong: toml::Table = toml::from_str("cells = [{ forget_bias = 2 }, 1, [1]]").expect("TOML");
        for wrong in wrong["cells"].as_array().expect("a list") {
            let why = key(Kind::Cells).admit(Value::Array(vec![wrong.clone()])).expect_err("refused");
            let form = "is no cell; give a name, or a table such as { name = \"lstm\", forget_bias = 2 }";
            assert!(why.contains(form) && !why.contains('\n'), "{why}");
        }
    }
}
