//! Whole networks, put together from cells and layers: one a file.

mod sequence_model;

pub use sequence_model::SequenceModel;
