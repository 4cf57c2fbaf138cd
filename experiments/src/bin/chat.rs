//! Small talk by an encoder–decoder: see `experiments::studies::chat`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::Chat};
use models::Registry;

fn main() -> ExitCode {
    program::main(&Chat::new(Registry::builtin()))
}
