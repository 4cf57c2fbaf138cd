//! The program `france`, as a user starts it.

use std::fs;

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
fn a_run_with_own_paragraphs_leaves_its_figures_and_every_answer() {
    let out = folder();
    let file = out.path().join("mine.tsv");
    fs::write(&file, "French\tI grew up in France. It rained. I speak\nkorean\tMy 학교 was old. I speak\n")
        .expect("written");
    let flags = [&SMALL[..], &["--paragraphs", file.to_str().expect("UTF-8")]].concat();
    let said = FRANCE.run(out.path(), &flags).succeeded();
    assert!(said.contains("| lstm ") && said.contains("Your paragraphs (") && said.contains(" of 2 "), "{said}");
    let files = results(&FRANCE.run_dir(out.path()));
    for name in ["accuracy", "gradient", "words"] {
        assert!(files.contains_key(&format!("figures/{name}.png")), "{name}");
    }
    let text = |name: &str| String::from_utf8(files[name].clone()).expect("UTF-8");
    assert_eq!(text("paragraphs.csv").lines().count(), 1 + 3 * 2);
    let words = text("figures/words.csv");
    let drawn: Vec<_> =
        words.lines().filter(|row| row.starts_with("gru,")).filter_map(|row| row.split(',').nth(3)).collect();
    assert_eq!(drawn, ["i", "grew", "up", "in", "france", ".", "it", "rained", ".", "i", "speak"]);
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
fn bad_settings_and_files_are_refused_in_one_line() {
    let out = folder();
    let file = |name: &str, contents: &[u8]| {
        let path = out.path().join(name);
        fs::write(&path, contents).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let (other, one, latin) =
        (file("other", b"klingon\tI speak"), file("one", b"french"), file("latin", b"french\tcaf\xe9"));
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
        (["--paragraphs", other.as_str()], "paragraph 1 asks for `klingon`"),
        (["--paragraphs", one.as_str()], "line 1: the line has 1 column; write `answer TAB paragraph`"),
        (["--paragraphs", latin.as_str()], "UTF-8"),
        (["--paragraphs", "nowhere.tsv"], "nowhere.tsv"),
    ] {
        let line = FRANCE.run(out.path(), &flags).refused();
        assert!(line.contains(why), "{line}");
    }
    let both = ["--checkpoint-budget", "1MB", "--bptt", "3,5"];
    assert!(FRANCE.run(out.path(), &both).refused().contains("exclude each other"));
    assert!(!out.path().join("france").exists(), "nothing was begun");
}
