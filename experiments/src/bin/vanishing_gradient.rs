//! The vanishing gradient, measured: see `experiments::studies::vanishing_gradient`, or run with `--help`.

use std::process::ExitCode;

use experiments::{cli, studies::vanishing_gradient};
use models::Registry;

fn main() -> ExitCode {
    let registry = Registry::builtin();
    cli::main(|args| vanishing_gradient::run(&registry, args))
}
