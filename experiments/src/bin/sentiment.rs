//! Reviews, positive or negative, word by word: see `experiments::studies::text_classifier`, or run with `--help`.

use std::process::ExitCode;

use experiments::{program, studies::TextClassifier};
use models::Registry;

fn main() -> ExitCode {
    program::main(&TextClassifier::sentiment(Registry::builtin()))
}
