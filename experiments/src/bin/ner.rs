//! Named entities by a tagger in one and in both directions: see `experiments::studies::ner`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::Ner};
use models::Registry;

fn main() -> ExitCode {
    program::main(&Ner::new(Registry::builtin()))
}
