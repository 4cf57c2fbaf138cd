//! Signals, and two processes at once.
#![cfg(unix)]

use std::cell::OnceCell;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::support::{Ended, files, folder, run, run_dir, small};

/// Only a program that hangs meets this.
const LIMIT: Duration = Duration::from_secs(120);

/// A run that never ends by itself, though its trainings on text are soon done: each training has a thread.
const ENDLESS: [&str; 4] = ["--updates", "100000000", "--threads", "4"];

/// A process that does not outlive the test.
struct Running(Option<Child>);

impl Running {
    /// Starts it, and waits until it is at work: from then on it answers signals.
    fn start(out: &Path, flags: &[&str]) -> Self {
        Self::start_ignoring(&[], out, flags)
    }

    /// The same, with these signals ignored.
    fn start_ignoring(ignored: &'static [i32], out: &Path, flags: &[&str]) -> Self {
        let written = || files(out).into_iter().find(|(name, _)| name.ends_with("/environment.json"));
        if let Some((_, of_an_earlier_one)) = written() {
            fs::remove_file(of_an_earlier_one).expect("removed");
        }
        let mut running = Self::spawn(ignored, out, flags);
        running.until("it writes its environment", || written().is_some());
        running
    }

    /// Starts it with these signals ignored, and no others, however this process was started.
    fn spawn(ignored: &'static [i32], out: &Path, flags: &[&str]) -> Self {
        let mut command = small(flags);
        command.arg("--out").arg(out).stdout(Stdio::piped()).stderr(Stdio::piped());
        let dispose = move || {
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
                let how = if ignored.contains(&signal) { libc::SIG_IGN } else { libc::SIG_DFL };
                // SAFETY: neither runs code of ours.
                if unsafe { libc::signal(signal, how) } == libc::SIG_ERR {
                    return Err(io::Error::last_os_error());
                }
            }
            Ok(())
        };
        // SAFETY: between fork and exec, `signal` is among what may be called.
        unsafe { command.pre_exec(dispose) };
        Self(Some(command.spawn().expect("it starts")))
    }

    fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("running")
    }

    /// Waits until `happened`, while it runs.
    #[track_caller]
    fn until(&mut self, what: &str, happened: impl Fn() -> bool) {
        let start = Instant::now();
        while !happened() {
            assert_eq!(self.child().try_wait().expect("a state"), None, "it ended before: {what}");
            assert!(start.elapsed() < LIMIT, "never happened: {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn signal(&mut self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.child().id().to_string()]).status();
        assert!(sent.expect("kill starts").success());
    }

    /// How it ended.
    #[track_caller]
    fn end(mut self) -> Ended {
        let start = Instant::now();
        while self.child().try_wait().expect("a state").is_none() {
            assert!(start.elapsed() < LIMIT, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.0.take().expect("running").wait_with_output().expect("output").into()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// How many trainings are finished below `out`.
fn finished(out: &Path) -> usize {
    files(out).keys().filter(|name| name.contains("/units/") && name.ends_with("/unit.manifest.json")).count()
}

#[test]
fn an_interrupted_run_keeps_what_is_finished_and_goes_on() {
    let out = folder();
    for (signal, before) in [("INT", 0), ("TERM", 2)] {
        let mut running = Running::start(out.path(), &ENDLESS);
        running.until("both trainings on text are finished", || finished(out.path()) == 2);
        running.signal(signal);
        let ended = running.end();
        let line = ended.stopped(130);
        assert!(line.starts_with("interrupted: 2 of 4 trainings are kept"), "{line}");
        assert!(line.contains("the same command goes on"), "{line}");
        assert!(ended.stderr.contains(&format!("{before} of 4 trainings kept from before")), "{}", ended.stderr);
        let left = files(&run_dir(out.path()));
        assert!(left.keys().all(|name| !name.ends_with(".tmp")), "{left:?}");
        assert!(!left.contains_key("report.txt") && left.contains_key("units/france-lstm-seed1/last.ckpt"));
    }
}

#[test]
fn signals_that_were_ignored_before_it_started_stay_ignored() {
    let out = folder();
    let flags = [&ENDLESS[..], &["--checkpoint-every", "20"]].concat();
    let mut running = Running::start_ignoring(&[libc::SIGHUP, libc::SIGINT], out.path(), &flags);
    let checkpoint = run_dir(out.path()).join("units/france-lstm-seed1/last.ckpt");
    let which = || fs::metadata(&checkpoint).ok().map(|file| (file.ino(), file.mtime(), file.mtime_nsec()));
    running.until("it writes a checkpoint", || which().is_some());
    running.signal("HUP");
    running.signal("INT");
    // One that heard would write one more, and end.
    for _ in 0..4 {
        let before = which();
        running.until("it writes another checkpoint", || which().is_some_and(|now| Some(now) != before));
    }
    running.signal("TERM");
    running.end().stopped(130);
}

#[test]
fn two_signals_at_once_are_one_and_a_checkpoint_is_kept() {
    let out = folder();
    let mut running = Running::start(out.path(), &ENDLESS);
    running.until("the trainings on text are finished", || finished(out.path()) == 2);
    // It finds both when it goes on.
    for signal in ["STOP", "TERM", "HUP", "CONT"] {
        running.signal(signal);
    }
    let ended = running.end();
    assert!(ended.stopped(130).starts_with("interrupted: 2 of 4 trainings are kept"), "{}", ended.stderr);
    assert!(run_dir(out.path()).join("units/france-lstm-seed1/last.ckpt").exists());
}

#[test]
fn it_ends_while_it_waits_for_its_input() {
    let here = folder();
    let (out, fifo) = (here.path().join("out"), here.path().join("text"));
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo starts").success());
    let mut running = Running::spawn(&[], &out, &["--text", fifo.to_str().expect("UTF-8")]);
    // Held, or its text would end. It opens once there is a reader.
    let writer = OnceCell::new();
    let open = || fs::File::options().write(true).custom_flags(libc::O_NONBLOCK).open(&fifo);
    running.until("it opens the text", || open().is_ok_and(|file| writer.set(file).is_ok()));
    running.signal("TERM");
    assert_eq!(running.end().stopped(130), "interrupted: nothing was begun yet");
    assert!(!out.exists());
}

#[test]
fn it_ends_while_it_measures() {
    let out = folder();
    let flags = ["--updates", "1", "--test-examples", "1000000", "--threads", "4"];
    let mut running = Running::start(out.path(), &flags);
    let models = |cell: &str| run_dir(out.path()).join(format!("units/france-{cell}-seed1/model.safetensors")).exists();
    running.until("all is trained", || models("rnn") && models("lstm") && finished(out.path()) == 2);
    running.signal("TERM");
    assert_eq!(running.end().stopped(130), "interrupted: the same command goes on from what is kept");
}

#[test]
fn a_second_process_on_the_same_run_is_refused() {
    let out = folder();
    let mut running = Running::start(out.path(), &ENDLESS);
    running.until("the trainings on text are finished", || finished(out.path()) == 2);
    for more in [None, Some("--force")] {
        let second = run(out.path(), &ENDLESS.into_iter().chain(more).collect::<Vec<_>>());
        let line = second.stopped(2);
        assert!(line.contains("another process") && second.stderr.lines().count() == 1, "{}", second.stderr);
        assert_eq!(finished(out.path()), 2, "the first one's work is untouched");
    }
    running.signal("INT");
    running.end().stopped(130);
}

#[test]
fn litter_of_a_killed_process_is_in_nobodys_way() {
    let out = folder();
    let mut running = Running::start(out.path(), &ENDLESS);
    running.until("a training is finished", || finished(out.path()) > 0);
    running.signal("KILL");
    assert_eq!(running.end().code, None);
    let dir = run_dir(out.path());
    fs::write(dir.join("units/france-rnn-seed1/.last.ckpt.tmp"), "half a fi").expect("written");
    fs::write(dir.join(".report.txt.tmp"), "half a fi").expect("written");
    let mut running = Running::start(out.path(), &ENDLESS);
    running.until("the trainings on text are finished", || finished(out.path()) == 2);
    running.signal("INT");
    assert!(running.end().stopped(130).contains("2 of 4 trainings are kept"));
}
