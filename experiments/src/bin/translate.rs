//! Encoder–decoder with and without attention: see `experiments::studies::translate`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::Translate, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&Translate::new(Registry::builtin()))
}
