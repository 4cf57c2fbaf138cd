//! One recurrent cell, one file: equations, shapes, source, notes → struct → step → the equations once more, entry by
//! entry, as its test.
//!
//! To add one, copy `irnn.rs` or `gru_reset_before.rs`, change its lines, name it here and in `registry.rs`; the conformance
//! suite and the certificate then run on it by themselves. See `docs/how_to_cell.md`.

mod gru;
mod gru_reset_before;
mod irnn;
mod lstm;
mod lstm1997;
mod lstm_peephole;
mod rnn;

pub use gru::Gru;
pub use gru_reset_before::GruResetBefore;
pub use irnn::Irnn;
pub use lstm::Lstm;
pub use lstm_peephole::LstmPeephole;
pub(crate) use lstm1997::Form as Lstm1997Form;
pub use lstm1997::Lstm1997;
pub use rnn::Rnn;
