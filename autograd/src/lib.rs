//! Reverse-mode differentiation of matrix programs on a tape.
//!
//! ```
//! use autograd::Tape;
//! use nalgebra::dmatrix;
//!
//! let tape = Tape::<f64>::new();
//! let w = tape.leaf(&dmatrix![0.5, -1.0]);            // 1 × 2
//! let x = tape.constant(&dmatrix![2.0, 0.0; 1.0, 3.0]); // 2 × 2: two examples, one a column
//! let loss = w.matmul(x).tanh().sum();
//! let gradients = tape.backward(loss);
//! assert_eq!(gradients.of(w).shape(), (1, 2));
//! ```
//!
//! Conventions, said once: a batch is `features × batch`, one example a column; a sequence of T steps is one matrix
//! `features × (T·batch)`, time-major, so that a step is a contiguous block of columns. A wrong shape is the
//! programmer's mistake and panics at the caller's line with one sentence.
//!
//! - [`Tape`], [`Var`], [`Gradients`]: record, differentiate, read.
//! - [`Program`] and [`differential`]: gradients, Jacobians, Hessian–vector products of a whole function.
//! - [`Op`] and [`Sink`]: write your own operation; ours are written the same way, one file each in [`ops`].
//! - [`Scalar`], [`Dual`]: the numbers, and forward mode over the same tape.
//! - [`Tape::traced`], [`Anomaly`], [`Tape::to_dot`]: find the op that gave the first NaN; draw what was recorded.
//! - [`Tape::transient`]: keep only what backward reads.
//! - `testing`, behind the cargo feature of that name: the certificate that every op passes, for yours too.

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

pub use diagnose::{Anomaly, Brief, Found, Origin, Range};
pub use differential::{Program, program};
pub use numbers::{Dual, Real, Scalar, Shape};
pub use ops::{Elementwise, Map, Stack};
pub use sweep::{GATHER, Gradients, Outer, Sink};
pub use tape::{Known, MAX_INPUTS, NodeId, Op, Reads, Scope, Tape, Transient, Var, same_shape};
