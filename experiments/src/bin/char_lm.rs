//! A character model of a text: see `experiments::studies::char_lm`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::CharLm};
use models::Registry;

fn main() -> ExitCode {
    program::main(&CharLm::new(Registry::builtin()))
}
