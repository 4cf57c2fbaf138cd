//! What happened in a clip, by a CNN, an LSTM and an MLP: see `experiments::studies::video`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::Video};
use models::Registry;

fn main() -> ExitCode {
    program::main(&Video::new(Registry::builtin()))
}
