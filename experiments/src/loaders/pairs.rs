//! `source TAB target`, one pair a line: sentences and their translations, questions and their answers.
//!
//! ```text
//! How are you? → Fine, thanks.         → stands for the TAB
//! ```
//! Blank lines are skipped. There is no header and no quoting.

use std::fmt;
use std::io::BufRead;
use std::path::Path;

use super::LoadError;
use super::columns::two_columns;
use super::lines::open;

/// How the messages about a file call its columns.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    names: [&'static str; 2],
    layout: &'static str,
}

impl Columns {
    /// A text and its translation.
    pub const TRANSLATION: Self =
        Self { names: ["source", "target"], layout: "`source TAB target` on every line, without a TAB in either" };
    /// What is asked, and what is said to it.
    pub const TALK: Self =
        Self { names: ["question", "answer"], layout: "`question TAB answer` on every line, without a TAB in either" };

    /// What the second column is called.
    pub fn target(self) -> &'static str {
        self.names[1]
    }
}

/// What is read and what is to be written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// What is read.
    pub source: String,
    /// What is to be written.
    pub target: String,
}

/// The line of a file, without its end.
impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}", self.source, self.target)
    }
}

/// The pairs of a file.
///
/// # Errors
/// If it cannot be read, is no text, or a line has not two columns with a TAB between.
pub fn read(path: &Path, columns: Columns) -> Result<Vec<Pair>, LoadError> {
    parse(&path.display().to_string(), open(path)?, columns)
}

/// The pairs in `reader`, called `file` in messages.
///
/// # Errors
/// As [`read`].
pub fn parse(file: &str, reader: impl BufRead, Columns { names, layout }: Columns) -> Result<Vec<Pair>, LoadError> {
    let rows = two_columns(file, reader, names, layout)?;
    Ok(rows.into_iter().map(|(_, [source, target])| Pair { source, target }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_pairs_and_give_them_back() {
        let pairs = parse("f", "Hello.\tHi!\r\n\r\n안녕\t네, 안녕하세요\r\n".as_bytes(), Columns::TALK).expect("fine");
        let lines: Vec<_> = pairs.iter().map(Pair::to_string).collect();
        assert_eq!(lines, ["Hello.\tHi!", "안녕\t네, 안녕하세요"]);
        assert_eq!(parse("again", lines.join("\n").as_bytes(), Columns::TALK).expect("fine"), pairs);
    }
}
