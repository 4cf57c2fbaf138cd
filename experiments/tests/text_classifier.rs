//! The binaries `sentiment` and `spam` from outside: what they write, print, answer and refuse.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Flags of a run that takes a second.
const SMALL: [&str; 11] =
    ["--quick", "--examples", "300", "--updates", "20", "--validate-every", "5", "--hidden", "6", "--embedding", "4"];
const STUDIES: [(&str, &str); 2] =
    [("sentiment", env!("CARGO_BIN_EXE_sentiment")), ("spam", env!("CARGO_BIN_EXE_spam"))];

fn small(binary: &str, out: &Path, flags: &[&str]) -> Output {
    let mut command = Command::new(binary);
    command.env_remove("NO_COLOR").env_remove("CI").env_remove("TERM").stdin(Stdio::null());
    command.args(SMALL).args(flags).arg("--out").arg(out).output().expect("it starts")
}

#[track_caller]
fn stdout(output: Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The one line of a refusal.
#[track_caller]
fn refused(output: &Output) -> String {
    let line = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{line}");
    assert!(line.starts_with("error: ") && line.lines().count() == 1, "{line}");
    line
}

/// The bytes of all results of the one run of `study` below `out`.
fn results(out: &Path, study: &str) -> BTreeMap<String, Vec<u8>> {
    let run = run_dir(out, study);
    let not = ["lock", "timing.jsonl", "environment.json", "command.txt", "log.txt"];
    let mut files = BTreeMap::new();
    for folder in [run.clone(), run.join("figures")] {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("readable").path();
            let name = path.strip_prefix(&run).expect("below").to_string_lossy().into_owned();
            if path.is_file() && !not.contains(&&*name) {
                files.insert(name, fs::read(path).expect("readable"));
            }
        }
    }
    files
}

fn run_dir(out: &Path, study: &str) -> PathBuf {
    let runs: Vec<_> = fs::read_dir(out.join(study)).expect("runs").map(|e| e.expect("readable").path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0].clone()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn a_run_has_the_same_bytes_with_any_threads_and_again() {
    for (study, binary) in STUDIES {
        let (one, two) = (folder(), folder());
        let text = stdout(small(binary, one.path(), &["--threads", "1"]));
        for word in ["bag of words", "95 % interval", "always `", "precision", "The rule", "against: ", "--quick"] {
            assert!(text.contains(word), "`{word}` is not in: {text}");
        }
        stdout(small(binary, two.path(), &["--threads", "2"]));
        let found = results(one.path(), study);
        assert!(found == results(two.path(), study), "{study}: other bytes with 2 threads");
        stdout(small(binary, two.path(), &["--force"]));
        assert!(found == results(two.path(), study), "{study}: other bytes again");
        for name in ["attribution", "attribution_integrated", "training", "test"] {
            assert!(
                found.contains_key(&format!("figures/{name}.png"))
                    && found.contains_key(&format!("figures/{name}.svg"))
            );
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
    let (_, binary) = STUDIES[0];
    stdout(small(binary, out.path(), &[]));
    let before = results(out.path(), "sentiment");
    let answers = |questions: &[&str]| {
        let flags: Vec<_> = questions.iter().flat_map(|q| ["--classify", q]).collect();
        let output = small(binary, out.path(), &flags);
        assert!(String::from_utf8_lossy(&output.stderr).contains("done before"));
        stdout(output)
    };
    let both = answers(&["The plot was not bad.", "- the xyzzy was dull"]);
    assert!(both.contains("P = 0.") && both.contains("| not ") && both.contains("| xyzzy* "), "{both}");
    assert!(both.contains("read as <unk>") && both.matches("P = ").count() == 2, "{both}");
    assert!(both.starts_with(&answers(&["The plot was not bad."])));
    assert!(before == results(out.path(), "sentiment"), "asking changes nothing");
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
    let text = stdout(small(STUDIES[1].1, out.path(), &["--train", paths[0], "--test", paths[1]]));
    assert!(
        text.contains("train.tsv, tested on test.tsv: 54 to train on, 6 to stop by, 30 to test on; 3 classes"),
        "{text}"
    );
    assert!(!text.contains("The rule"), "{text}");
    assert!(text.contains(" of the test texts are training texts, too"), "{text}");
    let other = stdout(small(STUDIES[1].1, out.path(), &["--train", paths[0], "--json"]));
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
        let line = refused(&small(STUDIES[0].1, out.path(), &["--train", &path(name)]));
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
        (&["--classify", "zzz yyy"], &["--classify: ", "no word of the"]),
        (&["--classify", " "], &["--classify: ", "no words"]),
        (&["--classify", "the plot", "--json"], &["--json"]),
        (&["--test-share", "0.9"], &["--test-share 0.9", "0.49"]),
    ];
    for (flags, words) in cases {
        let line = refused(&small(STUDIES[0].1, out.path(), flags));
        assert!(words.iter().all(|word| line.contains(word)), "{flags:?}: {line}");
    }
    assert!(!out.path().join("sentiment").exists(), "nothing was begun");
}
