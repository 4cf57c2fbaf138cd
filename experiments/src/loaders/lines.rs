//! The lines of a file, each checked to be text.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use super::{Fault, LoadError};

/// The longest line that can be an example, in bytes; reading stops there, so a wrong file costs no memory.
pub const LONGEST_LINE: usize = 1_000_000;

/// The byte order mark, which some editors write first.
pub(super) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The file at `path`.
pub(super) fn open(path: &Path) -> Result<BufReader<File>, LoadError> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(Fault::Directory.of(&name));
    }
    File::open(path).map(BufReader::new).map_err(|why| match why.kind() {
        ErrorKind::NotFound => Fault::Missing.of(&name),
        _ => Fault::Unreadable(why).of(&name),
    })
}

/// The lines, without the ends of lines and the byte order mark. The number of a line is its index + 1.
pub(super) fn lines(file: &str, mut reader: impl BufRead) -> Result<Vec<String>, LoadError> {
    let mut lines = Vec::new();
    loop {
        let mut bytes = Vec::new();
        let limit = LONGEST_LINE as u64 + 3; // CR, LF and one too many
        let read = reader.by_ref().take(limit).read_until(b'\n', &mut bytes);
        if read.map_err(|why| Fault::Unreadable(why).of(file))? == 0 {
            return Ok(lines);
        }
        let number = lines.len() + 1;
        if bytes.len() as u64 == limit && !bytes.ends_with(b"\n") {
            return Err(Fault::LongLine.at(file, number));
        }
        let mut line = text(file, number, bytes)?;
        if let Some(at) = line.find('\0') {
            return Err(Fault::Nul(at + 1).at(file, number));
        }
        if line.ends_with('\n') {
            line.pop();
            if line.ends_with('\r') {
                line.pop();
            }
        }
        if line.len() > LONGEST_LINE {
            return Err(Fault::LongLine.at(file, number));
        }
        if number == 1 && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        lines.push(line);
    }
}

/// The bytes as text; they begin with line `number`.
pub(super) fn text(file: &str, number: usize, bytes: Vec<u8>) -> Result<String, LoadError> {
    String::from_utf8(bytes).map_err(|error| {
        let fine = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let start = fine.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let line = number + fine.iter().filter(|byte| **byte == b'\n').count();
        Fault::NotUtf8(fine.len() - start + 1).at(file, line)
    })
}
