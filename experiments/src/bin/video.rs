//! What happened in a clip, by a CNN, an LSTM and an MLP: see `experiments::studies::video`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::Video, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&Video::new(Registry::builtin()))
}
