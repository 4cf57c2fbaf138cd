//! Encoder–decoder with and without attention: see `experiments::studies::translate`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::Translate};
use models::Registry;

fn main() -> ExitCode {
    program::main(&Translate::new(Registry::builtin()))
}
