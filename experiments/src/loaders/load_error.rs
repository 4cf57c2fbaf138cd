//! `LoadError`: why a file was refused, in one line.

use std::fmt;
use std::io;

use super::LONGEST_LINE;
use super::captions::LONGEST_CAPTION;
use crate::{echo, one_line};

/// A file, the line if one is to blame, and what is wrong with it.
#[derive(Debug)]
pub struct LoadError {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It is not there.
    #[error("there is no such file; check the name")]
    Missing,
    /// It is a directory.
    #[error("this is a directory; name a file in it")]
    Directory,
    /// The system does not let it be read.
    #[error("it cannot be read ({0}); check that it is a file that you may read")]
    Unreadable(io::Error),
    /// It has nothing in it; the layout that was expected.
    #[error("the file is empty; write {0}")]
    Empty(&'static str),
    /// It is not UTF-8; the byte of the line, from 1.
    #[error("byte {0} of the line is not UTF-8; convert the file to UTF-8")]
    NotUtf8(usize),
    /// A line of examples has a NUL, as no text does that people write; the byte of the line, from 1.
    #[error("byte {0} of the line is NUL; give a text file in UTF-8")]
    Nul(usize),
    /// A line is too long to be an example.
    #[error("the line is longer than {LONGEST_LINE} bytes; write one example a line")]
    LongLine,
    /// A line has too few columns or too many; how many, and the layout that was expected.
    #[error("the line has {0} column{s}; write {1}", s = if *.0 == 1 { "" } else { "s" })]
    Columns(usize, &'static str),
    /// A column is empty; which, and the layout that was expected.
    #[error("the {0} is empty; write {1}")]
    EmptyColumn(&'static str, &'static str),
    /// All examples have this label.
    #[error("every label is `{}`; give examples of two classes or more", shown(.0))]
    OneClass(String),
    /// A line has another number of columns than the first.
    #[error("the line has {found} columns, but line {first_line} has {first}; write the same columns on every line")]
    Ragged {
        /// Its columns.
        found: usize,
        /// Those of the first line.
        first: usize,
        /// That line, from 1.
        first_line: usize,
    },
    /// A cell that is no number; its column and what stands in it.
    #[error("column `{}` has `{}`, which is no number; write a category as columns of 0 and 1", shown(.0), shown(.1))]
    Number(String, String),
    /// A cell with a number that no network can hold; its column and what stands in it.
    #[error("column `{}` has `{}`, which is beyond ±{:e}, the largest number of a network; write it in larger units", shown(.0), shown(.1), f32::MAX)]
    Unbounded(String, String),
    /// A cell with nothing in it; its column.
    #[error("column `{}` is empty; fill it in or leave the line out", shown(.0))]
    EmptyCell(String),
    /// The first line has numbers alone.
    #[error("the line has numbers only; write the names of the columns first")]
    NoHeader,
    /// There is a header alone; the layout that was expected.
    #[error("the header has no rows below it; write {0}")]
    HeaderOnly(&'static str),
    /// Two columns of one name.
    #[error("two columns are called `{}`; give each a name of its own", shown(.0))]
    SameName(String),
    /// No column has this name; the names there are.
    #[error("no column is called `{}`; name one of {}", shown(.0), shown_some(.1))]
    NoColumn(String, Vec<String>),
    /// A tag of no known form.
    #[error("the tag `{}` is not O, B-type or I-type; write tags in the IOB2 scheme", shown(.0))]
    Tag(String),
    /// All tags are O.
    #[error("every tag is O; tag entities with B-type and I-type")]
    NoEntity,
    /// A line names a picture that is not in the folder.
    #[error("there is no picture `{}` in the folder; check the name", shown(.0))]
    NoPicture(String),
    /// A picture has a second caption; the line of the first, from 1.
    #[error("the picture has a caption on line {0}; give each picture one")]
    SecondCaption(usize),
    /// A caption has too many words to be one; how many.
    #[error("the caption has {0} words; write at most {LONGEST_CAPTION}")]
    LongCaption(usize),
    /// All captions are the same.
    #[error("every caption is `{}`, so there is nothing to learn; give different ones", shown(.0))]
    OneCaption(String),
    /// There is nothing in the folder; the layout that was expected.
    #[error("the folder is empty; put {0}, or take it away")]
    EmptyFolder(&'static str),
    /// The file is not in a folder of the right depth; the layout that was expected.
    #[error("this file is not where one is looked for; put {0}")]
    Misplaced(&'static str),
    /// An image of another size than the first, both as width and height.
    #[error("the image has {} × {} pixels, but {} has {} × {}; make all of one size",
        found.0, found.1, echo(first_file), first.0, first.1)]
    OtherSize {
        /// Its size.
        found: (usize, usize),
        /// That of the first image.
        first: (usize, usize),
        /// Where that is.
        first_file: String,
    },
    /// It is no PNG at all.
    #[error("this is not a PNG; convert it to PNG, or take it away")]
    NotPng,
    /// It begins as a PNG, and goes on as none; what the decoder says.
    #[error("the PNG is damaged or cut off ({0}); write it again")]
    Damaged(String),
    /// It has more pixels than can be meant.
    #[error("the image has {width} × {height} pixels; make no side longer than {largest}")]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// The most that either may be.
        largest: u32,
    },
}

impl Fault {
    /// As an error of a file's line.
    pub(super) fn at(self, file: &str, line: usize) -> LoadError {
        LoadError { file: file.into(), line: Some(line), fault: self }
    }

    /// As an error of a file.
    pub(super) fn of(self, file: &str) -> LoadError {
        LoadError { file: file.into(), line: None, fault: self }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", echo(&self.file))?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            Fault::Unreadable(why) => Some(why),
            _ => None,
        }
    }
}

/// What stands in the file, on one line and not too long.
fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let dots = if text.chars().nth(MOST).is_some() { "…" } else { "" };
    one_line(&text.chars().take(MOST).collect::<String>()) + dots
}

/// The first of some names.
fn shown_some(names: &[String]) -> String {
    const MOST: usize = 5;
    let dots = if names.len() > MOST { ", …" } else { "" };
    names.iter().take(MOST).map(|name| shown(name)).collect::<Vec<_>>().join(", ") + dots
}
