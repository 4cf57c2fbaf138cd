//! Recurrent cells, layers and optimizers on the [`autograd`] tape, and the driver that unrolls any cell.
//!
//! A cell is one file that says its equations ([`Cell`]); [`Unroll`] owns time. A batch is `features × batch`, one
//! example a column; a sequence of T steps is one matrix `features × (T·batch)`, time-major. A wrong shape is the
//! programmer's mistake and panics at the caller's line; data from outside gives a `Result`.
//!
//! - [`Params`], [`Specs`], [`init`]: named parameters, the same in every precision.
//! - [`cells`], [`wrappers`], [`layers`], [`stacks`]: what networks are made of; [`Registry`] knows cells by name.
//! - [`optim`], [`ParamGrads`]: training; [`Checkpointing`]: long sequences in little memory; [`TruncatedBptt`]: back
//!   through the last steps alone; [`Shards`]: one update on several threads; [`Stream`]: evaluation without end.
//! - [`OmegaRun`]: the regulariser that keeps gradients from vanishing, for any cell.
//! - [`pytorch`]: state dicts of PyTorch's recurrent layers, in and out.
//! - [`Draws`]: randomness that is addressed.
//! - [`testing`]: what every cell passes, for yours too.

mod about;
mod cell;
mod cell_spec;
mod checkpointing;
mod draws;
mod engine;
mod fused;
mod gates;
mod map;
mod norm;
mod omega;
mod param_file;
mod param_grads;
mod params;
mod placed;
mod registry;
mod shards;
mod specs;
mod step;
mod stream;
mod truncated_bptt;
mod unroll;

pub mod cells;
pub mod init;
pub mod layers;
pub mod optim;
pub mod pytorch;
pub mod stacks;
pub mod testing;
pub mod wrappers;

pub use about::{About, Paper, Part, StatePart};
pub use cell::{AnyCell, Cell, CellScalar, Describe, Dims};
pub use cell_spec::{CellError, CellSpec, Options};
pub use checkpointing::{Block, BlockEnd, BudgetTooSmall, Checkpointing, Pass, Schedule, Term};
pub use draws::Draws;
pub use engine::{Checkpointed, Engine, Recorded, Sequence, Sharded, Swept, Truncated, Whole};
pub use gates::GateSeries;
pub use init::Init;
pub use map::Map;
pub use norm::{largest, norm};
pub use omega::{Omega, OmegaRun};
pub use param_file::{FileScalar, ParamFileError};
pub use param_grads::{NonFiniteGradient, ParamGrads};
pub use params::{Bound, Group, Param, Params, Weights};
pub use placed::{Layer, Placed, Site};
pub use registry::Registry;
pub use shards::{Shard, Shards};
pub use specs::{Handle, Spec, Specs};
pub use step::Step;
pub use stream::Stream;
pub use truncated_bptt::{TruncatedBptt, TruncatedPass};
pub use unroll::{Address, Phase, Unroll, Unrolled};
