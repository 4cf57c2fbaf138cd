//! One task, one file: source, layout, naive baseline derived → struct → draws → tests of layout and baseline.

mod france;
mod prose;
mod registry;
mod text;

pub mod captions;
pub mod changing;
pub mod chat;
pub mod dates;
pub mod france_text;
pub mod interactions;
pub mod last_set;
pub mod long_dependency;
pub mod moving_shapes;
pub mod names_in_text;
pub mod number_words;
pub mod sentiment;
pub mod shape_anywhere;
pub mod shapes;
pub mod spam;
pub mod turning;
pub mod word;

pub use france::{France, Mix, PAIRS};
pub use france_text::FranceText;
pub use long_dependency::Adding;
pub use prose::capitalised;
pub use registry::Tasks;
pub use text::{Text, TextError};
