//! The program `ner`, as a user starts it.

use std::fs;

use super::program::{Program, drawn, folder};

const NER: Program = Program { path: env!("CARGO_BIN_EXE_ner"), name: "ner" };

#[test]
fn a_run_leaves_its_files_with_the_same_bytes_whatever_the_threads() {
    let small = ["--quick", "--updates", "8", "--sentences", "60", "--test-sentences", "20", "--hidden", "6"];
    let (files, text) = NER.same_whatever_the_threads(&small);
    drawn(&files, &["f1", "tags"]);
    assert!(text.contains("both directions") && text.contains("each word's most frequent tag"), "{text}");
}

#[test]
fn sentences_of_ones_own_are_read_from_files() {
    let place = folder();
    let path = |name: &str| place.path().join(name).to_str().expect("UTF-8").to_owned();
    let rows = |count: usize| (0..count).map(|n| format!("Anna NN B-PER\nsaw NN O\n{n} NN O\n\n")).collect::<String>();
    fs::write(path("train"), rows(60)).expect("written");
    fs::write(path("test"), rows(9)).expect("written");
    let flags = ["--quick", "--updates", "30", "--train", &path("train"), "--test", &path("test")];
    let said = NER.run(place.path(), &flags).succeeded();
    assert!(said.contains("Entities in 9 test sentences of train"), "{said}");
    let answer = NER.answers(place.path(), &flags, "Anna saw McXyzzy.");
    let rows: Vec<&str> = answer.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows[0].contains("| both directions | left to right") && rows.len() == 5, "{answer}");
    assert!(
        rows[1].contains("| Anna ") && rows[1].contains(" B-PER 0.") && rows[3].contains("| McXyzzy* "),
        "{answer}"
    );
    assert!(answer.ends_with("read as <unk>\n"), "{answer}");
}

#[test]
fn what_are_no_tagged_sentences_is_refused_in_a_line_with_its_number() {
    let refused = |contents: &[u8], why| NER.refuses("--train", contents, why);
    refused(b"", "the file is empty");
    refused(b"Anna B-PER\nsaw O O\n", "line 2: the line has 3 columns, but line 1 has 2");
    refused(b"Anna B-PER\n\nsaw X\n", "line 3: the tag `X` is not O, B-type or I-type");
    refused(b"Anna B-PER\n\xff O\n", "line 2: byte 1 of the line is not UTF-8");
    refused(b"Anna O\nsaw O\n", "every tag is O");
    refused(b"Anna B-PER\nsaw O\n", "too few for training, validation and test; give more");
}

#[test]
fn a_test_file_alone_is_refused() {
    let line = NER.run(folder().path(), &["--test", "t.conll"]).refused();
    assert!(line.contains("--test needs --train"), "{line}");
}

#[test]
fn a_gradient_in_pieces_of_time_is_refused() {
    for flag in [["--bptt", "3,5"], ["--checkpoint-budget", "1MB"]] {
        let line = NER.run(folder().path(), &flag).refused();
        assert!(line.contains(" and one of the two networks reads from both ends"), "{line}");
    }
}
