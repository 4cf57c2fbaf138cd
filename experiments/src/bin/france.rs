//! "I grew up in France … I speak ___", in words: see `experiments::studies::france`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::France};
use models::Registry;

fn main() -> ExitCode {
    program::main(&France::new(Registry::builtin()))
}
