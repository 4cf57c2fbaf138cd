//! The program `hello`, as a user starts it.

use super::program::{Program, folder, results};

const HELLO: Program = Program { path: env!("CARGO_BIN_EXE_hello"), name: "hello" };

#[test]
fn a_quick_run_spells_the_word_and_leaves_its_files() {
    let out = folder();
    let said = HELLO.run(out.path(), &["--quick"]).succeeded();
    assert!(
        said.contains("spells \"hello\" now") && said.contains("after l comes l at step 3 and o at step 4"),
        "{said}"
    );
    let files = results(&HELLO.run_dir(out.path()));
    for name in ["forward.csv", "model.safetensors", "result.json", "figures/hello.png", "figures/loss.csv"] {
        assert!(files.contains_key(name), "{name}");
    }
    let forward = String::from_utf8(files["forward.csv"].clone()).expect("UTF-8");
    // 2 passes of 4 steps with 3 vectors of 4 letters and 4 of 3 units, and the header.
    assert_eq!(forward.lines().count(), 1 + 2 * 4 * (3 * 4 + 4 * 3));
}

#[test]
fn threads_and_a_second_run_change_no_byte() {
    HELLO.same_whatever_the_threads(&["--quick"]);
}

#[test]
fn help_begins_with_what_the_program_is_for_and_has_its_own_options_alone() {
    let said = |flag: &str| HELLO.run(folder().path(), &[flag]).succeeded();
    let (own, all) = (said("--help"), said("--help-all"));
    assert_eq!(said("-h"), own);
    for flag in ["--word", "--learning-rate", "--quick", "--out", "--help-all"] {
        assert!(own.contains(flag) && all.contains(flag), "{flag}: {own}");
    }
    for flag in ["--sweep", "--shards", "--config", "--force", "--threads"] {
        assert!(!own.contains(flag) && all.contains(flag), "{flag}: {own}");
    }
    assert!(own.starts_with("Teach a plain RNN") && all.starts_with("Teach a plain RNN"), "{own}");
    assert!(own.trim_end().ends_with("--help-all shows the options that all studies share, too."), "{own}");
}

#[test]
fn a_word_of_any_script_is_spelled() {
    let out = folder();
    let said = HELLO.run(out.path(), &["--quick", "--word", "안녕 하세요", "--hidden", "8"]).succeeded();
    assert!(said.contains("spells \"안녕 하세요\" now") && said.contains("no memory is needed"), "{said}");
}

#[test]
fn orders_to_a_terminal_are_learnt_and_never_shown() {
    let out = folder();
    let word = "a\u{202e}b\u{1b}c\u{9b}";
    let ended = HELLO.run(out.path(), &["--quick", "--word", word]);
    let all = ended.said() + &ended.succeeded();
    assert!(all.contains("a\\u202eb") && !all.contains(['\u{202e}', '\u{1b}', '\u{9b}']), "{all:?}");
    let files = results(&HELLO.run_dir(out.path()));
    let model = String::from_utf8(files["config.toml"].clone()).expect("UTF-8");
    assert!(model.contains("a\u{202e}b"), "the word itself is as it was given: {model:?}");
    let svg = String::from_utf8(files["figures/hello.svg"].clone()).expect("UTF-8");
    assert!(svg.contains("a\\u202eb") && !svg.contains(['\u{202e}', '\u{1b}', '\u{9b}']));
}

#[test]
fn a_loss_that_rises_is_not_said_to_fall() {
    let out = folder();
    HELLO.run(out.path(), &["--quick", "--learning-rate", "1000", "--updates", "1"]).succeeded();
    let files = results(&HELLO.run_dir(out.path()));
    let svg = String::from_utf8_lossy(&files["figures/hello.svg"]).into_owned();
    assert!(svg.contains("The loss does not fall") && svg.contains("1 update by Adam"));
}

#[test]
fn what_cannot_be_learnt_is_refused_in_one_line() {
    let out = folder();
    for (flags, why) in [
        (&["--word", ""][..], "--word has no letter"),
        (&["--word", "한"], "--word has one letter"),
        (&["--word", "zzz"], "--word has no letter but z"),
        (&["--shards", "2"], "--shards 2 is more than the examples of an update; give at most 1"),
        (&["--hidden", "0"], "--hidden 0 is out of range"),
        (&["--learning-rate", "nan"], "--learning-rate nan is out of range"),
    ] {
        let line = HELLO.run(out.path(), flags).refused();
        assert!(line.contains(why), "{line}");
    }
    assert!(!out.path().join("hello").exists(), "nothing was begun");
}

#[test]
fn a_finished_run_gets_tensorboards_file_when_it_is_asked_for() {
    let out = folder();
    HELLO.run(out.path(), &["--quick"]).succeeded();
    let file = HELLO.run_dir(out.path()).join("events.out.tfevents.0.unroll");
    assert!(!file.exists());
    HELLO.run(out.path(), &["--quick", "--tensorboard"]).succeeded();
    let events = std::fs::read(file).expect("there");
    let times = |what: &[u8]| events.windows(what.len()).filter(|window| *window == what).count();
    let record = std::fs::read_to_string(HELLO.run_dir(out.path()).join("metrics.jsonl")).expect("there");
    assert_eq!((times(b"brain.Event:2"), times(b"gradient_norm")), (1, record.lines().count()));
}
