//! Named entities by a tagger in one and in both directions: see `experiments::studies::ner`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::Ner, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&Ner::new(Registry::builtin()))
}
