//! Starting a program of ours, and looking at what it left.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A binary and its study's name.
pub struct Program {
    pub path: &'static str,
    pub name: &'static str,
}

/// How a process ended.
pub struct Ended(Output);

impl Program {
    /// Runs it with `flags` and `out` as the output place, to its end.
    pub fn run(&self, out: &Path, flags: &[&str]) -> Ended {
        Ended(self.command().args(flags).arg("--out").arg(out).output().expect("it starts"))
    }

    /// The same with `input` on standard input.
    pub fn reading(&self, input: &[u8], out: &Path, flags: &[&str]) -> Ended {
        let mut command = self.command();
        command.args(flags).arg("--out").arg(out).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        // One that does not read to the end is no fault of the input.
        let _ = child.stdin.take().expect("piped").write_all(input);
        Ended(child.wait_with_output().expect("it ends"))
    }

    /// Asks the run of `flags`, which is finished: by a flag, on standard input and at a prompt it answers the same, which is
    /// returned, and the run stays as it is. Where there is none, the command that trains it is named, and nothing is made.
    #[track_caller]
    pub fn answers(&self, out: &Path, flags: &[&str], question: &str) -> String {
        let with = |more: &[&'static str]| [flags, more].concat();
        let kept = || {
            let mut files = files(&out.join(self.name));
            files.retain(|name, _| !name.ends_with("/lock"));
            files.into_iter().map(|(name, path)| (name, fs::read(path).expect("readable"))).collect::<BTreeMap<_, _>>()
        };
        let before = kept();
        let ended = self.run(out, &[flags, &["--ask", question]].concat());
        let notice = ended.said();
        let (whose, how) = notice.split_once(", trained with ").expect("a notice");
        assert!(whose.starts_with("answers of ") && how.starts_with("--") && how.lines().count() == 1, "{notice}");
        let answer = ended.succeeded();
        let lines = format!("{question}\n\n");
        assert_eq!(self.reading(lines.as_bytes(), out, &with(&["--ask", "-"])).succeeded(), answer);
        assert_eq!(self.reading((lines + "not read\n").as_bytes(), out, &with(&["--ask"])).succeeded(), answer);
        assert!(before == kept(), "asking changes nothing");

        let nowhere = folder();
        let line = self.run(nowhere.path(), &[flags, &["--ask", question]].concat()).refused();
        let training = format!("this trains one: {} {} --out ", self.path, flags.join(" "));
        assert!(line.contains("no run of these settings is finished in ") && line.contains(&training), "{line}");
        assert!(!nowhere.path().join(self.name).exists(), "nothing was begun");
        answer
    }

    /// The binary, without this process's settings about terminals.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.path);
        command.env_remove("NO_COLOR").env_remove("CI").env_remove("TERM").stdin(Stdio::null());
        command
    }

    /// The one run directory below `out`.
    #[track_caller]
    pub fn run_dir(&self, out: &Path) -> PathBuf {
        let entries = fs::read_dir(out.join(self.name)).expect("the study's folder");
        let runs: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs[0].clone()
    }

    /// Runs it with `flags` and one thread, with two, and again: the results have the same bytes each time. They are returned
    /// with what was printed.
    #[track_caller]
    pub fn same_whatever_the_threads(&self, flags: &[&str]) -> (BTreeMap<String, Vec<u8>>, String) {
        let places = [folder(), folder()];
        let run = |place: &TempDir, more: &[&str]| {
            let said = self.run(place.path(), &[flags, more].concat()).succeeded();
            (results(&self.run_dir(place.path())), said)
        };
        let (files, said) = run(&places[0], &["--threads", "1"]);
        for (place, more, why) in [
            (&places[1], &["--threads", "2"][..], "with other threads"),
            (&places[0], &["--threads", "1", "--force"], "when run again"),
        ] {
            let (others, _) = run(place, more);
            assert!(files.keys().eq(others.keys()), "other files {why}: {:?} {:?}", files.keys(), others.keys());
            for (name, bytes) in &files {
                assert!(bytes == &others[name], "{}: {name} has other bytes {why}", self.name);
            }
        }
        (files, said)
    }

    /// Gives it a file of `contents` by `flag`: it is refused with a line that holds `why`, and leaves nothing.
    #[track_caller]
    pub fn refuses(&self, flag: &str, contents: &[u8], why: &str) {
        let place = folder();
        let file = place.path().join("mine.txt");
        fs::write(&file, contents).expect("written");
        let line = self.run(place.path(), &["--quick", flag, file.to_str().expect("UTF-8")]).refused();
        assert!(line.contains(&format!("{flag}: ")) && line.contains(why), "{why}: {line}");
        assert!(!place.path().join(self.name).exists(), "{why}: it left something");
    }
}

impl Ended {
    /// What it said on stderr.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// What it printed, if it ended well.
    #[track_caller]
    pub fn succeeded(self) -> String {
        let said = self.said();
        assert_eq!(self.0.status.code(), Some(0), "{said}");
        String::from_utf8(self.0.stdout).expect("output is UTF-8")
    }

    /// What it printed and what it said, if it ended with this code.
    #[track_caller]
    pub fn with_code(self, code: i32) -> (String, String) {
        let said = self.said();
        assert_eq!(self.0.status.code(), Some(code), "{said}");
        (String::from_utf8(self.0.stdout).expect("output is UTF-8"), said)
    }

    /// The one line it said, if it was refused without a word on stdout.
    #[track_caller]
    pub fn refused(self) -> String {
        let said = self.said();
        assert_eq!(self.0.status.code(), Some(2), "{said}");
        assert!(self.0.stdout.is_empty() && said.lines().count() == 1, "{said}");
        said
    }

    /// The last line it said, if its training diverged.
    #[track_caller]
    pub fn diverged(self) -> String {
        let said = self.said();
        assert_eq!(self.0.status.code(), Some(3), "{said}");
        said.lines().last().expect("a line").to_owned()
    }
}

/// A folder that goes away with the value.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Whether each figure is there, drawn and in numbers.
#[track_caller]
pub fn drawn(files: &BTreeMap<String, Vec<u8>>, figures: &[&str]) {
    for figure in figures {
        for kind in ["png", "svg", "csv"] {
            let name = format!("figures/{figure}.{kind}");
            assert!(files.get(&name).is_some_and(|bytes| !bytes.is_empty()), "{name}");
        }
    }
}

/// Every file below `folder` by its relative path.
pub fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().replace('\\', "/");
                files.insert(name, path);
            }
        }
    }
    files
}

/// Whether a file is a result: all but the lock, the wall times, the environment and what names them are.
pub fn is_result(name: &str) -> bool {
    !name.contains("events.out.tfevents.")
        && !["lock", "timing.jsonl", "environment.json", "command.txt", "log.txt"].contains(&name)
}

/// The bytes of every file of a run that is a result.
pub fn results(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = files(run);
    files.retain(|name, _| is_result(name));
    files.into_iter().map(|(name, path)| (name, fs::read(path).expect("readable"))).collect()
}
