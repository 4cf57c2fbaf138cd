//! The vanishing gradient, measured: see `experiments::studies::vanishing_gradient`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::VanishingGradient, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&VanishingGradient::new(Registry::builtin()))
}
