//! The program `france`, as a user starts it.

use super::program::{Program, folder, results};

const FRANCE: Program = Program { path: env!("CARGO_BIN_EXE_france"), name: "france" };

/// Flags of a run that takes a second.
const SMALL: [&str; 13] = [
    "--quick",
    "--hidden",
    "4",
    "--embedding",
    "3",
    "--longest",
    "9",
    "--updates",
    "5",
    "--test-examples",
    "21",
    "--examples",
    "2",
];

#[test]
fn a_run_leaves_its_figures_and_answers_to_paragraphs() {
    let out = folder();
    let said = FRANCE.run(out.path(), &SMALL).succeeded();
    assert!(said.contains("| lstm "), "{said}");
    let files = results(&FRANCE.run_dir(out.path()));
    for name in ["accuracy", "gradient", "words"] {
        assert!(files.contains_key(&format!("figures/{name}.png")), "{name}");
    }
    let answer = FRANCE.answers(out.path(), &SMALL, "I grew up in France. My 학교 was old. I speak");
    assert!(answer.starts_with("i grew up in france . my 학교* was old . i speak ___\n"), "{answer}");
    for cell in ["rnn", "gru", "lstm"] {
        let row = answer.lines().find(|line| line.starts_with(&format!("| {cell} "))).expect("its row");
        assert!(row.matches(" 0.").count() == 5 && row.contains(" 1.00, "), "{row}");
    }
    assert!(answer.ends_with("read as <unk>\n"), "{answer}");
}

#[test]
fn threads_and_a_second_run_change_no_byte() {
    FRANCE.same_whatever_the_threads(&SMALL);
}

#[test]
fn an_engine_is_a_setting_and_no_thread_changes_a_bit_of_it() {
    for engine in [["--shards", "3"], ["--checkpoint-budget", "1MB"], ["--bptt", "3,5"], ["--omega", "0.1"]] {
        let (files, _) = FRANCE.same_whatever_the_threads(&[&SMALL[..], &engine].concat());
        let key = engine[0].trim_start_matches('-').replace('-', "_");
        let config = String::from_utf8(files["config.toml"].clone()).expect("UTF-8");
        assert!(config.lines().any(|line| line.starts_with(&format!("{key} = "))), "{config}");
    }
    let config = |flags: &[&str]| FRANCE.run(folder().path(), &[&["--print-config"], flags].concat()).succeeded();
    assert_eq!(config(&["--shards", "1", "--omega", "0"]), config(&[]), "a default is no setting");
}

#[test]
fn bad_settings_are_refused_in_one_line() {
    let out = folder();
    for (flags, why) in [
        (["--cells", "lsmt"], "did you mean `lstm`"),
        (["--longest", "2"], "--longest 2"),
        (["--shards", "33"], "--shards 33 is more than the examples of an update; give at most 32"),
        (["--bptt", "30,10"], "--bptt 30,10: give two numbers k1,k2, the first at most the second"),
        (["--bptt", "30"], "--bptt 30: give two numbers"),
        (
            ["--checkpoint-budget", "much"],
            "--checkpoint-budget much is no number of bytes; give one such as 500000, 64MB",
        ),
    ] {
        let line = FRANCE.run(out.path(), &flags).refused();
        assert!(line.contains(why), "{line}");
    }
    let both = ["--checkpoint-budget", "1MB", "--bptt", "3,5"];
    assert!(FRANCE.run(out.path(), &both).refused().contains("exclude each other"));
    assert!(!out.path().join("france").exists(), "nothing was begun");
}
