//! The program `chat`, as a user starts it.

use std::fs;

use super::program::{Program, drawn, folder};

const CHAT: Program = Program { path: env!("CARGO_BIN_EXE_chat"), name: "chat" };

#[test]
fn a_run_leaves_its_files_with_the_same_bytes_whatever_the_threads() {
    let (files, text) = CHAT.same_whatever_the_threads(&["--quick", "--updates", "8", "--hidden", "6"]);
    drawn(&files, &["attention"]);
    assert!(text.contains("  > I feel very sad.\n"), "{text}");
}

#[test]
fn pairs_of_ones_own_and_korean_are_learnt_and_asked() {
    let place = folder();
    let file = place.path().join("faq.tsv");
    fs::write(&file, "안녕?\t네!\nWho?\tMe.\n").expect("written");
    let file = file.to_str().expect("UTF-8");
    for words in [["--pairs", file], ["--language", "korean"]] {
        let small = ["--quick", "--updates", "3", "--hidden", "4"];
        let said = CHAT.run(place.path(), &[&small[..], &words[..]].concat()).succeeded();
        assert_eq!(said.contains("No answer has three questions"), words[0] == "--pairs", "{said}");
        let answer = CHAT.answers(place.path(), &[&small[..], &words[..]].concat(), "Xyzzy");
        assert!(answer.contains(", read as <unk>: ") && answer.lines().count() <= 3, "{answer}");
    }
}

#[test]
fn what_is_no_file_of_pairs_is_refused_in_a_line_with_its_number() {
    let refused = |contents: &[u8], why| CHAT.refuses("--pairs", contents, why);
    refused(b"", "the file is empty");
    refused(b"a\tb\nc\td\te\n", "line 2: the line has 3 columns;");
    refused(b"\xff\tb\n", "line 1: byte 1 of the line is not UTF-8");
    refused(b"a\tb\nc\tb\n", "every answer is the same");
}
