//! The user's own files: one format, one file.
//!
//! Texts are UTF-8 with or without a byte order mark, their lines end with LF or CRLF; images are PNGs. An error is one line
//! that names the file, the line and the cure. `read` takes a path; `parse` takes bytes and the name to call them by.

#[cfg(test)]
mod bad_files;
mod columns;
mod lines;
mod load_error;

pub mod captions;
pub mod clips;
pub mod conll;
pub mod pairs;
pub mod png;
pub mod table;
pub mod text;
pub mod tsv;

pub use lines::LONGEST_LINE;
pub use load_error::{Fault, LoadError};
