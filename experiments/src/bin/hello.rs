//! A recurrent network that learns to spell one word: see `experiments::studies::hello`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::Hello};

fn main() -> ExitCode {
    program::main(&Hello)
}
