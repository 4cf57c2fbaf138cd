//! Small talk by an encoder–decoder: see `experiments::studies::chat`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::Chat, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&Chat::new(Registry::builtin()))
}
