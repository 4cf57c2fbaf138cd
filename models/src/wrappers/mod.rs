//! Cells made of a cell: one a file. A wrapper has its cell's parameters, then its own, and is a cell like any other.

mod layer_norm;
mod projection;

pub use layer_norm::LayerNorm;
pub use projection::Projection;
