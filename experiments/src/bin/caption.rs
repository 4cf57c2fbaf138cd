//! Captions of pictures by a CNN and an LSTM: see `experiments::studies::caption`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::Caption};
use models::Registry;

fn main() -> ExitCode {
    program::main(&Caption::new(Registry::builtin()))
}
