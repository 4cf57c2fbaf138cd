//! What an LSTM's gates do and learn: see `experiments::studies::gates`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::Gates, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&Gates::new(Registry::builtin()))
}
