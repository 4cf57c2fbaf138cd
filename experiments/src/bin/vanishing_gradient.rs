//! The vanishing gradient, measured: see `experiments::studies::vanishing_gradient`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::VanishingGradient};
use models::Registry;

fn main() -> ExitCode {
    program::main(&VanishingGradient::new(Registry::builtin()))
}
