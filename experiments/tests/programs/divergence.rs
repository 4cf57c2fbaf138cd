//! The last update spoils the network: every program says so, and none answers with what is no number.

use std::fs;

use super::program::{Program, folder};

/// The programs, each with flags for a moment's run.
const PROGRAMS: [(Program, &str); 13] = [
    (
        Program { path: env!("CARGO_BIN_EXE_char_lm"), name: "char_lm" },
        "--cell irnn --hidden 6 --embedding 4 --batch 2 --steps 30",
    ),
    (Program { path: env!("CARGO_BIN_EXE_chat"), name: "chat" }, "--cell irnn --hidden 6"),
    (Program { path: env!("CARGO_BIN_EXE_translate"), name: "translate" }, "--cell irnn --hidden 6 --train 60"),
    (Program { path: env!("CARGO_BIN_EXE_ner"), name: "ner" }, "--cell irnn --hidden 6 --sentences 60"),
    (
        Program { path: env!("CARGO_BIN_EXE_sentiment"), name: "sentiment" },
        "--cell rnn:phi=relu --hidden 8 --examples 200",
    ),
    (Program { path: env!("CARGO_BIN_EXE_spam"), name: "spam" }, "--cell irnn --hidden 8 --examples 200"),
    (Program { path: env!("CARGO_BIN_EXE_france"), name: "france" }, "--cells irnn --hidden 6"),
    (
        Program { path: env!("CARGO_BIN_EXE_vanishing_gradient"), name: "vanishing_gradient" },
        "--cells irnn --hidden 8 --seeds 1 --text-updates 1",
    ),
    (
        Program { path: env!("CARGO_BIN_EXE_video"), name: "video" },
        "--cell irnn --scenes 2 --test-scenes 2 --side 8 --hidden 4 --filters 2 --frozen 2 --frozen-training 1 --export 0",
    ),
    // What is bounded, or has few steps, stays finite, however large its weights are.
    (Program { path: env!("CARGO_BIN_EXE_caption"), name: "caption" }, "--cell irnn --hidden 6 --test 5"),
    (
        Program { path: env!("CARGO_BIN_EXE_gates"), name: "gates" },
        "--hidden 4 --longest 8 --shown 6 --test-examples 10 --examples 2",
    ),
    (Program { path: env!("CARGO_BIN_EXE_hello"), name: "hello" }, ""),
    (Program { path: env!("CARGO_BIN_EXE_when_to_use"), name: "when_to_use" }, "--train 40 --test 20 --parameters 200"),
];
/// How many of them, from the first, diverge.
const DIVERGE: usize = 9;

#[test]
fn what_the_last_update_spoiled_is_exit_3_with_where_it_began_or_is_read_again() {
    for (k, (program, flags)) in PROGRAMS.iter().enumerate() {
        let out = folder();
        let mut words = vec!["--quick", "--updates", "1", "--learning-rate", "1000"];
        words.extend(flags.split_whitespace());
        let first = program.run(out.path(), &words);
        if k < DIVERGE {
            let line = first.diverged();
            let begin = line.contains("diverged at update 1: after it, the loss is ");
            let place = ["it began here: ", "models/src/cells/", "layers.0.", ", time step "];
            assert!(begin && place.iter().all(|part| line.contains(part)), "{}: {line}", program.name);
            assert_eq!(program.run(out.path(), &words).diverged(), line, "{}: once more", program.name);
        } else {
            let said = first.succeeded();
            // Without the run's result all units are read from their outcomes.
            fs::remove_file(program.run_dir(out.path()).join("result.json")).expect("there");
            assert_eq!(program.run(out.path(), &words).succeeded(), said, "{}: read again", program.name);
        }
    }
}

/// Windows of two steps have a loss, the whole text has none.
#[test]
fn an_evaluation_that_is_longer_than_the_training_diverges_in_words() {
    let (out, (program, _)) = (folder(), &PROGRAMS[0]);
    let words = "--quick --updates 1 --learning-rate 1000 --cell irnn --hidden 6 --embedding 4 --batch 2 --steps 2";
    let line = program.run(out.path(), &words.split(' ').collect::<Vec<_>>()).diverged();
    let whys = ["diverged: NaN bits per character on the validation part; ", "diverged: the logit of token "];
    assert!(whys.iter().any(|why| line.contains(why)) && line.contains("a smaller learning rate"), "{line}");
}
