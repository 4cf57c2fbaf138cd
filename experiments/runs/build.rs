//! Tells the program its commit and its compiler, for the records of its runs.

use std::path::Path;
use std::process::Command;

fn main() {
    let said = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // Outside of a repository, or without git, there is no commit to tell.
    let commit = said("git", &["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".into());
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    println!("cargo::rustc-env=UNROLL_COMMIT={commit}");
    println!("cargo::rustc-env=UNROLL_RUSTC={}", said(&rustc, &["--version"]).unwrap_or_else(|| "unknown".into()));
    println!("cargo::rerun-if-changed=build.rs");
    if let Some(log) = said("git", &["rev-parse", "--git-path", "logs/HEAD"]).filter(|log| Path::new(log).exists()) {
        println!("cargo::rerun-if-changed={log}");
    }
}
