//! Where and with what a run was made: a file of its own, so that results compare bit by bit.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::hash::long_hash;

/// The version of this package, and the commit it was built from.
pub fn release() -> String {
    format!("{} ({})", env!("CARGO_PKG_VERSION"), env!("UNROLL_COMMIT"))
}

/// The version of this very program: the release, and a hash of the executable file, for a user's own cell or a changed line
/// is in no release. A run is gone on with by the program that began it.
pub fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        // The link leads to the file that runs, even if another one has its name by now.
        let here = std::fs::read("/proc/self/exe").or_else(|_| std::env::current_exe().and_then(std::fs::read));
        // Where a system does not tell, this start is like no other.
        let hash = here.map_or_else(|_| format!("of process {}", std::process::id()), |it| long_hash(&it)[..8].into());
        format!("{}, program {hash}", release())
    })
}

/// Version, machine and command of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Of the program; what another version computed is not taken.
    pub version: String,
    rustc: String,
    debug_assertions: bool,
    target: String,
    processor: String,
    cores: usize,
    threads: usize,
    command: Vec<String>,
}

impl Environment {
    /// This process, with `threads` worker threads.
    pub fn here(threads: usize) -> Self {
        let processor = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|info| {
            let line = info.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        Self {
            version: version().into(),
            rustc: env!("UNROLL_RUSTC").into(),
            debug_assertions: cfg!(debug_assertions),
            target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
            processor: processor.unwrap_or_else(|| "unknown".into()),
            cores: cores(),
            threads,
            command: std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect(),
        }
    }

    /// The command, quoted for a shell where it must be.
    pub fn command_line(&self) -> String {
        command_line(&self.command)
    }
}

/// These words, quoted for a shell where they must be.
pub(crate) fn command_line(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+".contains(c);
    let quoted = |word: &String| match !word.is_empty() && word.chars().all(plain) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// How many threads this machine runs at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
