//! Which network for which data, measured: see `experiments::studies::when_to_use`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::WhenToUse};
use models::Registry;

fn main() -> ExitCode {
    program::main(&WhenToUse::new(Registry::builtin()))
}
