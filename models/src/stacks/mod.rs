//! Whole networks, put together from cells and layers: one a file.

mod cnn;
mod decoder;
mod encoder_decoder;
mod generator;
mod read;
mod recurrent;
mod sampling;
mod sequence_model;
mod token_batch;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use cnn::blank_padding;
pub use cnn::{Cnn, ConvConfig, ImageSize};
pub use decoder::{DecoderConfig, Generated};
pub use encoder_decoder::{EncoderDecoder, EncoderDecoderConfig};
pub use generator::Generator;
pub use read::Read;
pub(crate) use read::mean;
pub use recurrent::{
    ByPart, ConfigError, Direction, LooksAhead, Recurrent, RecurrentConfig, StateName, UnrollStack, UnrolledStack,
};
pub use sampling::{NotANumber, Sampling};
pub use sequence_model::SequenceModel;
pub use token_batch::TokenBatch;
