//! What an LSTM's gates do and learn: see `experiments::studies::gates`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::Gates};
use models::Registry;

fn main() -> ExitCode {
    program::main(&Gates::new(Registry::builtin()))
}
