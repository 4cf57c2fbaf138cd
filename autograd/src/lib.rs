#![doc = include_str!("../README.md")]
//!
//! Begin with [`Tape`], which records, and [`Var`], whose table names every operation by family.
//!
//! - [`Tape`], [`Var`], [`Gradients`]: record, differentiate, read.
//! - [`Program`] and [`differential`]: gradients, Jacobians, Hessian–vector products of a whole function.
//! - [`Op`] and [`Sink`]: write your own operation; ours are written the same way, one file each in [`ops`].
//! - [`Scalar`], [`Dual`]: the numbers, and forward mode over the same tape.
//! - [`Tape::traced`], [`Anomaly`], [`Tape::to_dot`]: find the op that gave the first NaN; draw what was recorded.
//! - [`Tape::transient`]: keep only what backward reads.
//! - `testing`, behind the cargo feature of that name: the certificate that every op passes, for yours too.
//! - [`nalgebra`]: where the matrices are from, in the version that the tape takes, so that a crate need not name one.
//!
#![cfg_attr(
    not(docsrs),
    doc = "What stands on it in the same workspace: [`models`](../models/index.html), recurrent networks; [`figures`](../figures/index.html);
[`runs`](../runs/index.html), settings, training and run directories; [`experiments`](../experiments/index.html), tasks and studies."
)]
#![warn(unreachable_pub)]

mod diagnose;
pub mod differential;
mod graph;
pub mod kernels;
mod numbers;
pub mod ops;
mod sweep;
mod tape;
#[cfg(feature = "testing")]
pub mod testing;

/// The crate of the matrices, in the version that the tape takes.
pub use nalgebra;

pub use diagnose::{Anomaly, Brief, Found, Origin, Range};
pub use differential::{Program, program};
pub use numbers::{Dual, Real, Scalar, Shape};
pub use ops::{Elementwise, Map, Stack};
pub use sweep::{GATHER, Gradients, Outer, Sink};
pub use tape::{Known, MAX_INPUTS, NodeId, Op, Reads, Scope, Tape, Transient, Var, same_shape};
