//! Where and with what a run was made: a file of its own, so that results compare bit by bit.

use serde::Serialize;

/// Version, machine and command of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Environment {
    version: &'static str,
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
            version: env!("CARGO_PKG_VERSION"),
            debug_assertions: cfg!(debug_assertions),
            target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
            processor: processor.unwrap_or_else(|| "unknown".into()),
            cores: cores(),
            threads,
            command: std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect(),
        }
    }
}

/// How many threads this machine runs at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
