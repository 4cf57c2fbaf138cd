//! Runs: one configuration of one study each, in a directory of its own, from the command line to the report. It knows
//! nothing of what is studied.
//!
//! A [`Study`](study::Study) says what its settings are and what it finds; [`program::main`] is its program. [`settings`] are
//! typed, checked and layered; a [`Run`](run::Run) survives whatever ends it; [`train`] is the training loop.
#![warn(unreachable_pub)]

mod ask;
mod cli;
mod counted;
mod echo;
pub mod hash;
mod interrupt;
pub mod number;
pub mod program;
mod progress;
pub mod run;
pub mod settings;
pub mod stats;
mod stop;
pub mod study;
mod sweep;
pub mod table;
mod terminal;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod train;

pub use counted::counted;
pub use echo::echo;
pub use figures::one_line;
use progress::Progress;
pub use stop::Stop;
