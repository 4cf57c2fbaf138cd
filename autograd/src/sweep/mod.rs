//! The reverse sweep: from a root's seed to the gradients of what was asked for.

mod check;
mod gathered;
mod gradients;
mod per_step;
mod sink;
mod spare;
mod store;
mod transposes;

pub use gathered::GATHER;
pub use gradients::Gradients;
pub use sink::{Outer, Sink};
pub(crate) use store::Store;
