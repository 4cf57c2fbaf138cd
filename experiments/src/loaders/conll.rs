//! Tagged sentences: a token a line with its tag in the last column, a blank line after each sentence.
//!
//! ```text
//! -DOCSTART- -X- O O
//!
//! U.N. NNP I-NP I-ORG
//! official NN I-NP O
//! Ekeus NNP I-NP I-PER
//! . . O O
//! ```
//! Columns stand apart by spaces or TABs, as many on every line; the first is the token, the last the tag, O, B-type or
//! I-type. `-DOCSTART-` lines are skipped. An I-type that begins an entity, by [conlleval's rule](crate::entity), is read as
//! B-type, so the tags are IOB2 whether the file is or is IOB1.
//!
//! Source: Tjong Kim Sang & De Meulder 2003 (the shared task of CoNLL-2003).

use std::fmt;
use std::io::BufRead;
use std::path::Path;

use super::lines::{lines, open};
use super::{Fault, LoadError};
use crate::entity::{entities, parts, tags};

const LAYOUT: &str = "`token … tag` on every line and a blank line after each sentence";

/// Tokens and the IOB2 tag of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sentence {
    /// The tokens.
    pub tokens: Vec<String>,
    /// As many tags.
    pub tags: Vec<String>,
}

/// The lines of a file, with a blank one after them.
impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (token, tag) in self.tokens.iter().zip(&self.tags) {
            writeln!(f, "{token} {tag}")?;
        }
        writeln!(f)
    }
}

/// The sentences of a file.
///
/// # Errors
/// If it cannot be read, is no text, its lines have unequal numbers of columns, a tag is of no known form, or all are O.
pub fn read(path: &Path) -> Result<Vec<Sentence>, LoadError> {
    parse(&path.display().to_string(), open(path)?)
}

/// The sentences in `reader`, called `file` in messages.
///
/// # Errors
/// As [`read`].
pub fn parse(file: &str, reader: impl BufRead) -> Result<Vec<Sentence>, LoadError> {
    let (mut sentences, mut sentence) = (Vec::new(), Sentence::default());
    let mut first = None; // its line and how many columns it has
    for (i, line) in lines(file, reader)?.iter().enumerate() {
        let columns: Vec<_> = line.split([' ', '\t']).filter(|column| !column.is_empty()).collect();
        if line.trim().is_empty() || columns[0] == "-DOCSTART-" {
            sentences.push(std::mem::take(&mut sentence));
            continue;
        }
        if columns.len() < 2 {
            return Err(Fault::Columns(columns.len(), LAYOUT).at(file, i + 1));
        }
        let (first_line, first) = *first.get_or_insert((i + 1, columns.len()));
        if columns.len() != first {
            return Err(Fault::Ragged { found: columns.len(), first, first_line }.at(file, i + 1));
        }
        let tag = columns[first - 1];
        if tag != "O" && parts(tag).is_none() {
            return Err(Fault::Tag(tag.into()).at(file, i + 1));
        }
        sentence.tokens.push(columns[0].into());
        sentence.tags.push(tag.into());
    }
    sentences.push(sentence);
    sentences.retain(|sentence| !sentence.tokens.is_empty());
    let mut any = false;
    for sentence in &mut sentences {
        let found = entities(&sentence.tags);
        any |= !found.is_empty();
        sentence.tags = tags(&found, sentence.tags.len());
    }
    match (sentences.is_empty(), any) {
        (true, _) => Err(Fault::Empty(LAYOUT).of(file)),
        (_, false) => Err(Fault::NoEntity.of(file)),
        _ => Ok(sentences),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_at_blank_lines_and_iob1_becomes_iob2() {
        let file = "\u{feff}-DOCSTART- -X- O O\r\n\r\nU.N. NNP I-NP I-ORG\r\nofficial NN I-NP O\r\n\r\n \r\n\
                    New\tNNP x B-LOC\r\nYork NNP x I-LOC\r\nParis NNP x B-LOC";
        let sentences = parse("f", file.as_bytes()).expect("fine");
        let shown: String = sentences.iter().map(Sentence::to_string).collect();
        assert_eq!(shown, "U.N. B-ORG\nofficial O\n\nNew B-LOC\nYork I-LOC\nParis B-LOC\n\n");
        assert_eq!(parse("again", shown.as_bytes()).expect("fine"), sentences);
    }
}
