//! `label TAB text`, one example a line: reviews, messages, whatever has a class.
//!
//! ```text
//! positive → I liked it very much.     → stands for the TAB
//! negative → The end was not good.
//! ```
//! Blank lines are skipped. There is no header and no quoting; a label is any text without a TAB.

use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;
use std::path::Path;

use super::columns::two_columns;
use super::lines::open;
use super::{Fault, LoadError};

const LAYOUT: &str = "`label TAB text` on every line, without a TAB in the text";

/// A text and its class.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Labelled {
    /// The class.
    pub label: String,
    /// The text.
    pub text: String,
}

/// The line of a file, without its end.
impl fmt::Display for Labelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}", self.label, self.text)
    }
}

/// The examples of a file.
///
/// # Errors
/// If it cannot be read, is no text, a line is not `label TAB text`, or all labels are the same.
pub fn read(path: &Path) -> Result<Vec<Labelled>, LoadError> {
    parse(&path.display().to_string(), open(path)?)
}

/// The examples in `reader`, called `file` in messages.
///
/// # Errors
/// As [`read`].
pub fn parse(file: &str, reader: impl BufRead) -> Result<Vec<Labelled>, LoadError> {
    let rows = two_columns(file, reader, ["label", "text"], LAYOUT)?;
    let examples: Vec<_> = rows.into_iter().map(|(_, [label, text])| Labelled { label, text }).collect();
    match &classes(&examples)[..] {
        [only] => Err(Fault::OneClass(only.clone()).of(file)),
        _ => Ok(examples),
    }
}

/// The labels that occur, in the order of their letters.
pub fn classes(examples: &[Labelled]) -> Vec<String> {
    let labels: BTreeSet<_> = examples.iter().map(|example| &example.label).collect();
    labels.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_examples_whatever_the_editor() {
        let file = "\u{feff}pos\tgood, \"quoted\"\r\n\r\n neg \t bad 나쁘다 \n  \npos\tfine";
        let examples = parse("f.tsv", file.as_bytes()).expect("fine");
        let lines: Vec<_> = examples.iter().map(Labelled::to_string).collect();
        assert_eq!(lines, ["pos\tgood, \"quoted\"", "neg\tbad 나쁘다", "pos\tfine"]);
        assert_eq!(classes(&examples), ["neg", "pos"]);
        assert_eq!(parse("again", lines.join("\n").as_bytes()).expect("fine"), examples);
    }
}
