//! Starting the binary, and looking at what it left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Flags of a run that takes half a second; a test may override each.
const SMALL: [(&str, &str); 10] = [
    ("--cells", "rnn,lstm"),
    ("--hidden", "4"),
    ("--seeds", "1"),
    ("--steps", "12"),
    ("--examples", "2"),
    ("--test-examples", "5"),
    ("--updates", "5"),
    ("--batch", "4"),
    ("--text-updates", "3"),
    ("--text-seeds", "1"),
];

/// How a process ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Ended {
    /// Its stdout, if it ended well.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    /// The last line it said, if it ended with `code` and neither panicked nor printed a result.
    #[track_caller]
    pub fn stopped(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked") && !self.stderr.contains("backtrace"), "{}", self.stderr);
        assert_eq!(self.stdout, "", "no result");
        self.stderr.lines().last().expect("it says why")
    }
}

/// The binary, without this process's settings about terminals.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vanishing_gradient"));
    command.env_remove("NO_COLOR").env_remove("CI").env_remove("TERM").env("RUST_BACKTRACE", "1");
    command.stdin(Stdio::null());
    command
}

/// The binary with `flags`, and with those of a small run that they leave open.
pub fn small(flags: &[&str]) -> Command {
    let mut command = binary();
    command.arg("--quick");
    for (flag, value) in SMALL {
        if !flags.contains(&flag) {
            command.args([flag, value]);
        }
    }
    command.args(flags);
    command
}

/// Runs `command` to its end.
pub fn end(mut command: Command) -> Ended {
    command.output().expect("it starts").into()
}

/// A small run with `flags` that writes below `out`, to its end.
pub fn run(out: &Path, flags: &[&str]) -> Ended {
    let mut command = small(flags);
    command.arg("--out").arg(out);
    end(command)
}

/// A finished small run: made once for all tests, kept in memory, and laid out anew for each that asks.
pub struct Finished {
    pub id: String,
    pub stdout: String,
    pub stderr: String,
    out: PathBuf,
    files: BTreeMap<String, Vec<u8>>,
}

impl Finished {
    pub fn get() -> &'static Self {
        static MADE: OnceLock<Finished> = OnceLock::new();
        MADE.get_or_init(|| {
            let out = folder();
            let Ended { stdout, stderr, .. } = run(out.path(), &[]).succeeded();
            let dir = run_dir(out.path());
            let contents = |(name, path)| (name, fs::read(path).expect("readable"));
            let files = files(&dir).into_iter().map(contents).collect();
            Self { id: id(&dir), stdout, stderr, out: out.path().into(), files }
        })
    }

    /// All its files.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Those of its files that are results.
    pub fn results(&self) -> BTreeMap<String, Vec<u8>> {
        let results = self.files.iter().filter(|(name, _)| is_result(name));
        results.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
    }

    /// Writes it below `out`; gives its run directory there.
    pub fn lay_out(&self, out: &Path) -> PathBuf {
        let run = out.join("vanishing_gradient").join(&self.id);
        for (name, bytes) in &self.files {
            let path = run.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, bytes).expect("written");
        }
        run
    }

    /// What it printed, had it run in `out`.
    pub fn stdout_in(&self, out: &Path) -> String {
        self.stdout.replace(&*self.out.to_string_lossy(), &out.to_string_lossy())
    }
}

/// What `--print-config` prints for a small run with `flags`.
pub fn config(flags: &[&str]) -> String {
    let mut command = small(flags);
    command.arg("--print-config");
    end(command).succeeded().stdout
}

/// A folder that goes away with the value.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The one run directory below `out`.
#[track_caller]
pub fn run_dir(out: &Path) -> PathBuf {
    let entries = fs::read_dir(out.join("vanishing_gradient")).expect("the study's folder");
    let runs: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0].clone()
}

/// The name of a run directory: the run's id.
pub fn id(run: &Path) -> String {
    run.file_name().expect("a name").to_str().expect("hexadecimal").into()
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

/// Whether a file is a result: all but the lock, the wall times and the environment are.
fn is_result(name: &str) -> bool {
    !["lock", "timing.jsonl", "environment.json", "command.txt", "log.txt"].contains(&name)
}

/// The bytes of every file of a run that is a result.
pub fn results(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = files(run);
    files.retain(|name, _| is_result(name));
    files.into_iter().map(|(name, path)| (name, fs::read(path).expect("readable"))).collect()
}

/// Says which files differ, and not how: they are long.
#[track_caller]
pub fn assert_same(left: &BTreeMap<String, Vec<u8>>, right: &BTreeMap<String, Vec<u8>>) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    let differing: Vec<_> = left.keys().filter(|name| left[*name] != right[*name]).collect();
    assert!(differing.is_empty(), "other bytes in {differing:?}");
}
