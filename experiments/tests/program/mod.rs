//! Starting a program of ours, and looking at what it left.

use std::collections::BTreeMap;
use std::fs;
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
        let mut command = Command::new(self.path);
        command.env_remove("NO_COLOR").env_remove("CI").env_remove("TERM").stdin(Stdio::null());
        Ended(command.args(flags).arg("--out").arg(out).output().expect("it starts"))
    }

    /// The one run directory below `out`.
    #[track_caller]
    pub fn run_dir(&self, out: &Path) -> PathBuf {
        let entries = fs::read_dir(out.join(self.name)).expect("the study's folder");
        let runs: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs[0].clone()
    }
}

impl Ended {
    /// What it printed, if it ended well.
    #[track_caller]
    pub fn succeeded(self) -> String {
        let said = String::from_utf8_lossy(&self.0.stderr);
        assert_eq!(self.0.status.code(), Some(0), "{said}");
        String::from_utf8(self.0.stdout).expect("output is UTF-8")
    }

    /// The one line it said, if it was refused without a word on stdout.
    #[track_caller]
    pub fn refused(self) -> String {
        let said = String::from_utf8_lossy(&self.0.stderr).into_owned();
        assert_eq!(self.0.status.code(), Some(2), "{said}");
        assert!(self.0.stdout.is_empty() && said.lines().count() == 1, "{said}");
        said
    }
}

/// A folder that goes away with the value.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The bytes of every file of a run that is a result: all but the lock, the wall times, the environment and what names them.
pub fn results(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![run.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(run).expect("below").to_string_lossy().replace('\\', "/");
            if !["lock", "timing.jsonl", "environment.json", "command.txt", "log.txt"].contains(&&*name) {
                files.insert(name, fs::read(path).expect("readable"));
            }
        }
    }
    files
}
