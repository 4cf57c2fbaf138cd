//! The programs `sentiment` and `spam`, as a user starts them.

use std::fs;
use std::path::Path;

use super::program::{Ended, Program, folder};

/// Flags of a run that takes a second.
const SMALL: [&str; 11] =
    ["--quick", "--examples", "300", "--updates", "20", "--validate-every", "5", "--hidden", "6", "--embedding", "4"];
const SENTIMENT: Program = Program { path: env!("CARGO_BIN_EXE_sentiment"), name: "sentiment" };
const SPAM: Program = Program { path: env!("CARGO_BIN_EXE_spam"), name: "spam" };

fn small(program: &Program, out: &Path, flags: &[&str]) -> Ended {
    program.run(out, &[&SMALL[..], flags].concat())
}

#[test]
fn a_run_has_the_same_bytes_with_any_threads_and_again() {
    for program in [SENTIMENT, SPAM] {
        let (found, text) = program.same_whatever_the_threads(&SMALL);
        for word in ["bag of words", "95 % interval", "always `", "precision", "The rule", "against: ", "--quick"] {
            assert!(text.contains(word), "`{word}` is not in: {text}");
        }
        for name in ["attribution", "attribution_integrated", "training", "test"] {
            let is_there = |kind| found.contains_key(&format!("figures/{name}.{kind}"));
            assert!(is_there("png") && is_there("svg"), "{name}");
        }
        let csv = |name: &str| String::from_utf8(found[name].clone()).expect("UTF-8");
        assert_eq!(csv("predictions.csv").lines().count(), 61, "a fifth of 300");
        let right =
            csv("figures/accuracy.csv").lines().nth(1).expect("the network's").split(',').nth(2).map(str::to_owned);
        let hits = csv::Reader::from_reader(csv("predictions.csv").as_bytes())
            .records()
            .filter(|row| row.as_ref().is_ok_and(|row| row[0] == row[1]))
            .count();
        // The network's name holds a comma, so its cell is quoted and `right` one further.
        assert_eq!(right, Some(hits.to_string()), "the accuracy is that of the predictions");
    }
}

#[test]
fn a_trained_network_answers_without_training_again() {
    let out = folder();
    let (place, flags) = (out.path(), &SMALL);
    small(&SENTIMENT, place, &[]).succeeded();
    let one = SENTIMENT.answers(place, flags, "The plot was not bad.");
    assert!(one.contains("P = 0.") && one.contains("| not ") && !one.contains('*'), "{one}");
    let both = small(&SENTIMENT, place, &["--ask", "The plot was not bad.", "--ask=- the xyzzy was dull"]).succeeded();
    let (first, second) = both.split_at(one.len());
    assert!(first == one && second.starts_with('\n') && second.contains("| xyzzy* "), "{both}");
    assert!(second.contains("read as <unk>"), "{both}");

    // Every line that can be answered is, whatever stands in the others.
    let long = "dull ".repeat(2_000_000);
    let lines = [b"zzz\n\n\xff\n\x1b[2J\n", long.as_bytes(), b"\nThe plot was not bad.\r\n\x00"].concat();
    let (printed, said) = SENTIMENT.reading(&lines, place, &[&flags[..], &["--ask", "-"]].concat()).with_code(2);
    assert_eq!(printed, one);
    for (line, why) in [
        (1, "no word of the "),
        (3, "byte 1 of the line is not UTF-8"),
        (4, "the control character \\u{1b}"),
        (5, "longer than 32768 bytes"),
        (7, "the control character \\u{0}"),
    ] {
        assert!(said.contains(&format!("error: line {line}: ")) && said.contains(why), "{said}");
    }
    assert!(said.ends_with("error: 5 of 6 questions have no answer\n"), "{said}");
    let (printed, said) = small(&SENTIMENT, place, &["--ask", "zzz yyy"]).with_code(2);
    assert!(printed.is_empty() && said.contains("error: --ask: no word of the "), "{said}");

    let model = SENTIMENT.run_dir(place).join("model.safetensors");
    fs::write(model, "damaged").expect("written");
    let (printed, said) = small(&SENTIMENT, place, &["--ask", "the plot"]).with_code(2);
    assert!(printed.is_empty() && said.lines().count() == 1 && said.contains("model.safetensors: "), "{said}");
}

/// A file of 60 examples whose class is its first word.
fn examples(classes: &[&str]) -> String {
    (0..60).map(|i| format!("{0}\t{0}ly number {i} is so\n", classes[i % classes.len()])).collect()
}

#[test]
fn a_users_own_files_are_read_and_three_classes_are_no_matter() {
    let out = folder();
    let (train, test) = (out.path().join("train.tsv"), out.path().join("test.tsv"));
    fs::write(&train, examples(&["red", "green", "blue"])).expect("written");
    // All of the test is in the file to train on, but what was cut off to stop by.
    fs::write(&test, examples(&["red", "green", "blue"]).lines().take(30).collect::<Vec<_>>().join("\n"))
        .expect("written");
    let paths = [train.to_str().expect("UTF-8"), test.to_str().expect("UTF-8")];
    let own = ["--train", paths[0], "--test", paths[1], "--longest", "4"];
    let text = small(&SPAM, out.path(), &own).succeeded();
    assert!(
        text.contains("train.tsv, tested on test.tsv: 54 to train on, 6 to stop by, 30 to test on; 3 classes"),
        "{text}"
    );
    assert!(!text.contains("The rule"), "{text}");
    assert!(text.contains(" of the test texts are training texts, too"), "{text}");
    let answer = SPAM.answers(out.path(), &[&SMALL[..], &own].concat(), "redly xyzzy is so long");
    assert!(answer.contains("| xyzzy* ") && answer.contains(" P = 0.") && !answer.contains("long"), "{answer}");
    assert!(answer.ends_with("\nthe first 4 of 5 tokens are read\n"), "{answer}");
    let other = small(&SPAM, out.path(), &["--train", paths[0], "--json"]).succeeded();
    assert!(other.contains("\"majority_accuracy\""), "{other}");
}

#[test]
fn what_is_no_example_is_refused_in_one_line() {
    let out = folder();
    let path = |name: &str| out.path().join(name).to_str().expect("UTF-8").to_owned();
    let swapped: String = (0..40).map(|i| format!("text number {i}\tlabel {i}\n")).collect();
    let files: [(&str, &[u8], &str); 9] = [
        ("empty.tsv", b"", "empty"),
        ("one.tsv", b"a\tx\na\ty\n", "every label is `a`"),
        ("latin.tsv", b"a\tx\nb\tna\xefve\n", "line 2: byte 5 of the line is not UTF-8"),
        ("ragged.tsv", b"a\tx\nb\ty\tz\n", "line 2: the line has 3 columns"),
        ("bare.tsv", b"a\tx\nno tab\n", "line 2: the line has 1 column;"),
        ("few.tsv", b"a\tx\nb\ty\n", "too few"),
        ("nul.tsv", b"a\tx\nb\t\0\n", "NUL"),
        ("swapped.tsv", swapped.as_bytes(), "no classes"),
        ("rare.tsv", b"a\tc\nb\td\na\te\nb\tf\na\tg\nb\th\na\ti\nb\tj\na\tk\nb\tl\n", "--at-least"),
    ];
    for (name, bytes, why) in files {
        fs::write(path(name), bytes).expect("written");
        let line = small(&SENTIMENT, out.path(), &["--train", &path(name)]).refused();
        assert!(line.contains("--train: ") && line.contains(why), "{name}: {line}");
    }
    fs::write(path("good.tsv"), examples(&["red", "green"])).expect("written");
    fs::write(path("other.tsv"), "red\tx\nblack\ty\n").expect("written");
    let good = path("good.tsv");
    let cases: [(&[&str], &[&str]); 9] = [
        (&["--train", &path("nowhere.tsv")], &["--train", "nowhere.tsv", "No such file"]),
        (&["--test", &good], &["--test needs --train"]),
        (&["--train", &good, "--test", &path("other.tsv")], &["--test: ", "`black`"]),
        (&["--train", &good, "--test", &path("empty.tsv")], &["--test: ", "empty"]),
        (&["--cell", "lsmt"], &["--cell", "`lsmt`", "did you mean `lstm`"]),
        (&["--ask", " "], &["--ask: ", "the question is empty"]),
        (&["--ask", "the plot", "--json"], &["--ask", "--json"]),
        (&["--ask", "--force"], &["--ask", "--force"]),
        (&["--test-share", "0.9"], &["--test-share 0.9", "0.49"]),
    ];
    for (flags, words) in cases {
        let line = small(&SENTIMENT, out.path(), flags).refused();
        assert!(words.iter().all(|word| line.contains(word)), "{flags:?}: {line}");
    }
    assert!(!out.path().join("sentiment").exists(), "nothing was begun");
}
