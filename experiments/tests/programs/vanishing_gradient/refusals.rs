//! What is refused before the run starts: exit code 2, one line, nothing created or changed.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::support::{Ended, binary, end, files, folder, small};

/// Refused in one line that holds all of `words`.
#[track_caller]
fn assert_refused(ended: &Ended, words: &[&str]) {
    let line = ended.stopped(2);
    assert_eq!(ended.stderr, format!("{line}\n"), "one line");
    assert!(line.starts_with("error: "), "{line}");
    for word in words {
        assert!(line.contains(word), "`{word}` is not in: {line}");
    }
}

/// Only `flags`, for those that a small run has too.
fn plain(out: &Path, flags: &[&str]) -> Ended {
    let mut command = binary();
    command.args(flags).arg("--out").arg(out);
    end(command)
}

fn with_text(out: &Path, text: impl AsRef<OsStr>) -> Ended {
    let mut command = small(&[]);
    command.arg("--text").arg(text).arg("--out").arg(out);
    end(command)
}

#[test]
fn a_bad_flag_is_refused_in_one_line_that_names_it() {
    let cases: [(&[&str], &[&str]); 30] = [
        (&["--forze"], &["--forze", "--force", "--help"]),
        (&["--cell", "rnn"], &["--cell", "--cells"]),
        (&["extra"], &["extra"]),
        (&["--steps", "0"], &["--steps 0", "from 2 to 100000"]),
        (&["--steps", "1"], &["--steps 1"]),
        (&["--steps", "many"], &["--steps", "'many'"]),
        (&["--steps"], &["--steps", "value"]),
        (&["--steps", "9", "--steps", "10"], &["--steps", "multiple times"]),
        (&["--seeds", "0"], &["--seeds 0"]),
        (&["--seeds", "99999999999999999999999"], &["--seeds", "out of range"]),
        (&["--text-seeds", "0"], &["--text-seeds 0"]),
        (&["--updates", "0"], &["--updates 0"]),
        (&["--batch", "0"], &["--batch 0"]),
        (&["--hidden", "0"], &["--hidden 0"]),
        (&["--cells", "gruu"], &["--cells", "`gruu`", "gru_reset_before"]),
        (&["--cells", ""], &["--cells", "names no cell"]),
        (&["--cells", "rnn,lstm:bias=2"], &["--cells", "`lstm`", "no option `bias`", "forget_bias=1"]),
        (&["--cells", "lstm:forget_bias=much"], &["--cells", "a number from -100 to 100", "`much`"]),
        (&["--cells", "rnn,,lstm"], &["--cells", "``"]),
        (&["--cells", "rnn,lstm,rnn"], &["--cells", "`rnn`", "twice"]),
        (&["--cells", "a\nb"], &["--cells", "a\\nb"]),
        (&["--learning-rate", "nan"], &["--learning-rate nan"]),
        (&["--learning-rate", "inf"], &["--learning-rate inf"]),
        (&["--learning-rate", "-1"], &["-1"]),
        (&["--learning-rate=-1"], &["--learning-rate -1.0"]),
        (&["--steps=-3"], &["--steps", "-3"]),
        (&["--mix", "often"], &["--mix", "'often'", "log-uniform"]),
        (&["--threads", "0"], &["--threads 0"]),
        (&["--threads", "1025"], &["--threads 1025"]),
        (&["--quick", "--paper"], &["--quick", "--paper"]),
    ];
    let out = folder();
    fs::write(out.path().join("precious"), "old").expect("written");
    for (flags, words) in cases {
        assert_refused(&plain(out.path(), flags), words);
        let left = files(out.path());
        assert_eq!(left.keys().collect::<Vec<_>>(), ["precious"], "{flags:?}");
        assert_eq!(fs::read_dir(out.path()).expect("a folder").count(), 1, "{flags:?} made a folder");
    }
}

#[test]
fn a_text_that_cannot_be_used_is_refused_and_no_folder_made() {
    let here = folder();
    let file = |name: &str, contents: &[u8]| {
        let path = here.path().join(name);
        fs::write(&path, contents).expect("written");
        path
    };
    let out = here.path().join("out");
    assert_refused(&with_text(&out, here.path().join("none.txt")), &["--text", "none.txt"]);
    assert_refused(&with_text(&out, here.path().join("no\nline.txt")), &["--text", "no\\nline.txt"]);
    assert_refused(&with_text(&out, here.path()), &["--text", "directory"]);
    assert_refused(
        &with_text(&out, file("latin1.txt", b"caf\xe9 au lait, two of them")),
        &["latin1.txt", "UTF-8", "line 1: byte 4"],
    );
    assert_refused(&with_text(&out, file("empty.txt", b"")), &["empty.txt", "is empty"]);
    // 13 characters, though 39 bytes; T = 12 needs 14.
    let short = file("short.txt", "가".repeat(13).as_bytes());
    assert_refused(&with_text(&out, short), &["short.txt", "13 characters", "14"]);
    assert!(!out.exists());
}

#[test]
fn a_place_that_cannot_be_written_is_refused_and_kept() {
    let here = folder();
    let file = here.path().join("precious");
    fs::write(&file, "old").expect("written");
    for out in [file.clone(), file.join("below"), file.join("far/below")] {
        let mut command = small(&[]);
        command.arg("--out").arg(&out);
        assert_refused(&end(command), &["precious", "--out"]);
    }
    assert_eq!(fs::read_to_string(&file).expect("still there"), "old");
    assert_eq!(fs::read_dir(here.path()).expect("a folder").count(), 1);
}

#[cfg(unix)]
#[test]
fn a_flag_that_is_not_utf8_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let mut command = binary();
    command.arg(OsStr::from_bytes(b"--st\xffps"));
    assert_refused(&end(command), &["--st"]);
}
