//! Killed at any moment and started again, a run ends as if nothing had been.
#![cfg(unix)]

use std::process::Stdio;
use std::time::Duration;

use models::Draws;

use super::support::{Finished, assert_same, folder, results, run, run_dir, small};

/// `.ci/kill_runs` does the same a hundred times, with a longer run.
#[test]
fn a_run_that_is_killed_ten_times_over_ends_with_the_same_bytes() {
    let finished = Finished::get();
    let mut killed = 0;
    for session in 0..10u64 {
        let out = folder();
        let mut draws = Draws::at(session, "kill", &[]);
        for _ in 0..3 {
            let mut command = small(&["--checkpoint-every", "1"]);
            command.arg("--out").arg(out.path()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().expect("it starts");
            // Whatever it has come to by then: the test holds for every moment.
            std::thread::sleep(Duration::from_micros(draws.below(250_000) as u64));
            killed += usize::from(child.try_wait().expect("a state").is_none());
            let _ = child.kill();
            child.wait().expect("it ends");
        }
        let last = run(out.path(), &["--checkpoint-every", "1"]).succeeded();
        assert_eq!(last.stdout, finished.stdout_in(out.path()), "session {session}");
        assert_same(&results(&run_dir(out.path())), &finished.results());
    }
    eprintln!("{killed} of 30 starts were killed, the others had ended before");
}
