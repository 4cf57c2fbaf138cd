//! A recurrent network that learns to spell one word: see `experiments::studies::hello`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::Hello, study};

fn main() -> ExitCode {
    study::main(&Hello)
}
