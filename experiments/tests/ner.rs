//! The binary `ner` from outside.

mod support;

use support::{end, refused, same_files_whatever_the_threads};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ner");

#[test]
fn a_run_leaves_its_files_with_the_same_bytes_whatever_the_threads() {
    let small = ["--quick", "--updates", "8", "--sentences", "60", "--test-sentences", "20", "--hidden", "6"];
    let text = same_files_whatever_the_threads(PROGRAM, "ner", &small, &["f1", "tags"]);
    assert!(text.contains("both directions") && text.contains("each word's most frequent tag"), "{text}");
}

#[test]
fn sentences_of_ones_own_are_read_from_files() {
    let place = tempfile::tempdir().expect("a place");
    let path = |name: &str| place.path().join(name).to_str().expect("UTF-8").to_owned();
    let rows = |count: usize| (0..count).map(|n| format!("Anna NN B-PER\nsaw NN O\n{n} NN O\n\n")).collect::<String>();
    std::fs::write(path("train"), rows(60)).expect("written");
    std::fs::write(path("test"), rows(9)).expect("written");
    let (train, test, out) = (path("train"), path("test"), path("out"));
    let words = ["--quick", "--updates", "30", "--train", &train, "--test", &test, "--out", &out];
    let ended = end(PROGRAM, &words);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("Entities in 9 test sentences of train"), "{}", ended.stdout);
}

#[test]
fn what_are_no_tagged_sentences_is_refused_in_a_line_with_its_number() {
    let refused = |contents: &[u8], why| refused(PROGRAM, "--train", contents, why);
    refused(b"", "the file is empty");
    refused(b"Anna B-PER\nsaw O O\n", "line 2: the line has 3 columns, but line 1 has 2");
    refused(b"Anna B-PER\n\nsaw X\n", "line 3: the tag `X` is not O, B-type or I-type");
    refused(b"Anna B-PER\n\xff O\n", "line 2: byte 1 of the line is not UTF-8");
    refused(b"Anna O\nsaw O\n", "every tag is O");
    refused(b"Anna B-PER\nsaw O\n", "too few for training, validation and test; give more");
}

#[test]
fn a_test_file_alone_is_refused() {
    let ended = end(PROGRAM, &["--test", "t.conll"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("--test needs --train"), "{}", ended.stderr);
}
