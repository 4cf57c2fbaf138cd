//! Layers without a state: one a file.

mod linear;

pub use linear::Linear;
