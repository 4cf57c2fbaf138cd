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
