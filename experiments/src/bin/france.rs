//! "I grew up in France … I speak ___", in words: see `experiments::studies::france`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::France, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&France::new(Registry::builtin()))
}
