//! The binary `chat` from outside.

mod support;

use support::{end, refused, same_files_whatever_the_threads};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chat");

#[test]
fn a_run_leaves_its_files_with_the_same_bytes_whatever_the_threads_and_answers_what_is_asked() {
    let small = ["--quick", "--updates", "8", "--hidden", "6", "--ask", "Who, [you]?", "--ask", "Xyzzy?"];
    let text = same_files_whatever_the_threads(PROGRAM, "chat", &small, &["attention"]);
    let asked = ["> Who, [you]?", "> Xyzzy?", "(never seen in training: xyzzy)"];
    assert!(asked.iter().all(|line| text.contains(line)), "{text}");
}

#[test]
fn pairs_of_ones_own_and_korean_are_learnt() {
    let place = tempfile::tempdir().expect("a place");
    let file = place.path().join("faq.tsv");
    std::fs::write(&file, "안녕?\t네!\nWho?\tMe.\n").expect("written");
    let out = place.path().join("out");
    let (file, out) = (file.to_str().expect("UTF-8"), out.to_str().expect("UTF-8"));
    for words in [["--pairs", file], ["--language", "korean"]] {
        let small = ["--quick", "--updates", "3", "--hidden", "4", "--out", out];
        let ended = end(PROGRAM, &[&small[..], &words[..]].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let without = ended.stdout.contains("No answer has three questions");
        assert_eq!(without, words[0] == "--pairs", "{}", ended.stdout);
    }
}

#[test]
fn what_is_no_file_of_pairs_is_refused_in_a_line_with_its_number() {
    let refused = |contents: &[u8], why| refused(PROGRAM, "--pairs", contents, why);
    refused(b"", "the file is empty");
    refused(b"a\tb\nc\td\te\n", "line 2: the line has 3 columns;");
    refused(b"\xff\tb\n", "line 1: byte 1 of the line is not UTF-8");
    refused(b"a\tb\nc\tb\n", "every answer is the same");
}

#[test]
fn an_empty_question_is_refused() {
    let ended = end(PROGRAM, &["--ask", " "]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("--ask: a question is empty"), "{}", ended.stderr);
}
