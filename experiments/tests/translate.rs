//! The binary `translate` from outside.

mod support;

use support::{end, refused, same_files_whatever_the_threads};

const PROGRAM: &str = env!("CARGO_BIN_EXE_translate");

#[test]
fn a_run_leaves_its_files_with_the_same_bytes_whatever_the_threads() {
    let small = ["--quick", "--updates", "8", "--test", "20", "--train", "100", "--hidden", "6", "--task", "numbers"];
    let text = same_files_whatever_the_threads(PROGRAM, "translate", &small, &["accuracy", "attention"]);
    assert!(text.contains("without attention") && text.contains("✗"), "{text}");
}

#[test]
fn pairs_of_ones_own_are_learnt_from_a_file() {
    let place = tempfile::tempdir().expect("a place");
    let rows = (0..60).map(|n| format!("read the number {n} aloud\tnumber {}\r\n", n % 7));
    std::fs::write(place.path().join("p.tsv"), rows.collect::<String>()).expect("written");
    let out = place.path().join("out");
    let (file, out) = (place.path().join("p.tsv"), out.to_str().expect("UTF-8"));
    let file = file.to_str().expect("UTF-8");
    let ended = end(PROGRAM, &["--quick", "--updates", "5", "--hidden", "6", "--pairs", file, "--out", out]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("p.tsv: 6 test pairs"), "{}", ended.stdout);
}

#[test]
fn what_is_no_file_of_pairs_is_refused_in_a_line_with_its_number() {
    let refused = |contents: &[u8], why| refused(PROGRAM, "--pairs", contents, why);
    refused(b"", "the file is empty");
    refused(b"a\tb\n\nno tab here\n", "line 3: the line has 1 column;");
    refused(b"a\tb\nc\t\n", "line 2: the target is empty");
    refused(b"a\tb\nc\t\xff\n", "line 2: byte 3 of the line is not UTF-8");
    refused(b"a\tb\nc\tb\nd\tb\n", "every target is the same");
    refused(b"a\tb\nc\td\n", "too few for training, validation and test; give more");
}

#[test]
fn a_missing_file_and_an_unknown_cell_are_refused() {
    for (words, why) in [
        (["--pairs", "no such file"], "--pairs: cannot read no such file"),
        (["--cell", "gro"], "did you mean `gru`?"),
        (["--task", "date"], "did you mean `dates`?"),
    ] {
        let ended = end(PROGRAM, &words);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(why) && ended.stderr.lines().count() == 1, "{}", ended.stderr);
    }
}
