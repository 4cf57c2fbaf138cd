//! One task, one file: source, layout, naive baseline derived → struct → draws → tests of layout and baseline.

mod france;
mod text;

pub use france::{France, Mix, PAIRS};
pub use text::{Text, TextError};
