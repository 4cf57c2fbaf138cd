//! A character model of a text: see `experiments::studies::char_lm`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::CharLm, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&CharLm::new(Registry::builtin()))
}
