//! Where output goes: nobody left to read it is no error, and no panic.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use super::support::{Finished, assert_same, binary, end, folder, results, run_dir, small};

fn small_in(out: &Path) -> Command {
    let mut command = small(&[]);
    command.arg("--out").arg(out);
    command
}

#[test]
fn a_reader_of_stdout_that_left_is_no_error() {
    let out = folder();
    let mut child = small_in(out.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("output");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.success() && !stderr.contains("panicked") && !stderr.contains("error"), "{stderr}");
    assert!(run_dir(out.path()).join("result.json").exists());
}

#[test]
fn a_reader_of_stderr_that_left_is_no_error() {
    let out = folder();
    let mut child = small_in(out.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stderr.take());
    let output = child.wait_with_output().expect("output");
    assert!(output.status.success(), "{}", output.status);
    assert!(String::from_utf8(output.stdout).expect("UTF-8").contains("| rnn "));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_stdout_is_exit_1_and_one_behind_stderr_changes_nothing() {
    let full = || File::options().write(true).open("/dev/full").expect("/dev/full");
    let out = folder();
    let mut command = small_in(out.path());
    command.stdout(full());
    let ended = end(command);
    assert!(ended.stopped(1).starts_with("error: writing to stdout: No space"), "{}", ended.stderr);
    assert!(run_dir(out.path()).join("result.json").exists(), "the results are kept");

    // Kept, so that now there is nothing to say but this.
    let mut command = small_in(out.path());
    command.stdout(full());
    let ended = end(command);
    ended.stopped(1);
    assert_eq!(ended.stderr.lines().count(), 2, "{}", ended.stderr);

    for (flags, code) in [(&[][..], 0), (&["--force"], 0), (&["--steps", "0"], 2)] {
        let mut command = small(flags);
        command.arg("--out").arg(out.path()).stdout(Stdio::null()).stderr(full());
        assert_eq!(command.status().expect("it starts").code(), Some(code), "{flags:?}");
    }
}

#[test]
fn settings_about_colours_and_terminals_change_nothing() {
    let finished = Finished::get();
    let out = folder();
    let mut command = small_in(out.path());
    command.envs([("NO_COLOR", "1"), ("TERM", "dumb"), ("CI", "true"), ("LANG", "C"), ("COLUMNS", "20")]);
    command.env("LC_ALL", "POSIX").env("TZ", "Antarctica/Troll").env_remove("HOME");
    let set = end(command).succeeded();
    assert_same(&results(&run_dir(out.path())), &finished.results());
    assert_eq!(set.stdout, finished.stdout_in(out.path()));
    // Which training a line names is a matter of time, how many lines there are is not.
    let lines =
        |stderr: &str| stderr.lines().skip(1).map(|l| l.split("  ").next().map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(lines(&set.stderr), lines(&finished.stderr));
    for (key, value) in [("NO_COLOR", ""), ("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "xterm-256color"), ("CI", "")]
    {
        let mut command = small_in(out.path());
        command.env(key, value);
        assert_eq!(end(command).succeeded().stdout, set.stdout, "{key}={value}");
    }
}

#[test]
fn help_and_version_are_results() {
    let help = [("--help", "--learning-rate"), ("-h", "--quick"), ("--help-all", "--sweep")];
    for (flag, word) in help.into_iter().chain([("--version", env!("CARGO_PKG_VERSION"))]) {
        let mut command = binary();
        command.arg(flag);
        let ended = end(command).succeeded();
        assert!(ended.stdout.contains(word) && !ended.stdout.contains('\x1b'), "{}", ended.stdout);
        assert_eq!(ended.stderr, "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_whose_name_is_not_utf8_works() {
    use std::os::unix::ffi::OsStrExt;
    let here = folder();
    let out = here.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    end(small_in(&out)).succeeded();
    assert!(run_dir(&out).join("result.json").exists());
}

#[cfg(unix)]
#[test]
fn a_file_beyond_the_allowed_size_is_exit_1_and_the_run_goes_on_without_the_limit() {
    let out = folder();
    let mut command = small_in(out.path());
    let program = command.get_program().to_owned();
    let args: Vec<_> = command.get_args().map(std::ffi::OsStr::to_owned).collect();
    let mut limited = Command::new("sh");
    // In blocks of 512 bytes: figures and some models are larger.
    limited.args(["-c", "ulimit -f 20; exec \"$0\" \"$@\""]).arg(program).args(args).env_remove("CI");
    let ended = end(limited);
    let line = ended.stopped(1);
    assert!(line.contains("File too large"), "{line}");
    command.env_remove("CI");
    end(command).succeeded();
    assert_same(&results(&run_dir(out.path())), &Finished::get().results());
}
