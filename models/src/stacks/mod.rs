//! Whole networks, put together from cells and layers: one a file.

mod recurrent;
mod sampling;
mod sequence_model;

pub use recurrent::{
    ByPart, ConfigError, Direction, LooksAhead, Recurrent, RecurrentConfig, StateName, UnrollStack, UnrolledStack,
};
pub use sampling::Sampling;
pub use sequence_model::SequenceModel;
