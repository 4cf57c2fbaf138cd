//! The tasks of the literature on long dependencies, one a file.

mod adding;
mod copy;
mod marked_pairs;
mod modular_arithmetic;
mod parity;
mod sequences;
mod temporal_order;
mod word_problem;

pub use adding::Adding;
pub use copy::Copy;
pub use marked_pairs::MarkedPairs;
pub use modular_arithmetic::ModularArithmetic;
pub use parity::Parity;
pub use temporal_order::{Form as TemporalOrderForm, TemporalOrder};
pub use word_problem::{Group, WordProblem};
