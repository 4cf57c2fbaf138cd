//! One task, one file: source, layout, naive baseline derived → struct → draws → tests of layout and baseline.

mod france;
mod prose;
mod text;

pub mod dates;
pub mod names_in_text;
pub mod number_words;
pub mod sentiment;
pub mod spam;

pub use france::{France, Mix, PAIRS};
pub use text::{Text, TextError};
