//! Captions of pictures by a CNN and an LSTM: see `experiments::studies::caption`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::Caption, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&Caption::new(Registry::builtin()))
}
