//! How the gradient of one update is computed: an [`Engine`] sweeps a [`Sequence`], block by block if it likes.
//!
//! [`Whole`] records all of it on one tape. [`Checkpointed`] needs less memory, [`Truncated`] looks back over a few steps only,
//! and [`Sharded`] cuts the batch into parts, each swept by an engine of any kind. Whoever trains asks all of them in one way.

mod block;
mod checkpointed;
mod engine;
mod memory;
mod omega;
mod param_grads;
mod recurrence;
mod schedule;
mod sequence;
mod sharded;
mod truncated;
mod whole;

pub use block::{Block, BlockEnd, Term};
pub use checkpointed::Checkpointed;
pub use engine::{CannotSweep, Engine, Outcome, Swept};
pub use memory::Memory;
pub use omega::{Omega, OmegaRun};
pub use param_grads::{NonFiniteGradient, ParamGrads};
pub use recurrence::Recurrence;
pub use schedule::Schedule;
pub use sequence::{Extent, Recorded, Sequence};
pub use sharded::Sharded;
pub use truncated::Truncated;
pub use whole::Whole;
