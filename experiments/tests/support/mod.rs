//! Starting a study's binary, and looking at what it left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How a process ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `program` with these words to its end.
pub fn end(program: &str, words: &[&str]) -> Ended {
    let mut command = Command::new(program);
    command.env_remove("NO_COLOR").env_remove("CI").env_remove("TERM").stdin(Stdio::null()).args(words);
    let output = command.output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The files of the only run in `out` by their path below it, but for those that say how, when and by which process it ran.
pub fn files(out: &Path, study: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut runs = fs::read_dir(out.join(study)).expect("it made a directory");
    let root = runs.next().expect("a run").expect("readable").path();
    assert!(runs.next().is_none(), "one run");
    let (mut found, mut open) = (BTreeMap::new(), vec![root.clone()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("readable").flatten() {
            let path = entry.path();
            let of_the_run = ["timing.jsonl", "environment.json", "command.txt", "log.txt", "lock"];
            if path.is_dir() {
                open.push(path);
            } else if !of_the_run.contains(&path.file_name().and_then(|n| n.to_str()).unwrap_or("")) {
                let bytes = fs::read(&path).expect("readable");
                found.insert(path.strip_prefix(&root).expect("below the root").to_owned(), bytes);
            }
        }
    }
    found
}

/// Runs a small run with one thread, with two, and again with `--force`: the files have the same bytes each time, and the
/// named figures are there. Returns what was printed.
pub fn same_files_whatever_the_threads(program: &str, study: &str, small: &[&str], figures: &[&str]) -> String {
    let places = [tempfile::tempdir().expect("a place"), tempfile::tempdir().expect("a place")];
    let run = |place: &Path, more: &[&str]| {
        let out = place.to_str().expect("UTF-8");
        let ended = end(program, &[small, &["--out", out], more].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        (files(place, study), ended.stdout)
    };
    let (one, text) = run(places[0].path(), &["--threads", "1"]);
    let (two, _) = run(places[1].path(), &["--threads", "2"]);
    let (again, _) = run(places[0].path(), &["--threads", "2", "--force"]);
    for figure in figures {
        for kind in ["png", "svg", "csv"] {
            let name = PathBuf::from(format!("figures/{figure}.{kind}"));
            assert!(one.get(&name).is_some_and(|bytes| !bytes.is_empty()), "{}", name.display());
        }
    }
    for (name, bytes) in &one {
        assert!(two.get(name) == Some(bytes) && again.get(name) == Some(bytes), "{} differs", name.display());
    }
    assert_eq!((one.len(), one.len()), (two.len(), again.len()));
    text
}

/// Runs the program on a file of `contents` given to `flag`: it is refused with code 2, in one line that holds `why`, and
/// leaves nothing.
pub fn refused(program: &str, flag: &str, contents: &[u8], why: &str) {
    let place = tempfile::tempdir().expect("a place");
    let file = place.path().join("mine.txt");
    fs::write(&file, contents).expect("written");
    let out = place.path().join("out");
    let words = ["--quick", "--out", out.to_str().expect("UTF-8"), flag, file.to_str().expect("UTF-8")];
    let ended = end(program, &words);
    assert_eq!(ended.code, Some(2), "{why}: {}", ended.stderr);
    assert!(ended.stderr.lines().count() == 1 && ended.stderr.contains(why), "{why}: {}", ended.stderr);
    assert!(ended.stdout.is_empty() && !out.exists(), "{why}: it left something");
}
