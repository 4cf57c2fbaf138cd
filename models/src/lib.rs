#![doc = include_str!("../README.md")]
//!
//! Begin with [`Cell`], whose example is a whole cell, [`Params::place`], which gives a layer its parameters, and [`Unroll`], which
//! runs it over a sequence; or with [`networks::Network`], which is made from a configuration.
//!
//! - [`Params`], [`Specs`], [`init`]: named parameters, the same in every precision.
//! - [`cells`], [`wrappers`], [`layers`], [`stacks`]: what networks are made of; [`Registry`] knows cells by name.
//! - [`networks`]: one network for most studies, from a configuration.
//! - [`Engine`]: the gradient of an update, of the whole at once ([`Whole`]), in little memory ([`Checkpointed`]), through the
//!   last steps alone ([`Truncated`]) or of parts of the batch on several threads ([`Sharded`]).
//! - [`OmegaRun`]: the regulariser that keeps gradients from vanishing, for any cell.
//! - [`optim`], [`ParamGrads`]: what is done with a gradient; [`Stream`]: evaluation without end.
//! - [`pytorch`]: state dicts of PyTorch's recurrent layers, in and out.
//! - [`Draws`]: randomness that is addressed.
//! - `testing`, behind the cargo feature of that name: what every cell passes, for yours too.

#![warn(unreachable_pub)]

mod about;
mod catalogue;
mod cell;
mod draws;
mod fused;
mod gates;
mod gradient;
mod map;
mod named;
mod param_file;
mod params;
mod placed;
mod registry;
mod specs;
mod step;
mod stream;
mod suggest;
mod unroll;

pub mod cells;
pub mod init;
pub mod layers;
pub mod networks;
pub mod optim;
pub mod pytorch;
pub mod stacks;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod wrappers;

pub use about::{About, Paper, Part, StatePart};
pub use autograd::kernels::{largest, norm};
pub use catalogue::Catalogue;
pub use cell::{AnyCell, Cell, CellScalar, Describe, Dims};
pub use draws::Draws;
pub use gradient::{
    Block, BlockEnd, CannotSweep, Checkpointed, Engine, Extent, Memory, NonFiniteGradient, Omega, OmegaRun, Outcome,
    ParamGrads, Recorded, Recurrence, Schedule, Sequence, Sharded, Swept, Term, Truncated, Whole,
};
pub use init::Init;
pub use map::Map;
pub use named::{Named, NamedError, Options};
pub use param_file::{FileScalar, ParamFileError, read_safetensors, write_safetensors};
pub use params::{Bound, Param, Params, Weights};
pub use placed::{Layer, Placed, Site};
pub use registry::Registry;
pub use specs::{Handle, Spec, Specs};
pub use step::Step;
pub use stream::Stream;
pub use suggest::nearest;
pub use unroll::{Address, Phase, Series, Unroll, Unrolled};
