//! Starting the binary, and looking at what it left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use experiments::hash::long_hash;

use crate::program::Program;
pub use crate::program::{files, folder, is_result, results};

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

/// The program.
const PROGRAM: Program = Program { path: env!("CARGO_BIN_EXE_vanishing_gradient"), name: "vanishing_gradient" };

/// The binary, which says where it panics.
pub fn binary() -> Command {
    let mut command = PROGRAM.command();
    command.env("RUST_BACKTRACE", "1");
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

/// Makes a manifest one that another version wrote, and gives the version that wrote it.
pub fn by_another_version(manifest: &Path) -> String {
    let text = fs::read_to_string(manifest).expect("readable");
    let word = |after: &str| {
        let from = text.find(after).expect("there") + after.len();
        text[from..].split('"').nth(1).expect("a word").to_owned()
    };
    let (version, seal) = (word("\"versions\": ["), word("\"seal\":"));
    let unsealed = text.replace(&seal, "").replace(&version, "0.0.9 (other)");
    let seal = long_hash(unsealed.as_bytes());
    fs::write(manifest, unsealed.replace("\"seal\": \"\"", &format!("\"seal\": \"{seal}\""))).expect("written");
    version
}

/// What `--print-config` prints for a small run with `flags`.
pub fn config(flags: &[&str]) -> String {
    let mut command = small(flags);
    command.arg("--print-config");
    end(command).succeeded().stdout
}

/// The one run directory below `out`.
#[track_caller]
pub fn run_dir(out: &Path) -> PathBuf {
    PROGRAM.run_dir(out)
}

/// The name of a run directory: the run's id.
pub fn id(run: &Path) -> String {
    run.file_name().expect("a name").to_str().expect("hexadecimal").into()
}

/// Says which files differ, and not how: they are long.
#[track_caller]
pub fn assert_same(left: &BTreeMap<String, Vec<u8>>, right: &BTreeMap<String, Vec<u8>>) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    let differing: Vec<_> = left.keys().filter(|name| left[*name] != right[*name]).collect();
    assert!(differing.is_empty(), "other bytes in {differing:?}");
}
