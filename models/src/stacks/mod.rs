//! Whole networks, put together from cells and layers: one a file.

mod sampling;
mod sequence_model;

pub use sampling::Sampling;
pub use sequence_model::SequenceModel;
