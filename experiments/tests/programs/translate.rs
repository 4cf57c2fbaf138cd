//! The program `translate`, as a user starts it.

use std::fs;

use super::program::{Program, drawn, folder};

const TRANSLATE: Program = Program { path: env!("CARGO_BIN_EXE_translate"), name: "translate" };

#[test]
fn a_run_leaves_its_files_with_the_same_bytes_whatever_the_threads() {
    let small = ["--quick", "--updates", "8", "--test", "20", "--train", "100", "--hidden", "6", "--task", "numbers"];
    let (files, text) = TRANSLATE.same_whatever_the_threads(&small);
    drawn(&files, &["accuracy", "attention"]);
    assert!(text.contains("without attention") && text.contains("✗"), "{text}");
}

#[test]
fn pairs_of_ones_own_are_learnt_from_a_file() {
    let place = folder();
    let rows = (0..60).map(|n| format!("read the number {n} aloud\tnumber {}\r\n", n % 7));
    let file = place.path().join("p.tsv");
    fs::write(&file, rows.collect::<String>()).expect("written");
    let flags = ["--quick", "--updates", "5", "--hidden", "6", "--pairs", file.to_str().expect("UTF-8")];
    let said = TRANSLATE.run(place.path(), &flags).succeeded();
    assert!(said.contains("p.tsv: 6 test pairs"), "{said}");
    let answer = TRANSLATE.answers(place.path(), &flags, "Read the Xyzzy aloud");
    let lines: Vec<&str> = answer.lines().collect();
    assert!(lines[0] == "Read the Xyzzy aloud" && lines[1].starts_with("  with attention: "), "{answer}");
    assert!(lines.iter().any(|line| line.starts_with("  without attention: ")), "{answer}");
    assert!(answer.ends_with("read as <unk>: xyzzy)\n"), "{answer}");
}

#[test]
fn what_is_no_file_of_pairs_is_refused_in_a_line_with_its_number() {
    let refused = |contents: &[u8], why| TRANSLATE.refuses("--pairs", contents, why);
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
        (["--bptt", "3,5"], "and the attention sees all source words at once"),
        (["--task", "date"], "did you mean `dates`?"),
    ] {
        let line = TRANSLATE.run(folder().path(), &words).refused();
        assert!(line.contains(why), "{line}");
    }
}
