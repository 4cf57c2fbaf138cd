//! The gradient certificate, public: what every op here passes, for yours too.
//!
//! ```
//! use autograd::ops::Tanh;
//! use autograd::{Map, testing};
//!
//! testing::certify_unary(&Map(Tanh), -3.0..3.0);
//! ```
//!
//! [`certify`] takes an op and a strategy for its inputs; [`certify_program`] takes any function of the tape that is
//! written for every scalar, such as a cell unrolled over a sequence. What is checked, and how closely, stands in
//! [`examine`]; [`measure`] gives the errors themselves. Every property prints its seed; `UNROLL_SEED=n` replays it, and `PROPTEST_CASES=n` runs more cases.

mod certificate;
mod corners;
mod examine;
mod fault;
mod measurement;
mod runner;
mod shown;
mod strategies;

pub use crate::differential::{Everywhere, Program, Single};
pub use certificate::{certify, certify_binary, certify_program, certify_unary};
#[cfg(test)]
pub(crate) use examine::Case;
pub use examine::{examine, measure};
pub use fault::{Disagreement, Fault};
pub use measurement::Measurement;
/// The crate whose strategies the certificate takes, in the version it takes.
pub use proptest;
pub use runner::{check, try_check};
#[cfg(test)]
pub(crate) use shown::Shown;
pub use strategies::{away_from, matrix, matrix_of};
