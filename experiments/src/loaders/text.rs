//! A text as it is: a book, a program, whatever is to be written on. CRLF is read as LF.

use std::io::Read;
use std::path::Path;

use super::lines::{BYTE_ORDER_MARK, open, text};
use super::{Fault, LoadError};
use crate::Stop;
use crate::settings::Files;

/// Some pages of our own book as they were when the results were measured, so that editing the book changes no result.
const BOOK: &str = include_str!("../../assets/book.txt");

/// The text of a file.
///
/// # Errors
/// If it cannot be read, is empty, or not UTF-8.
pub fn read(path: &Path) -> Result<String, LoadError> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|why| Fault::Unreadable(why).of(&name))?;
    parse(&name, bytes)
}

/// The text of these bytes, called `file` in messages.
///
/// # Errors
/// If they are none, or not UTF-8.
pub fn parse(file: &str, bytes: Vec<u8>) -> Result<String, LoadError> {
    let text = text(file, 1, bytes)?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text).replace("\r\n", "\n");
    if text.is_empty() {
        return Err(Fault::Empty("a text").of(file));
    }
    Ok(text)
}

/// The name and the text of the file that the setting `key` names; if it names none, those of our own book.
///
/// # Errors
/// Refused, if it is empty or not UTF-8, with the line.
pub fn or_book<'a>(files: &'a Files, key: &str) -> Result<(&'a str, String), Stop> {
    let read = files.parse(key, |name, contents| parse(name, contents.to_vec()))?;
    Ok(read.unwrap_or_else(|| ("Unroll's book", BOOK.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_from_any_editor() {
        let text = parse("f", "\u{feff}one\r\ntwo\n\r\n\tthree \r".into()).expect("fine");
        assert_eq!(text, "one\ntwo\n\n\tthree \r");
    }
}
