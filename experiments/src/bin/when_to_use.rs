//! Which network for which data, measured: see `experiments::studies::when_to_use`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::WhenToUse, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&WhenToUse::new(Registry::builtin()))
}
