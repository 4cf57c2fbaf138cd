//! Messages, spam or ham, word by word: see `experiments::studies::text_classifier`, or run with `--help`.

use std::process::ExitCode;

use experiments::{studies::TextClassifier, study};
use models::Registry;

fn main() -> ExitCode {
    study::main(&TextClassifier::spam(Registry::builtin()))
}
